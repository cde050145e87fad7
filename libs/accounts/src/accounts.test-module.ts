import { randomBytes } from 'node:crypto';
import { Module, type DynamicModule } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { CONFIG } from '@app/common';
import { Database, DatabaseModule, sql } from '@app/database';
import { OutboxModule } from '@app/outbox';
import { createTestDatabase } from '@app/testing';
import { AccountsModule } from './accounts.module';

interface TestConfig {
  DATABASE_URL: string;
  TOKEN_SIGNING_KEY: string;
  LINK_SECRET: string;
  SIGN_IN_TRIES_PER_ACCOUNT: number;
  SIGN_IN_TRIES_PER_ADDRESS: number;
}

@Module({})
class TestConfigModule {
  static with(config: TestConfig): DynamicModule {
    return {
      module: TestConfigModule,
      global: true,
      providers: [{ provide: CONFIG, useValue: config }],
      exports: [CONFIG],
    };
  }
}

export interface AccountsUnderTest {
  module: TestingModule;
  database: Database;
  /** Payloads of the messages of this type, oldest first. */
  messages(type: string): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

/** The library on a database of its own. */
export async function startAccounts(overrides: Partial<TestConfig> = {}): Promise<AccountsUnderTest> {
  const testDatabase = await createTestDatabase();
  const config: TestConfig = {
    DATABASE_URL: testDatabase.url,
    TOKEN_SIGNING_KEY: randomBytes(32).toString('base64'),
    LINK_SECRET: randomBytes(32).toString('base64'),
    SIGN_IN_TRIES_PER_ACCOUNT: 10,
    SIGN_IN_TRIES_PER_ADDRESS: 50,
    ...overrides,
  };
  const module = await Test.createTestingModule({
    imports: [
      await DatabaseModule.forRoot({ url: testDatabase.url, applicationName: 'test' }),
      TestConfigModule.with(config),
      OutboxModule,
      AccountsModule,
    ],
  }).compile();
  const database = module.get(Database);
  return {
    module,
    database,
    messages: async (type) => {
      const rows = await database.many(sql<{ payload: Record<string, unknown> }>`
        select payload from outbox_messages where type = ${type} order by id`);
      return rows.map(({ payload }) => payload);
    },
    close: async () => {
      await module.close();
      await testDatabase.drop();
    },
  };
}
