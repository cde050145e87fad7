import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { publicId } from '@app/common';
import { createAdminAccount } from './admin-account';
import { launcherConfig } from './config';
import { dataFolder } from './data-folder';
import { childEnvironment } from './environment';
import { keptSecrets } from './secrets';
import { runMain, withDatabase } from './use-database';

const USAGE = 'npm run create-admin -- --email you@example.org --name "Your Name" [--timezone Europe/Berlin]';

/** `npm run create-admin`: an account that runs the platform. The password is ADMIN_PASSWORD, or made and printed. */
runMain(async () => {
  const { values } = parseArgs({
    options: {
      email: { type: 'string' },
      name: { type: 'string' },
      timezone: { type: 'string', default: 'UTC' },
    },
  });
  const { email, name, timezone } = values;
  if (email === undefined || name === undefined) {
    console.error(USAGE);
    return 1;
  }
  const given = process.env['ADMIN_PASSWORD'];
  const password = given ?? randomBytes(15).toString('base64url');
  return withDatabase(async (databaseUrl) => {
    const id = await createAdminAccount(environmentFor(databaseUrl), {
      email,
      password,
      displayName: name,
      timezone,
    });
    console.log(`made ${publicId('account', id)} for ${email}`);
    if (given === undefined) console.log(`password: ${password}`);
    return 0;
  });
});

/** With DATABASE_URL the environment is the installation's own; without it, it is the local demo's. */
function environmentFor(databaseUrl: string): Record<string, string | undefined> {
  if (process.env['DATABASE_URL']) return process.env;
  const [config, folder] = [launcherConfig(), dataFolder()];
  return childEnvironment(process.env, { config, folder, databaseUrl, secrets: keptSecrets(folder.secrets) });
}
