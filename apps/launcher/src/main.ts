import { existsSync } from 'node:fs';
import { ConfigError } from '@app/common';
import { launcherConfig, type LauncherConfig } from './config';
import { dataFolder, wipe, type DataFolder } from './data-folder';
import { goBackInTime, isDatabaseEmpty, makeDemoData } from './demo/demo-data';
import { stopLeftover } from './local-database';
import { assertPortsFree, neededPorts } from './ports';
import { note, step } from './progress';
import { keptSecrets, withDemoPassword } from './secrets';
import { takeOver } from './single-launcher';
import { StopRequest } from './stop-request';
import { LocalSystem } from './system';
import { printWelcome } from './welcome';

/** What was asked for would empty a database that is not the launcher's own. */
class DatabaseIsYours extends Error {}

async function main(): Promise<void> {
  const isReset = readArguments(process.argv.slice(2));
  const config = launcherConfig();
  const folder = dataFolder(config.DATABASE_URL);
  const giveBack = takeOver(folder.launcherPid);
  const stop: StopRequest = new StopRequest(() => {
    console.log('stopping at once');
    system.hurry();
  });
  const system = new LocalSystem(config, folder, (failure) => stop.fail(failure));
  try {
    await start(system, config, folder, isReset, stop.signal);
    await stop.requested();
  } catch (error) {
    stop.fail(error instanceof Error ? error : new Error(String(error)));
  }
  if (!stop.wasAsked) console.error(`\n${reasonOf(stop.signal)}`);
  console.log('\n· stopping …');
  await system.stop();
  giveBack();
  console.log('✓ stopped; nothing is left running');
  process.exit(stop.wasAsked ? 0 : 1);
}

function readArguments(args: string[]): boolean {
  const unknown = args.find((argument) => argument !== '--reset');
  if (unknown !== undefined)
    throw new ConfigError([`${unknown}: not known; there is only --reset, which starts afresh`]);
  return args.includes('--reset');
}

async function start(
  system: LocalSystem,
  config: LauncherConfig,
  folder: DataFolder,
  isReset: boolean,
  signal: AbortSignal,
): Promise<void> {
  await step('ports', signal, () => assertPortsFree(neededPorts(config)));
  if (isReset) await step('forgetting everything', signal, () => reset(config, folder));
  else if (existsSync(folder.demoUnfinished))
    await step('the demo data is half made: starting afresh', signal, () => reset(config, folder));
  const secrets = keptSecrets(folder.secrets, config.DEMO_PASSWORD);
  const database = await system.openDatabase(signal);
  const needsDemo = await isDatabaseEmpty(database.url);
  const wanted = needsDemo
    ? withDemoPassword(folder.secrets, secrets, config.DEMO_PASSWORD ?? secrets.DEMO_PASSWORD)
    : secrets;
  if (needsDemo) await goBackInTime(database.url, folder);
  await system.startPrograms(wanted, process.env, signal);
  if (needsDemo)
    await step('demo data', signal, () => makeDemoData(system, folder, wanted.DEMO_PASSWORD, signal));
  else if (config.DEMO_PASSWORD !== undefined && config.DEMO_PASSWORD !== wanted.DEMO_PASSWORD) {
    note(
      'DEMO_PASSWORD is for accounts that are still to be made; these keep theirs. `npm start -- --reset` makes them anew.',
    );
  }
  printWelcome({
    addresses: system.addresses,
    password: wanted.DEMO_PASSWORD,
    isFirstStart: needsDemo,
    hasDemo: existsSync(folder.demoIds),
  });
}

async function reset(config: LauncherConfig, folder: DataFolder): Promise<void> {
  if (config.DATABASE_URL !== undefined) {
    throw new DatabaseIsYours(
      'The database of DATABASE_URL is yours: it is not emptied from here. Drop and create it, and start again.',
    );
  }
  await stopLeftover(folder.postgres);
  wipe(folder);
}

function reasonOf(signal: AbortSignal): string {
  const reason: unknown = signal.reason;
  if (!(reason instanceof Error)) return String(reason);
  // Faults that we foresee explain themselves; anything else needs its stack.
  return reason.constructor === Error || reason.constructor === TypeError
    ? (reason.stack ?? reason.message)
    : reason.message;
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
