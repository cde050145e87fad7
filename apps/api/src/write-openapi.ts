import 'reflect-metadata';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { ApiModule } from './api.module';
import { apiConfig } from './config';
import { createRoutes } from './create-app';
import { buildDocument } from './operations/openapi';

const FILE = 'apps/api/openapi.json';

/** A configuration that reaches nothing: the document does not depend on it. */
const NOWHERE = {
  NODE_ENV: 'test',
  LOG_LEVEL: 'silent',
  DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
  ENCRYPTION_KEYS: `k1:${Buffer.alloc(32).toString('base64')}`,
  TOKEN_SIGNING_KEY: Buffer.alloc(32, 1).toString('base64'),
  LINK_SECRET: 'x'.repeat(32),
  STRIPE_SECRET_KEY: 'sk_test_none',
  STRIPE_WEBHOOK_SECRETS: 'whsec_none',
  ZOOM_CLIENT_ID: 'none',
  ZOOM_CLIENT_SECRET: 'none',
  SMTP_URL: 'smtp://127.0.0.1:1',
};

/** `npm run openapi` writes the committed document; with `--check` it only says whether it is up to date. */
async function main(): Promise<void> {
  const config = apiConfig(NOWHERE);
  const app = await createRoutes(await ApiModule.with(config), config);
  const text = `${JSON.stringify(buildDocument(app), null, 2)}\n`;
  if (!process.argv.includes('--check')) {
    writeFileSync(FILE, text);
    console.log(`Written: ${FILE}`);
  } else if (!existsSync(FILE) || readFileSync(FILE, 'utf8') !== text) {
    console.error(`${FILE} is not what the code says. Run: npm run openapi`);
    process.exit(1);
  }
  process.exit(0);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
