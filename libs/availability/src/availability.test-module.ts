import { randomBytes } from 'node:crypto';
import { Module, type DynamicModule } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { insertAudit, WORKER } from '@app/accounts';
import { buildClient, buildCoach } from '@app/accounts/testing';
import { CONFIG, newId } from '@app/common';
import { Database, DatabaseModule, sql, together } from '@app/database';
import { OutboxModule } from '@app/outbox';
import { createTestDatabase } from '@app/testing';
import { AvailabilityModule } from './availability.module';
import type { BookingFacts } from './availability.questions';
import { Availability } from './availability.service';
import { claimedTime, insertClaim } from './claims';

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

/** When the specs play, whatever the machine's clock says: a Wednesday morning in Berlin. */
export const BUSINESS_NOW = new Date('2027-05-26T08:00Z');

export interface AvailabilityUnderTest {
  module: TestingModule;
  database: Database;
  /** Audit entries of an object, oldest first. */
  acts(
    objectType: string,
    objectId: string,
  ): Promise<{ action: string; version: number | null; before: unknown; after: unknown }[]>;
  close(): Promise<void>;
}

/** The library on a database of its own, with as many connections as the pool of a process has. */
export async function startAvailability(): Promise<AvailabilityUnderTest> {
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
      AvailabilityModule,
    ],
  }).compile();
  const database = module.get(Database);
  await database.execute(
    sql`update clock_offset set seconds = extract(epoch from ${BUSINESS_NOW}::timestamptz - statement_timestamp())::bigint`,
  );
  return {
    module,
    database,
    acts: (objectType, objectId) =>
      database.many(sql<{ action: string; version: number | null; before: unknown; after: unknown }>`
        select action, object_version as version, before, after from audit_entries
        where object_type = ${objectType} and object_id = ${objectId} order by id`),
    close: async () => {
      await module.close();
      await testDatabase.drop();
    },
  };
}

export interface Practice {
  coachId: string;
  clientId: string;
  offeringId: string;
  policyId: string;
}

/** A coach in Berlin with a client and a free offering; works every weekday from 9 to 17, without notice. */
export async function buildPractice(database: Database): Promise<Practice> {
  const coachId = await buildCoach(database);
  const { id: clientId } = await buildClient(database, coachId);
  const [offeringId, policyId] = [newId(), newId()];
  const rules = {
    tiers: [],
    freeRescheduleHours: 0,
    noShowChargePercent: 0,
    returnCreditOnLateCancel: false,
  };
  await database.execute(
    together(
      insertAudit({
        coachId,
        actor: WORKER,
        action: 'offering.create',
        objectType: 'offering',
        objectId: offeringId,
        objectVersion: 1,
      }),
      insertAudit({
        coachId,
        actor: WORKER,
        action: 'policy.create',
        objectType: 'policy',
        objectId: policyId,
        objectVersion: 1,
      }),
      sql`update coaches set minimum_notice_minutes = 0, booking_horizon_days = 730 where coach_id = ${coachId}`,
      sql`insert into policies (coach_id, id, line_id, line_version, name, rules, created_at, created_by)
        values (${coachId}::uuid, ${policyId}::uuid, ${policyId}::uuid, 1, 'Terms', ${JSON.stringify(rules)}::jsonb, app_now(), ${coachId}::uuid)`,
      sql`insert into offerings (coach_id, id, name, duration_minutes, price_minor, currency, funding_options, created_at, updated_at)
        values (${coachId}::uuid, ${offeringId}::uuid, 'Session', 60, 0, 'EUR', '{free}', app_now(), app_now())`,
      sql`insert into weekly_hours (coach_id, id, weekday, starts_minute, ends_minute)
        select ${coachId}::uuid, gen_random_uuid(), day, 540, 1020 from generate_series(1, 5) day`,
    ),
  );
  return { coachId, clientId, offeringId, policyId };
}

export interface SessionTimes {
  startsAt: Date;
  durationMinutes: number;
  beforeMinutes: number;
  afterMinutes: number;
}

/** A session's row without its claim. @returns its id */
export async function buildSession(
  database: Database,
  practice: Practice,
  times: SessionTimes,
): Promise<string> {
  const id = newId();
  await database.execute(sql`
    insert into sessions (coach_id, id, client_id, offering_id, status, starts_at, ends_at, local_start, timezone, before_minutes,
      after_minutes, offering_name, funding, price_minor, currency, policy_id, policy_rules, client_sort_name, payment_status,
      booked_at, booked_by, updated_at)
    select ${practice.coachId}::uuid, ${id}::uuid, ${practice.clientId}::uuid, ${practice.offeringId}::uuid, 'scheduled',
      ${times.startsAt}::timestamptz, ${times.startsAt}::timestamptz + make_interval(mins => ${times.durationMinutes}),
      ${times.startsAt}::timestamptz at time zone 'Europe/Berlin', 'Europe/Berlin', ${times.beforeMinutes}, ${times.afterMinutes},
      'Session', 'free', 0, 'EUR', ${practice.policyId}::uuid, p.rules, 'kim', 'free', app_now(), 'client', app_now()
    from policies p where p.coach_id = ${practice.coachId} and p.id = ${practice.policyId}`);
  return id;
}

/** What every booking does: lock, check, claim. @returns the session's id */
export function bookTime(
  { database, module }: AvailabilityUnderTest,
  practice: Practice,
  facts: BookingFacts,
): Promise<string> {
  const availability = module.get(Availability);
  return database.transaction(async () => {
    await availability.lockCoach(practice.coachId);
    await availability.assertFree(facts);
    const sessionId = await buildSession(database, practice, facts);
    const time = claimedTime(facts.startsAt, facts);
    await database.execute(insertClaim({ coachId: practice.coachId, sessionId, ...time }));
    return sessionId;
  });
}
