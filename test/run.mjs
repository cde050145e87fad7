// `npm test`: sets itself up on a fresh clone (plain Node, nothing installed) and runs everything that needs
// nothing else: format, lint, types, import table, build, document drift, and all specs. Prints one total.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const only = process.argv.slice(2);
let passed = 0;
let failed = 0;

function run(command, args, env = {}) {
  return spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env },
    shell: process.platform === 'win32',
  });
}

/** Resolves when it has ended; what it wrote is shown then, in one piece. */
async function check(name, command, ...args) {
  const started = Date.now();
  const child = spawn(command, args, { cwd: root, shell: process.platform === 'win32' });
  const output = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output.push(chunk));
  const status = await new Promise((done) => child.once('error', done).once('close', done));
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  console.log(`\n== ${name}\n${Buffer.concat(output).toString()}`);
  console.log(`== ${name}: ${status === 0 ? 'passed' : 'FAILED'} (${seconds} s)`);
  if (status === 0) passed += 1;
  else failed += 1;
}

/** Jest on Node 24 from the lock file; its totals are added to ours. */
function specs(name, args) {
  console.log(`\n== ${name}`);
  mkdirSync(join(root, '.data'), { recursive: true });
  const report = join(root, '.data', `jest-${process.pid}.json`);
  const node = join(root, 'node_modules', '.bin', 'node');
  const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
  const { status } = run(existsSync(node) ? node : process.execPath, [
    jest,
    '--json',
    `--outputFile=${report}`,
    ...args,
  ]);
  const totals = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : undefined;
  passed += totals?.numPassedTests ?? 0;
  failed +=
    (totals?.numFailedTests ?? 0) + (totals?.numFailedTestSuites ?? 0) + (totals?.numPendingTests ?? 0);
  if (status !== 0 && (totals === undefined || totals.success)) failed += 1;
}

if (!existsSync(join(root, 'node_modules', '.package-lock.json'))) {
  console.log('== installing (npm ci)');
  if (run('npm', ['ci']).status !== 0) process.exit(1);
}
if (only.length === 0) {
  const npx = ['npx', '--no-install'];
  // Side by side: none needs another's result. The longest comes first.
  await Promise.all([
    check('types', ...npx, 'tsc', '--noEmit', '-p', 'tsconfig.json'),
    check('build', process.execPath, join(root, 'apps', 'launcher', 'build.mjs')),
    check('lint', ...npx, 'oxlint', '--type-aware', '--deny-warnings'),
    check('import table', ...npx, 'depcruise', '--config', '.dependency-cruiser.js', 'apps', 'libs', 'test'),
    check('format', ...npx, 'oxfmt', '--check', '.'),
  ]);
  await check('openapi.json is up to date', 'npm', 'run', '--silent', 'openapi:check');
}
specs('specs', only);

console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
