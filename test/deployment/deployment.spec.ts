import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { CONFIG_SCHEMAS } from '../docs/config-table';

const PROJECT = join(__dirname, '..', '..');

interface Service {
  image?: string;
  build?: string;
  command?: string[];
  environment?: Record<string, string | number>;
  ports?: string[];
  profiles?: string[];
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test: string[] };
}

const compose = parse(readFileSync(join(PROJECT, 'docker-compose.yml'), 'utf8'), { merge: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, null>;
};
const dockerfile = readFileSync(join(PROJECT, 'Dockerfile'), 'utf8').replaceAll('\\\n', ' ').split('\n');
const instructions = (name: string): string[] =>
  dockerfile.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1));

/** Programs of ours by service, and the schemas that check their environment. */
const PROGRAMS = { api: CONFIG_SCHEMAS.api, worker: CONFIG_SCHEMAS.worker } as const;

/** Where tsc puts what it compiles, the other way round. */
function sourceOf(compiled: string): string {
  return compiled.replace(/^dist\//, '').replace(/\.js$/, '.ts');
}

describe('docker-compose.yml', () => {
  const { services } = compose;

  it('has PostgreSQL, Redis under a profile, the migrations as a job, api and worker', () => {
    expect(Object.keys(services).toSorted()).toEqual(['api', 'migrate', 'postgres', 'redis', 'worker']);
    expect(services['redis']?.profiles).toEqual(['redis']);
    expect(services['postgres']?.image).toBe('postgres:18');
  });

  it('names only programs that are compiled into the image', () => {
    const copied = instructions('COPY').flatMap((line) => line.split(' ').slice(-1));
    for (const name of ['api', 'worker', 'migrate']) {
      const file = services[name]?.command?.at(-1) ?? '';
      expect(existsSync(join(PROJECT, sourceOf(file)))).toBe(true);
      expect(copied.some((folder) => file.startsWith(`${folder}/`))).toBe(true);
    }
  });

  it.each(Object.entries(PROGRAMS))(
    'gives %s only variables that it reads, and all that it requires',
    (name, schema) => {
      const environment = services[name]?.environment ?? {};
      expect(Object.keys(environment).filter((variable) => !(variable in schema))).toEqual([]);
      const required = Object.entries(schema).filter(([, field]) => !field.safeParse(undefined).success);
      expect(required.map(([variable]) => variable).filter((variable) => !(variable in environment))).toEqual(
        [],
      );
    },
  );

  it('takes from outside only variables that a program reads; and secrets have no default', () => {
    const text = readFileSync(join(PROJECT, 'docker-compose.yml'), 'utf8');
    const outside = [...text.matchAll(/\$\{([A-Z_]+)(:[-?])/g)].map(([, name = '', rule = '']) => ({
      name,
      rule,
    }));
    expect(outside.length).toBeGreaterThan(10);
    const known = [
      ...Object.keys(CONFIG_SCHEMAS.api),
      ...Object.keys(CONFIG_SCHEMAS.worker),
      'POSTGRES_PASSWORD',
    ];
    expect(outside.filter(({ name }) => !known.includes(name))).toEqual([]);
    const secrets = /PASSWORD|SECRET|KEYS?$/;
    expect(outside.filter(({ name, rule }) => secrets.test(name) && rule !== ':?')).toEqual([]);
  });

  it('waits for a healthy database, then for the migrations', () => {
    expect(services['migrate']?.depends_on).toEqual({ postgres: { condition: 'service_healthy' } });
    for (const name of ['api', 'worker']) {
      expect(services[name]?.depends_on).toEqual({
        migrate: { condition: 'service_completed_successfully' },
      });
    }
  });

  it('checks the health of all that stay, at the ports that they listen on', () => {
    for (const name of ['postgres', 'redis', 'api', 'worker'])
      expect(services[name]?.healthcheck?.test[0]).toBe('CMD');
    const portOf = { api: 'PORT', worker: 'WORKER_PORT' } as const;
    for (const [name, variable] of Object.entries(portOf)) {
      const service = services[name];
      const port = service?.environment?.[variable];
      expect(service?.healthcheck?.test.at(-1)).toContain(`http://127.0.0.1:${port}/health/ready`);
    }
    expect(services['api']?.ports?.[0]).toMatch(new RegExp(`:${services['api']?.environment?.['PORT']}$`));
  });
});

describe('Dockerfile', () => {
  const ownFiles = instructions('COPY')
    .filter((line) => !line.startsWith('--from='))
    .flatMap((line) => line.split(' ').slice(0, -1));

  it('copies only what is there, and what .dockerignore lets through', () => {
    const ignore = readFileSync(join(PROJECT, '.dockerignore'), 'utf8').split('\n');
    const letThrough = ignore.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
    expect(ignore[0]).toBe('*');
    for (const path of ownFiles) {
      expect(statSync(join(PROJECT, path))).toBeDefined();
      expect(letThrough).toContain(path.split('/')[0]);
    }
  });

  it('brings the SQL that is read at run time', () => {
    expect(ownFiles).toEqual(
      expect.arrayContaining(['libs/database/migrations', 'libs/database/invariants', 'package.json']),
    );
  });

  it('has a build stage, takes from it alone, and runs as an ordinary user', () => {
    expect(instructions('FROM')).toEqual(['node:24-slim AS build', 'node:24-slim']);
    for (const line of instructions('COPY').filter((copy) => copy.startsWith('--from=')))
      expect(line).toMatch(/^--from=build \/app\//);
    expect(instructions('USER')).toEqual(['node']);
    expect(dockerfile.findIndex((line) => line.startsWith('USER '))).toBeLessThan(
      dockerfile.findIndex((line) => line.startsWith('CMD ')),
    );
  });

  it('installs and builds by what the project has', () => {
    const runs = instructions('RUN').join('\n');
    expect(runs).toContain('npm ci');
    expect(runs).toContain('npx nest build api');
    const { projects } = JSON.parse(readFileSync(join(PROJECT, 'nest-cli.json'), 'utf8')) as {
      projects: Record<string, unknown>;
    };
    expect(Object.keys(projects)).toContain('api');
    const [command] = instructions('CMD');
    const program = (JSON.parse(command ?? '[]') as string[]).at(-1) ?? '';
    expect(existsSync(join(PROJECT, sourceOf(program)))).toBe(true);
  });
});
