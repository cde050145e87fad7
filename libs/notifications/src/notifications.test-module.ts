import { randomBytes } from 'node:crypto';
import { Module, type DynamicModule } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { Accounts, type Principal } from '@app/accounts';
import { buildAccount, buildClient, buildCoach } from '@app/accounts/testing';
import { CONFIG, readConfig, sharedConfigSchema, type SharedConfig } from '@app/common';
import { Database, DatabaseModule, InvariantChecker, sql } from '@app/database';
import { OutboxModule } from '@app/outbox';
import { createTestDatabase } from '@app/testing';
import { DEMO_ZOOM_CLIENT, startSandbox, type Sandbox } from '../../../apps/sandbox/src/sandbox';
import type { NotificationRecord } from './notification-record';
import { notificationColumns } from './notification-record';
import { NotificationSender } from './notification-sender.service';
import { NotificationsModule } from './notifications.module';

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

export interface NotificationsUnderTest {
  module: TestingModule;
  database: Database;
  sandbox: Sandbox;
  /** A coach in Berlin and a client in New York. */
  pair(names?: { coach?: string; client?: string }): Promise<Pair>;
  admin(): Promise<Principal>;
  /** Runs the sending jobs that were announced and not yet done, each once. */
  sendQueued(): Promise<void>;
  rows(coachId: string): Promise<NotificationRecord[]>;
  brokenInvariants(): Promise<string[]>;
  /** @throws Error naming the invariants that are broken */
  assertInvariants(): Promise<void>;
  close(): Promise<void>;
}

/** The library on a database of its own, beside a sandbox of its own. */
export async function startNotifications(): Promise<NotificationsUnderTest> {
  const testDatabase = await createTestDatabase();
  const sandbox = await startSandbox({ databaseUrl: testDatabase.url });
  const config = readConfig(sharedConfigSchema, {
    NODE_ENV: 'test',
    DATABASE_URL: testDatabase.url,
    PUBLIC_URL: 'https://practice.example.test',
    MAIL_FROM: 'Practice <practice@practice.example.test>',
    SMTP_URL: sandbox.urls.smtp,
    ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
    TOKEN_SIGNING_KEY: randomBytes(32).toString('base64'),
    LINK_SECRET: randomBytes(32).toString('hex'),
    STRIPE_SECRET_KEY: 'sk_test_sandbox',
    STRIPE_WEBHOOK_SECRETS: 'whsec_test',
    STRIPE_API_BASE: sandbox.urls.stripe,
    ZOOM_CLIENT_ID: DEMO_ZOOM_CLIENT.id,
    ZOOM_CLIENT_SECRET: DEMO_ZOOM_CLIENT.secret,
    ZOOM_API_BASE: sandbox.urls.zoom,
    ZOOM_OAUTH_BASE: sandbox.urls.zoom,
  });
  const module = await Test.createTestingModule({
    imports: [
      await DatabaseModule.forRoot({ url: testDatabase.url, applicationName: 'test' }),
      TestConfigModule.with(config),
      OutboxModule,
      NotificationsModule,
    ],
  }).compile();
  const database = module.get(Database);
  const accounts = module.get(Accounts, { strict: false });
  const brokenInvariants = async (): Promise<string[]> => {
    const results = await module.get(InvariantChecker, { strict: false }).check();
    return results
      .filter(({ name, violations }) => name.startsWith('7') && violations > 0)
      .map(({ name }) => name);
  };
  return {
    module,
    database,
    sandbox,
    pair: async (names = {}) => {
      const coachId = await buildCoach(database, {
        displayName: names.coach ?? 'Ana Coach',
        timezone: 'Europe/Berlin',
      });
      const client = await buildClient(database, coachId, {
        displayName: names.client ?? 'Ben Client',
        timezone: 'America/New_York',
      });
      const [coach, principal] = [
        await accounts.principalOf(coachId),
        await accounts.principalOf(client.accountId ?? ''),
      ];
      return { coach, client: principal, clientId: client.id };
    },
    admin: async () => accounts.principalOf(await buildAccount(database, { kind: 'admin' })),
    sendQueued: async () => {
      const queued = await database.many(sql<{ coachId: string; id: string }>`
        update outbox_messages set published_at = clock_timestamp(), feed_seq = nextval('outbox_feed_seq')
        where type = 'notifications.notification_queued' and published_at is null
        returning coach_id as "coachId", payload ->> 'notificationId' as id`);
      for (const { coachId, id } of queued) await module.get(NotificationSender).send(coachId, id);
    },
    rows: (coachId) =>
      database.many(sql<NotificationRecord>`
        select ${notificationColumns} from notifications n where n.coach_id = ${coachId}::uuid order by n.id`),
    brokenInvariants,
    assertInvariants: async () => {
      const broken = await brokenInvariants();
      if (broken.length > 0) throw new Error(`Broken invariants: ${broken.join(', ')}`);
    },
    close: async () => {
      await module.close();
      await sandbox.close();
      await testDatabase.drop();
    },
  };
}
