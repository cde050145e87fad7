import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { dataFolder, type DataFolder } from './data-folder';
import { openDatabase } from './local-database';
import { runningLauncher, takeOver } from './single-launcher';

const runningSchema = z.object({
  databaseUrl: z.string(),
  addresses: z.object({
    api: z.string(),
    worker: z.string(),
    console: z.string(),
    stripe: z.string(),
    zoom: z.string(),
    smtp: z.string(),
  }),
});

export type RunningSystem = z.infer<typeof runningSchema>;

/** The system that `npm start` runs now, if it does. */
export function runningSystem(folder: DataFolder): RunningSystem | undefined {
  if (runningLauncher(folder.launcherPid) === undefined || !existsSync(folder.running)) return undefined;
  return runningSchema.parse(JSON.parse(readFileSync(folder.running, 'utf8')));
}

/**
 * Works on the database at hand: DATABASE_URL; without it the one of the running system; without that the embedded
 * one, started for this work alone.
 */
export async function withDatabase<T>(work: (databaseUrl: string) => Promise<T>): Promise<T> {
  const given = process.env['DATABASE_URL'];
  if (given !== undefined && given !== '') return work(given);
  const folder = dataFolder();
  const running = runningSystem(folder);
  if (running !== undefined) return work(running.databaseUrl);
  const giveBack = takeOver(folder.launcherPid);
  const database = await openDatabase(undefined, folder.postgres).catch((error: unknown) => {
    giveBack();
    throw error;
  });
  try {
    return await work(database.url);
  } finally {
    await database.stop();
    giveBack();
  }
}

/** Runs a program of the command line: its exit code, and a fault as one message. */
export function runMain(main: () => Promise<number>): void {
  // Asked to stop while a database was started for this program: the exit takes it along (embedded-postgres.ts).
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => process.exit(130));
  main().then(
    (code) => process.exit(code),
    (error: unknown) => {
      console.error(error instanceof Error ? error.message : error);
      process.exit(1);
    },
  );
}
