import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig, sharedConfigSchema } from '@app/common';
import { launcherConfig } from './config';
import { dataFolder } from './data-folder';
import { childEnvironment } from './environment';
import { keptSecrets, withDemoPassword } from './secrets';

describe('secrets', () => {
  let root: string;
  let file: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'launcher-secrets-'));
    file = join(root, 'secrets.json');
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('are made once, for their owner alone, and kept', () => {
    const made = keptSecrets(file);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(keptSecrets(file)).toEqual(made);
    expect(made.DEMO_PASSWORD).toMatch(/^(\w{4}-){3}\w{4}$/);
  });

  it('differ between installations', () => {
    const [one, other] = [keptSecrets(file), keptSecrets(join(root, 'other.json'))];
    for (const name of Object.keys(one) as (keyof typeof one)[]) expect(one[name]).not.toBe(other[name]);
  });

  it('take the given demo password at the first start, later only for accounts still to be made', () => {
    expect(keptSecrets(file, 'a password of mine').DEMO_PASSWORD).toBe('a password of mine');
    expect(keptSecrets(file, 'another one').DEMO_PASSWORD).toBe('a password of mine');
    expect(withDemoPassword(file, keptSecrets(file), 'another one').DEMO_PASSWORD).toBe('another one');
    expect(keptSecrets(file).DEMO_PASSWORD).toBe('another one');
  });

  it('name the way out when their file is broken', () => {
    writeFileSync(file, '{}');
    expect(() => keptSecrets(file)).toThrow('npm start -- --reset');
  });

  it('make an environment that api and worker accept, apart from the real world', () => {
    const environment = childEnvironment(
      { STRIPE_SECRET_KEY: 'sk_test_of_the_shell', NODE_ENV: 'production', LOG_LEVEL: 'warn', REDIS_URL: '' },
      {
        config: launcherConfig({ SANDBOX_STRIPE_PORT: '4901' }),
        secrets: keptSecrets(file),
        databaseUrl: 'postgres://someone@127.0.0.1:5432/practice',
        folder: dataFolder(undefined, root),
      },
    );
    const config = readConfig(sharedConfigSchema, environment);
    expect(config).toMatchObject({
      NODE_ENV: 'development',
      STRIPE_SECRET_KEY: 'sk_test_sandbox',
      STRIPE_API_BASE: 'http://127.0.0.1:4901',
      LOG_LEVEL: 'warn',
    });
    expect(config.REDIS_URL).toBeUndefined();
    expect(environment).not.toHaveProperty('DEMO_PASSWORD');
  });
});
