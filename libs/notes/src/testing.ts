import { newId, wallTimeOf } from '@app/common';
import { sql, type Database } from '@app/database';

const POLICY_RULES = {
  tiers: [{ noticeHours: 24, refundPercent: 100 }],
  freeRescheduleHours: 24,
  noShowChargePercent: 100,
  returnCreditOnLateCancel: false,
};

export interface SessionOverrides {
  /** Minutes from business time's now to the start; negative: it has begun. */
  startsInMinutes?: number;
  durationMinutes?: number;
  status?: 'held' | 'scheduled' | 'completed';
  priceMinor?: number;
  offeringName?: string;
}

/** A session as booking leaves it, with the offering and the terms it stands on. @returns its id */
export async function buildSession(
  database: Database,
  coachId: string,
  clientId: string,
  overrides: SessionOverrides = {},
): Promise<string> {
  const [policyId, offeringId, id] = [newId(), newId(), newId()];
  const priceMinor = overrides.priceMinor ?? 0;
  const funding = priceMinor === 0 ? 'free' : 'card';
  const status = overrides.status ?? 'scheduled';
  const name = overrides.offeringName ?? 'Career coaching';
  const minutes = overrides.durationMinutes ?? 60;
  const { now } = await database.one(sql<{ now: Date }>`select date_trunc('second', app_now()) as now`);
  const startsAt = new Date(now.getTime() + (overrides.startsInMinutes ?? 48 * 60) * 60_000);
  await database.transaction(async () => {
    await database.execute(sql`
      insert into policies (coach_id, id, line_id, line_version, name, rules, created_at, created_by)
      values (${coachId}::uuid, ${policyId}::uuid, ${newId()}::uuid, 1, 'Terms', ${JSON.stringify(POLICY_RULES)}::jsonb, app_now(), ${coachId}::uuid)`);
    await database.execute(sql`
      insert into offerings (coach_id, id, name, duration_minutes, price_minor, currency, funding_options, created_at, updated_at)
      values (${coachId}::uuid, ${offeringId}::uuid, ${name}, ${minutes}, ${priceMinor}, 'EUR', ${[funding]}::text[], app_now(), app_now())`);
    await database.execute(sql`
      insert into sessions (coach_id, id, client_id, offering_id, status, starts_at, ends_at, local_start, timezone, before_minutes,
        after_minutes, offering_name, funding, price_minor, currency, policy_id, policy_rules, client_sort_name, payment_status,
        hold_expires_at, booked_at, booked_by, updated_at)
      values (${coachId}::uuid, ${id}::uuid, ${clientId}::uuid, ${offeringId}::uuid, ${status}, ${startsAt}::timestamptz,
        ${startsAt}::timestamptz + make_interval(mins => ${minutes}), ${wallTimeOf(startsAt, 'Europe/Berlin')}::timestamp, 'Europe/Berlin',
        0, 0, ${name}, ${funding}, ${priceMinor}, 'EUR', ${policyId}::uuid, ${JSON.stringify(POLICY_RULES)}::jsonb, 'Client, Kim',
        ${priceMinor === 0 ? 'free' : 'unpaid'}, case when ${status} = 'held' then app_now() + interval '15 minutes' end, app_now(),
        'client', app_now())`);
    if (status === 'held' && priceMinor > 0)
      await database.execute(sql`
        insert into payments (coach_id, id, client_id, session_id, amount_minor, currency, application_fee_minor, status,
          stripe_account_id, created_at, updated_at)
        values (${coachId}::uuid, ${newId()}::uuid, ${clientId}::uuid, ${id}::uuid, ${priceMinor}, 'EUR', 0, 'requires_payment',
          'acct_test', app_now(), app_now())`);
  });
  return id;
}

/** Moves business time forward, as the sandbox does. */
export async function advanceClock(database: Database, seconds: number): Promise<void> {
  await database.execute(sql`update clock_offset set seconds = seconds + ${seconds}::bigint`);
}
