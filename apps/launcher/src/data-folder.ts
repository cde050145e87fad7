import { createHash } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { databaseFolder, removeEmbeddedPostgres } from '@app/database';

/** Everything that a run keeps: the git-ignored folder `.data` of the project. */
export interface DataFolder {
  postgres: string;
  logs: string;
  secrets: string;
  /** State of the sandbox's Stripe, Zoom and mailbox. */
  sandbox: string;
  /** What stands in place of the examples of the API's document: ids of demo rows, free times. */
  demoIds: string;
  /** There while the demo data is being made: found at a start, the making was interrupted. */
  demoUnfinished: string;
  /** Process id of the launcher that uses this folder. */
  launcherPid: string;
  /** Addresses of the system that runs, for the other programs of the launcher. */
  running: string;
}

export function projectFolder(): string {
  return dirname(dirname(databaseFolder()));
}

/**
 * What belongs to a database (secrets, the sandbox's state) is kept beside it: for one of the caller's own in a folder
 * named after it, so that changing DATABASE_URL never mixes two.
 */
export function dataFolder(databaseUrl?: string, root = join(projectFolder(), '.data')): DataFolder {
  const own = databaseUrl === undefined ? root : join(root, nameOf(databaseUrl));
  mkdirSync(own, { recursive: true, mode: 0o700 });
  return {
    postgres: join(root, 'postgres'),
    logs: join(root, 'logs'),
    secrets: join(own, 'secrets.json'),
    sandbox: join(own, 'sandbox.json'),
    demoIds: join(own, 'demo-ids.json'),
    demoUnfinished: join(own, 'demo-unfinished'),
    launcherPid: join(root, 'launcher.pid'),
    running: join(root, 'running.json'),
  };
}

function nameOf(databaseUrl: string): string {
  const { hostname, port, pathname } = new URL(databaseUrl);
  const place = createHash('sha256')
    .update(`${hostname}:${port || '5432'}${pathname}`)
    .digest('hex');
  return `database-${place.slice(0, 12)}`;
}

/** Forgets everything: the embedded database, the sandbox's state, secrets and logs. No program may be using it. */
export function wipe(folder: DataFolder): void {
  removeEmbeddedPostgres(folder.postgres);
  for (const path of [
    folder.logs,
    folder.secrets,
    folder.sandbox,
    folder.demoIds,
    folder.demoUnfinished,
    folder.running,
  ]) {
    rmSync(path, { recursive: true, force: true });
  }
}
