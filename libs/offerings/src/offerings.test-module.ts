import { randomBytes } from 'node:crypto';
import { Module, type DynamicModule } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import type { Principal } from '@app/accounts';
import { CONFIG } from '@app/common';
import { Database, DatabaseModule, sql } from '@app/database';
import { OutboxModule } from '@app/outbox';
import { createTestDatabase } from '@app/testing';
import { OfferingsModule } from './offerings.module';

@Module({})
class TestConfigModule {
  static with(config: Record<string, string | number>): DynamicModule {
    return {
      module: TestConfigModule,
      global: true,
      providers: [{ provide: CONFIG, useValue: config }],
      exports: [CONFIG],
    };
  }
}

export interface OfferingsUnderTest {
  module: TestingModule;
  database: Database;
  /** Audit entries of an object, oldest first. */
  acts(
    objectType: string,
    objectId: string,
  ): Promise<{ action: string; version: number; before: unknown; after: unknown }[]>;
  close(): Promise<void>;
}

/** The library on a database of its own. */
export async function startOfferings(): Promise<OfferingsUnderTest> {
  const testDatabase = await createTestDatabase();
  const config = {
    TOKEN_SIGNING_KEY: randomBytes(32).toString('base64'),
    LINK_SECRET: randomBytes(32).toString('base64'),
    SIGN_IN_TRIES_PER_ACCOUNT: 10,
    SIGN_IN_TRIES_PER_ADDRESS: 50,
  };
  const module = await Test.createTestingModule({
    imports: [
      await DatabaseModule.forRoot({ url: testDatabase.url, applicationName: 'test' }),
      TestConfigModule.with(config),
      OutboxModule,
      OfferingsModule,
    ],
  }).compile();
  const database = module.get(Database);
  return {
    module,
    database,
    acts: (objectType, objectId) =>
      database.many(sql<{ action: string; version: number; before: unknown; after: unknown }>`
        select action, object_version as version, before, after from audit_entries
        where object_type = ${objectType} and object_id = ${objectId} order by id`),
    close: async () => {
      await module.close();
      await testDatabase.drop();
    },
  };
}

export function principal(kind: Principal['kind'], accountId: string): Principal {
  return {
    accountId,
    kind,
    email: 'someone@example.test',
    displayName: 'Someone',
    timezone: 'Europe/Berlin',
    locale: 'en',
  };
}
