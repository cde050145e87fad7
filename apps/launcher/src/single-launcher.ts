import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

/** Another launcher uses the same data folder. */
export class LauncherRuns extends Error {
  constructor(readonly processId: number) {
    super(
      `The system runs already (process ${processId}). Stop that one first: Ctrl-C where it was started, or kill ${processId}`,
    );
  }
}

/**
 * Takes the data folder for this process. What a launcher that was killed left behind is taken over.
 *
 * @returns gives it back
 * @throws LauncherRuns
 */
export function takeOver(pidFile: string): () => void {
  for (;;) {
    try {
      writeFileSync(pidFile, `${process.pid}\n`, { flag: 'wx', mode: 0o600 });
      return () => rmSync(pidFile, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const other = runningLauncher(pidFile);
    if (other !== undefined) throw new LauncherRuns(other);
    rmSync(pidFile, { force: true });
  }
}

/** Process id of the launcher that uses the folder, if one lives. */
export function runningLauncher(pidFile: string): number | undefined {
  if (!existsSync(pidFile)) return undefined;
  const processId = Number(readFileSync(pidFile, 'utf8'));
  return Number.isInteger(processId) && processId !== process.pid && isProcess(processId, 'launcher')
    ? processId
    : undefined;
}

/** Whether a process lives and its command line names `program`: ids are used again after a restart of the machine. */
export function isProcess(processId: number, program: string): boolean {
  try {
    process.kill(processId, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return commandLine(processId)?.includes(program) ?? true;
}

/** Undefined where neither /proc nor ps can tell. */
function commandLine(processId: number): string | undefined {
  try {
    if (existsSync('/proc/self/cmdline')) return readFileSync(`/proc/${processId}/cmdline`, 'utf8');
    return execFileSync('ps', ['-o', 'command=', '-p', String(processId)], { encoding: 'utf8' });
  } catch {
    return undefined;
  }
}
