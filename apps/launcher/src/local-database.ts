import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startEmbeddedPostgres } from '@app/database';
import { Client } from 'pg';
import { isProcess } from './single-launcher';

const DATABASE = 'practice';
const MOST_LEFTOVER_MS = 15_000;

export interface LocalDatabase {
  url: string;
  isEmbedded: boolean;
  stop(): Promise<void>;
}

/** The database of DATABASE_URL, or the embedded one, which is made and started where needed. */
export async function openDatabase(
  databaseUrl: string | undefined,
  postgresFolder: string,
): Promise<LocalDatabase> {
  if (databaseUrl !== undefined)
    return { url: databaseUrl, isEmbedded: false, stop: () => Promise.resolve() };
  await stopLeftover(postgresFolder);
  const server = await startEmbeddedPostgres({ dataFolder: postgresFolder });
  try {
    await createDatabase(server.url('postgres'));
  } catch (error) {
    await server.stop();
    throw error;
  }
  return { url: server.url(DATABASE), isEmbedded: true, stop: () => server.stop() };
}

/**
 * Stops a server that outlived its launcher (killed hard). The caller knows that no launcher lives.
 *
 * @throws Error when it does not stop
 */
export async function stopLeftover(postgresFolder: string): Promise<void> {
  const pidFile = join(postgresFolder, 'cluster', 'postmaster.pid');
  if (!existsSync(pidFile)) return;
  const processId = Number(readFileSync(pidFile, 'utf8').split('\n')[0]);
  if (!isProcess(processId, 'postgres')) {
    // Left behind by a crash. Its id can belong to any program by now, which must not keep the server from starting.
    rmSync(pidFile);
    return;
  }
  console.log(`  (stopping a database that was left running: process ${processId})`);
  process.kill(processId, 'SIGINT');
  for (let waitedMs = 0; isProcess(processId, 'postgres'); waitedMs += 100) {
    if (waitedMs >= MOST_LEFTOVER_MS)
      throw new Error(
        `The database left running (process ${processId}) does not stop. End it by hand: kill ${processId}`,
      );
    await delay(100);
  }
}

async function createDatabase(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`create database ${DATABASE}`);
  } finally {
    await client.end();
  }
}
