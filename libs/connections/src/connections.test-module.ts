import { randomBytes } from 'node:crypto';
import { Module, type DynamicModule } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { CONFIG } from '@app/common';
import { Database, DatabaseModule, sql } from '@app/database';
import { OutboxModule } from '@app/outbox';
import { createTestDatabase } from '@app/testing';
import { DEMO_ZOOM_CLIENT, startSandbox, type Sandbox } from '../../../apps/sandbox/src/sandbox';
import { ConnectionsModule } from './connections.module';

@Module({})
class TestConfigModule {
  static with(config: Record<string, string>): DynamicModule {
    return {
      module: TestConfigModule,
      global: true,
      providers: [{ provide: CONFIG, useValue: config }],
      exports: [CONFIG],
    };
  }
}

export interface ConnectionsUnderTest {
  module: TestingModule;
  /** The same on the same database, with nothing shared in memory. */
  otherProcess: TestingModule;
  database: Database;
  sandbox: Sandbox;
  /** Messages of this type of one coach, oldest first. */
  messages(type: string, coachId: string): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

/** The library on a database of its own, beside a sandbox of its own. */
export async function startConnections(): Promise<ConnectionsUnderTest> {
  const testDatabase = await createTestDatabase();
  const sandbox = await startSandbox({ databaseUrl: testDatabase.url });
  const config = {
    PUBLIC_URL: 'https://practice.example.test',
    ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
    ZOOM_CLIENT_ID: DEMO_ZOOM_CLIENT.id,
    ZOOM_CLIENT_SECRET: DEMO_ZOOM_CLIENT.secret,
    ZOOM_API_BASE: sandbox.urls.zoom,
    ZOOM_OAUTH_BASE: sandbox.urls.zoom,
  };
  const start = async (): Promise<TestingModule> =>
    Test.createTestingModule({
      imports: [
        await DatabaseModule.forRoot({ url: testDatabase.url, applicationName: 'test' }),
        TestConfigModule.with(config),
        OutboxModule,
        ConnectionsModule,
      ],
    }).compile();
  const [module, otherProcess] = [await start(), await start()];
  const database = module.get(Database);
  return {
    module,
    otherProcess,
    database,
    sandbox,
    messages: async (type, coachId) => {
      const rows = await database.many(sql<{ payload: Record<string, unknown> }>`
        select payload from outbox_messages where type = ${type} and coach_id = ${coachId} order by id`);
      return rows.map(({ payload }) => payload);
    },
    close: async () => {
      await module.close();
      await otherProcess.close();
      await sandbox.close();
      await testDatabase.drop();
    },
  };
}
