import { randomBytes } from 'node:crypto';
import { Module, type DynamicModule } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { Accounts, type Principal } from '@app/accounts';
import { buildAccount, buildClient, buildCoach } from '@app/accounts/testing';
import { CONFIG, readConfig, sharedConfigSchema, type SharedConfig } from '@app/common';
import { Database, DatabaseModule } from '@app/database';
import { OutboxModule } from '@app/outbox';
import { createTestDatabase } from '@app/testing';
import { NotesModule } from './notes.module';

@Module({})
class TestConfigModule {
  static with(config: SharedConfig): DynamicModule {
    return {
      module: TestConfigModule,
      global: true,
      providers: [{ provide: CONFIG, useValue: config }],
      exports: [CONFIG],
    };
  }
}

export interface Pair {
  coach: Principal;
  client: Principal;
  clientId: string;
}

export interface NotesUnderTest {
  module: TestingModule;
  database: Database;
  url: string;
  /** A coach and a client of theirs. */
  pair(): Promise<Pair>;
  admin(): Promise<Principal>;
  close(): Promise<void>;
}

/** The library on a database of its own. */
export async function startNotes(): Promise<NotesUnderTest> {
  const testDatabase = await createTestDatabase();
  const config = readConfig(sharedConfigSchema, {
    NODE_ENV: 'test',
    DATABASE_URL: testDatabase.url,
    PUBLIC_URL: 'https://practice.example.test',
    ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
    TOKEN_SIGNING_KEY: randomBytes(32).toString('base64'),
    LINK_SECRET: randomBytes(32).toString('hex'),
    STRIPE_SECRET_KEY: 'sk_test_sandbox',
    STRIPE_WEBHOOK_SECRETS: 'whsec_test',
    ZOOM_CLIENT_ID: 'zoom-client',
    ZOOM_CLIENT_SECRET: 'zoom-secret',
    SMTP_URL: 'smtp://127.0.0.1:9',
  });
  const module = await Test.createTestingModule({
    imports: [
      await DatabaseModule.forRoot({ url: testDatabase.url, applicationName: 'test' }),
      TestConfigModule.with(config),
      OutboxModule,
      NotesModule,
    ],
  }).compile();
  const database = module.get(Database);
  const accounts = module.get(Accounts, { strict: false });
  return {
    module,
    database,
    url: testDatabase.url,
    pair: async () => {
      const coachId = await buildCoach(database);
      const client = await buildClient(database, coachId);
      const [coach, principal] = [
        await accounts.principalOf(coachId),
        await accounts.principalOf(client.accountId ?? ''),
      ];
      return { coach, client: principal, clientId: client.id };
    },
    admin: async () => accounts.principalOf(await buildAccount(database, { kind: 'admin' })),
    close: async () => {
      await module.close();
      await testDatabase.drop();
    },
  };
}
