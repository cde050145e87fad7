// What must be there before the launcher's own program can run: packages and the compiled code.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const PROJECT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

const MODULES = join(PROJECT, 'node_modules');
const INSTALL_STAMP = join(MODULES, '.installed');
const BUILD_STAMP = join(PROJECT, 'dist', '.stamp');
const BUILD_LOCK = join(PROJECT, 'dist', '.building');
const MOST_BUILD_MS = 300_000;
const HEARTBEAT_MS = 5_000;
export const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** Node 24 comes with the packages where it exists for this machine; elsewhere the Node at hand is used. */
export function pinnedNode() {
  const pinned = join(MODULES, '.bin', process.platform === 'win32' ? 'node.cmd' : 'node');
  return existsSync(pinned) ? pinned : process.execPath;
}

/** `npm ci`, when there are no packages or package-lock.json has changed since. */
export async function install() {
  const wanted = hashOf([readFileSync(join(PROJECT, 'package-lock.json'))]);
  if (isInstalled(wanted)) return;
  rmSync(INSTALL_STAMP, { force: true });
  const args = ['ci', '--no-audit', '--no-fund', '--no-progress', '--loglevel=error'];
  // Not process.execPath: that may be the pinned Node, which lies in the folder that is replaced.
  const npm = process.env.npm_execpath;
  const [command, all] = npm
    ? [process.env.npm_node_execpath ?? process.execPath, [npm, ...args]]
    : ['npm', args];
  await step('installing packages, about half a minute', command, all);
  writeFileSync(INSTALL_STAMP, wanted);
}

function isInstalled(wanted) {
  if (existsSync(INSTALL_STAMP)) return readFileSync(INSTALL_STAMP, 'utf8') === wanted;
  // Installed by hand: npm notes there what it installed, and when.
  const listing = join(MODULES, '.package-lock.json');
  if (
    !existsSync(listing) ||
    statSync(listing).mtimeMs < statSync(join(PROJECT, 'package-lock.json')).mtimeMs
  )
    return false;
  writeFileSync(INSTALL_STAMP, wanted);
  return true;
}

/** Compiles all apps and libs in one pass to dist/, when a source file has changed since. Safe to run twice at once. */
export async function build() {
  if (isBuilt(sourceStamp())) return;
  const giveBack = await takeBuildLock();
  try {
    const wanted = sourceStamp();
    if (isBuilt(wanted)) return;
    // An interrupted build must not pass for a whole one; the next one goes on from what it compiled.
    rmSync(BUILD_STAMP, { force: true });
    const nest = join(MODULES, '@nestjs', 'cli', 'bin', 'nest.js');
    await step('compiling, about 20 seconds', pinnedNode(), [nest, 'build', 'api']);
    writeFileSync(BUILD_STAMP, wanted);
  } finally {
    giveBack();
  }
}

function isBuilt(wanted) {
  return existsSync(BUILD_STAMP) && readFileSync(BUILD_STAMP, 'utf8') === wanted;
}

/** Waits for a build that another process runs; what one that was killed left behind is taken over. */
async function takeBuildLock() {
  mkdirSync(dirname(BUILD_LOCK), { recursive: true });
  for (;;) {
    try {
      writeFileSync(BUILD_LOCK, `${process.pid}`, { flag: 'wx' });
      return () => rmSync(BUILD_LOCK, { force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (isAbandoned()) rmSync(BUILD_LOCK, { force: true });
    else await delay(100);
  }
}

function isAbandoned() {
  try {
    // Its holder's id can belong to any program by now.
    if (Date.now() - statSync(BUILD_LOCK).mtimeMs > MOST_BUILD_MS) return true;
    process.kill(Number(readFileSync(BUILD_LOCK, 'utf8')), 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}

function sourceStamp() {
  const files = ['apps', 'libs'].flatMap((folder) => sourcesIn(join(PROJECT, folder)));
  const settings = ['nest-cli.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'].map(
    (file) => join(PROJECT, file),
  );
  return hashOf(
    [...settings, ...files].map((file) => {
      const { size, mtimeMs } = statSync(file);
      return `${relative(PROJECT, file)} ${size} ${mtimeMs}\n`;
    }),
  );
}

function sourcesIn(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sourcesIn(path);
    return entry.name.endsWith('.ts') && !entry.name.endsWith('spec.ts') ? [path] : [];
  });
}

function hashOf(parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

/** Runs a command with its output shown, and says every few seconds that it still runs. */
async function step(name, command, args) {
  const startedAt = Date.now();
  const seconds = () => Math.round((Date.now() - startedAt) / 1_000);
  console.log(`· ${name} …`);
  const child = spawn(command, args, { cwd: PROJECT, stdio: ['ignore', 'inherit', 'inherit'] });
  const heartbeat = setInterval(() => console.log(`  … ${seconds()} s`), HEARTBEAT_MS);
  let isStopped = false;
  // What is half done is done anew at the next start: nobody has to wait until npm has undone it.
  const stop = () => {
    isStopped = true;
    child.kill('SIGKILL');
  };
  for (const signal of STOP_SIGNALS) process.on(signal, stop);
  try {
    const code = await new Promise((done, fail) => child.once('error', fail).once('close', done));
    if (isStopped) throw new Error(`Stopped while ${name.split(',')[0]}.`);
    if (code !== 0) throw new Error(`It failed: ${name} (exit code ${code}). The reason stands above.`);
  } finally {
    clearInterval(heartbeat);
    for (const signal of STOP_SIGNALS) process.off(signal, stop);
  }
  console.log(`✓ ${name.split(',')[0]} (${seconds()} s)`);
}
