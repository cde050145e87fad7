import { dataFolder } from './data-folder';
import { tellStory } from './demo/story';
import { keptSecrets } from './secrets';
import { runMain, runningSystem } from './use-database';

/** `npm run demo:story`: the whole story over HTTP against the system that `npm start` runs, told step by step. */
runMain(async () => {
  const databaseUrl = process.env['DATABASE_URL'] || undefined;
  const folder = dataFolder(databaseUrl);
  const running = runningSystem(folder);
  if (running === undefined) {
    console.error('The system does not run. Start it first, in another terminal: npm start');
    return 1;
  }
  await tellStory(running.addresses, keptSecrets(folder.secrets).DEMO_PASSWORD, new AbortController().signal);
  return 0;
});
