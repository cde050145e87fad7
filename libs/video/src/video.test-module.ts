import { randomBytes } from 'node:crypto';
import { Module, type DynamicModule } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import type { Principal } from '@app/accounts';
import { buildClient, buildCoach } from '@app/accounts/testing';
import { CONFIG, newId } from '@app/common';
import { ConnectionAttempts } from '@app/connections';
import { connectZoom } from '@app/connections/testing';
import { Database, DatabaseModule, sql } from '@app/database';
import { OutboxModule } from '@app/outbox';
import type { SessionStatus } from '@app/sessions';
import { createTestDatabase } from '@app/testing';
import { DEMO_ZOOM_CLIENT, startSandbox, type Sandbox } from '../../../apps/sandbox/src/sandbox';
import { VideoModule } from './video.module';

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

export interface VideoOptions {
  zoomDailyLimit?: number;
  captureFile?: string;
}

export interface Practice {
  coachId: string;
  clientId: string;
  coach: Principal;
  client: Principal;
  /** The coach's address at Zoom. */
  host: string;
}

/** The library on a database of its own, beside a sandbox whose clock is the database's. */
export class VideoUnderTest {
  private constructor(
    readonly module: TestingModule,
    /** The same on the same database, with nothing shared in memory. */
    readonly otherProcess: TestingModule,
    readonly database: Database,
    readonly sandbox: Sandbox,
    readonly close: () => Promise<void>,
  ) {}

  static async start(options: VideoOptions = {}): Promise<VideoUnderTest> {
    const testDatabase = await createTestDatabase();
    const sandbox = await startSandbox({
      databaseUrl: testDatabase.url,
      ...(options.zoomDailyLimit === undefined ? {} : { zoomDailyLimit: options.zoomDailyLimit }),
    });
    const config = {
      PUBLIC_URL: 'https://practice.example.test',
      LINK_SECRET: randomBytes(32).toString('base64'),
      ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
      TOKEN_SIGNING_KEY: randomBytes(32).toString('base64'),
      STRIPE_SECRET_KEY: 'sk_test_sandbox',
      STRIPE_WEBHOOK_SECRETS: 'whsec_sandbox',
      STRIPE_API_BASE: sandbox.urls.stripe,
      ZOOM_CLIENT_ID: DEMO_ZOOM_CLIENT.id,
      ZOOM_CLIENT_SECRET: DEMO_ZOOM_CLIENT.secret,
      ZOOM_API_BASE: sandbox.urls.zoom,
      ZOOM_OAUTH_BASE: sandbox.urls.zoom,
      ...(options.captureFile === undefined ? {} : { OUTBOUND_CAPTURE: options.captureFile }),
    };
    const start = async (): Promise<TestingModule> =>
      Test.createTestingModule({
        imports: [
          await DatabaseModule.forRoot({ url: testDatabase.url, applicationName: 'test' }),
          TestConfigModule.with(config),
          OutboxModule,
          VideoModule,
        ],
      }).compile();
    const [module, otherProcess] = [await start(), await start()];
    return new VideoUnderTest(module, otherProcess, module.get(Database), sandbox, async () => {
      await module.close();
      await otherProcess.close();
      await sandbox.close();
      await testDatabase.drop();
    });
  }

  /** A coach and a client of theirs; connected to Zoom unless told otherwise. */
  async practice(connected = true): Promise<Practice> {
    const coachId = await buildCoach(this.database);
    const { id: clientId, accountId, email } = await buildClient(this.database, coachId);
    const host = `host-${coachId}@zoom.example.test`;
    if (connected) await connectZoom(this.module.get(ConnectionAttempts), coachId, host);
    const person = { displayName: 'Somebody', timezone: 'Europe/Berlin', locale: 'en' };
    return {
      coachId,
      clientId,
      host,
      coach: { ...person, accountId: coachId, kind: 'coach', email: 'coach@example.test' },
      client: { ...person, accountId: accountId ?? '', kind: 'client', email },
    };
  }

  /**
   * A session as booking leaves it.
   *
   * @param startsIn PostgreSQL interval from business time; whole seconds, as everything that people book
   */
  async session(practice: Practice, startsIn = '3 days', minutes = 60): Promise<string> {
    const { coachId, clientId } = practice;
    const [policyId, offeringId, id] = [newId(), newId(), newId()];
    await this.database.execute(sql`
      insert into policies (coach_id, id, line_id, line_version, name, rules, created_at, created_by)
      values (${coachId}::uuid, ${policyId}::uuid, ${policyId}::uuid, 1, 'Terms', '{}', app_now(), ${coachId}::uuid)`);
    await this.database.execute(sql`
      insert into offerings (coach_id, id, name, duration_minutes, price_minor, currency, funding_options, created_at, updated_at)
      values (${coachId}::uuid, ${offeringId}::uuid, 'First talk', ${minutes}, 0, 'EUR', '{free}', app_now(), app_now())`);
    await this.database.execute(sql`
      insert into sessions (coach_id, id, client_id, offering_id, status, starts_at, ends_at, local_start, timezone,
        before_minutes, after_minutes, offering_name, funding, price_minor, currency, policy_id, policy_rules,
        client_sort_name, payment_status, booked_at, booked_by, updated_at)
      select ${coachId}::uuid, ${id}::uuid, ${clientId}::uuid, ${offeringId}::uuid, 'scheduled', t, t + make_interval(mins => ${minutes}),
        t at time zone 'UTC', 'UTC', 0, 0, 'First talk', 'free', 0, 'EUR', ${policyId}::uuid, '{}', 'Client, Kim', 'free',
        app_now(), 'client', app_now()
      from (select date_trunc('second', app_now()) + ${startsIn}::interval as t) at`);
    return id;
  }

  async setStatus(
    sessionId: string,
    status: Extract<SessionStatus, 'cancelled' | 'no_show' | 'completed' | 'scheduled'>,
  ): Promise<void> {
    await this.database.execute(sql`
      update sessions set status = ${status}, version = version + 1,
        outcome = case when ${status} = 'cancelled' then 'by_coach' end,
        cancelled_at = case when ${status} = 'cancelled' then app_now() end,
        no_show_by = case when ${status} = 'no_show' then 'client' end
      where id = ${sessionId}`);
  }

  async moveBy(sessionId: string, interval: string): Promise<void> {
    await this.database.execute(sql`
      update sessions set starts_at = starts_at + ${interval}::interval, ends_at = ends_at + ${interval}::interval,
        local_start = local_start + ${interval}::interval, version = version + 1 where id = ${sessionId}`);
  }

  /** Meetings at Zoom that carry the reference of a session. */
  atZoom(sessionId: string): Sandbox['zoom']['meetings'] {
    return this.sandbox.zoom.meetings.filter((meeting) => meeting.agenda.includes(sessionId));
  }

  /** Payloads of messages of this type about a session, oldest first. */
  async messages(type: string, sessionId: string): Promise<Record<string, unknown>[]> {
    const rows = await this.database.many(sql<{ payload: Record<string, unknown> }>`
      select payload from outbox_messages where type = ${type} and payload ->> 'sessionId' = ${sessionId} order by id`);
    return rows.map(({ payload }) => payload);
  }
}
