// Runs one program of the launcher, after installing and building what is missing: `node apps/launcher/run.mjs doctor`.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, install, pinnedNode, PROJECT, STOP_SIGNALS } from './prepare.mjs';

/** Ends this process with the program's exit code. */
export async function runProgram(name, args) {
  try {
    await install();
    await build();
  } catch (error) {
    console.error(`\n${error.message}`);
    process.exit(1);
  }
  const file = join(PROJECT, 'dist', 'apps', 'launcher', 'src', `${name}.js`);
  if (!existsSync(file)) {
    console.error(`There is no program "${name}".`);
    process.exit(1);
  }
  // A group of its own: Ctrl-C in a terminal then reaches this process alone, which passes it on once; and the
  // channel tells the program when this process is gone, however it ended.
  const program = spawn(pinnedNode(), ['--enable-source-maps', file, ...args], {
    cwd: PROJECT,
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  for (const signal of STOP_SIGNALS) process.on(signal, () => program.kill(signal));
  program.on('error', (error) => {
    console.error(error.message);
    process.exit(1);
  });
  program.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [name = '', ...args] = process.argv.slice(2);
  await runProgram(name, args);
}
