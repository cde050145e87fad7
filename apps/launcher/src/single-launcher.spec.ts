import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isProcess, LauncherRuns, runningLauncher, takeOver } from './single-launcher';

describe('the data folder', () => {
  let root: string;
  let pidFile: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'launcher-pid-'));
    pidFile = join(root, 'launcher.pid');
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('is taken and given back', () => {
    const giveBack = takeOver(pidFile);
    expect(readFileSync(pidFile, 'utf8').trim()).toBe(String(process.pid));
    giveBack();
    expect(existsSync(pidFile)).toBe(false);
  });

  it('is refused while another launcher lives, whose process is named, and taken over from a dead one', async () => {
    const other = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)', 'launcher'], {
      stdio: 'ignore',
    });
    writeFileSync(pidFile, String(other.pid));
    expect(runningLauncher(pidFile)).toBe(other.pid);
    expect(() => takeOver(pidFile)).toThrow(LauncherRuns);
    expect(() => takeOver(pidFile)).toThrow(`kill ${other.pid}`);
    other.kill();
    await once(other, 'exit');
    expect(runningLauncher(pidFile)).toBeUndefined();
    takeOver(pidFile)();
  });

  it('is not refused because of a process that got the same id by chance', async () => {
    const stranger = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], {
      stdio: 'ignore',
    });
    writeFileSync(pidFile, String(stranger.pid));
    expect(isProcess(stranger.pid ?? 0, 'launcher')).toBe(false);
    takeOver(pidFile)();
    stranger.kill();
    await once(stranger, 'exit');
  });
});
