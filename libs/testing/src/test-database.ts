import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { databaseFolder, migrate } from '@app/database';
import { Client } from 'pg';

export interface TestDatabase {
  url: string;
  drop(): Promise<void>;
}

/** A database of its own for one spec file, copied from a template that was migrated once per run. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const template = `practice_template_${schemaHash()}`;
  const name = `practice_test_${randomBytes(6).toString('hex')}`;
  await onServer(async (server) => {
    // Several jest workers arrive here at once: one migrates, the others wait for it.
    await server.query(`select pg_advisory_lock(hashtext('test-template'))`);
    const { rowCount } = await server.query('select 1 from pg_database where datname = $1', [template]);
    if (rowCount === 0) {
      await server.query(`drop database if exists ${template}_new`);
      await server.query(`create database ${template}_new`);
      await migrate(urlOf(`${template}_new`));
      await server.query(`alter database ${template}_new rename to ${template}`);
    }
    await server.query(`create database ${name} template ${template}`);
  });
  return {
    url: urlOf(name),
    drop: () =>
      onServer(async (server) => void (await server.query(`drop database if exists ${name} with (force)`))),
  };
}

async function onServer(work: (server: Client) => Promise<void>): Promise<void> {
  const server = new Client({ connectionString: serverUrl() });
  await server.connect();
  try {
    await work(server);
  } finally {
    await server.end();
  }
}

function serverUrl(): string {
  const url = process.env['TEST_DATABASE_URL'];
  if (url === undefined) throw new Error('No test server: run the specs through `npm run jest`.');
  return url;
}

function urlOf(database: string): string {
  const url = new URL(serverUrl());
  url.pathname = `/${database}`;
  return url.toString();
}

function schemaHash(): string {
  const folder = join(databaseFolder(), 'migrations');
  const hash = createHash('sha256');
  for (const file of readdirSync(folder).sort()) hash.update(readFileSync(join(folder, file)));
  return hash.digest('hex').slice(0, 12);
}
