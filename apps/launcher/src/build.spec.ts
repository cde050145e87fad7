import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Stands where the compiler does: writes down each run, and takes a while. */
const COMPILER = `
  require('node:fs').appendFileSync(process.env.TRACE, 'compiled\\n');
  setTimeout(() => process.exit(Number(process.env.COMPILER_EXIT ?? 0)), 300);
`;

describe('the build', () => {
  let project: string;
  let trace: string;
  const source = (): string => join(project, 'libs', 'thing', 'src', 'thing.ts');

  beforeEach(() => {
    project = mkdtempSync(join(tmpdir(), 'launcher-build-'));
    trace = join(project, 'trace');
    for (const program of ['prepare.mjs', 'build.mjs'])
      cpSync(join(__dirname, '..', program), join(project, 'apps', 'launcher', program));
    const cli = join(project, 'node_modules', '@nestjs', 'cli', 'bin');
    for (const folder of [cli, join(project, 'libs', 'thing', 'src')]) mkdirSync(folder, { recursive: true });
    writeFileSync(join(cli, 'nest.js'), COMPILER);
    for (const file of ['nest-cli.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'])
      writeFileSync(join(project, file), '{}');
    writeFileSync(source(), 'export const thing = 1;');
  });
  afterEach(() => rmSync(project, { recursive: true, force: true }));

  const build = (more: Record<string, string> = {}): Promise<number | null> =>
    new Promise((done) => {
      const child = spawn(process.execPath, [join(project, 'apps', 'launcher', 'build.mjs')], {
        env: { PATH: process.env['PATH'] ?? '', TRACE: trace, ...more },
        stdio: 'ignore',
      });
      child.once('exit', done);
    });
  const runs = (): number =>
    existsSync(trace) ? readFileSync(trace, 'utf8').trimEnd().split('\n').length : 0;

  it('runs once for many who ask at once, and again when a source has changed since', async () => {
    expect(await Promise.all([build(), build(), build(), build()])).toEqual([0, 0, 0, 0]);
    expect(runs()).toBe(1);
    expect([await build(), runs()]).toEqual([0, 1]);
    writeFileSync(source(), 'export const thing = 20;');
    expect([await build(), runs()]).toEqual([0, 2]);
    writeFileSync(source().replace('.ts', '.spec.ts'), 'it.todo("works");');
    expect([await build(), runs()]).toEqual([0, 2]);
  });

  it('that failed does not pass for done, and leaves nobody waiting', async () => {
    expect([await build({ COMPILER_EXIT: '1' }), runs()]).toEqual([1, 1]);
    expect([await build(), runs()]).toEqual([0, 2]);
  });

  it('takes over from one that was killed', async () => {
    mkdirSync(join(project, 'dist'));
    const gone = spawn(process.execPath, ['-e', '']);
    await new Promise((done) => gone.once('exit', done));
    writeFileSync(join(project, 'dist', '.building'), String(gone.pid));
    expect([await build(), runs()]).toEqual([0, 1]);
    expect(existsSync(join(project, 'dist', '.building'))).toBe(false);
  });
});
