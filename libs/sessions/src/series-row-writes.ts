import { publicId } from '@app/common';
import { sql, type RawBuilder } from '@app/database';
import type { ConflictRule, SeriesShape } from './domain/series-plan';
import type { SeriesAct } from './series-session-writes';

export interface NewSeriesFacts {
  clientId: string;
  horizonDays: number;
  onConflict: ConflictRule;
  override: boolean;
  splitFrom: string | null;
}

/** New values of a series that is locked; its version and the calendar's sequence rise. */
export function updateSeries(
  { coachId, now }: SeriesAct,
  id: string,
  shape: SeriesShape,
): RawBuilder<unknown> {
  return sql`
      update series r set state = ${shape.state}, rule = ${shape.rule}, local_start = ${shape.localStart}::timestamp, timezone = ${shape.timezone},
        offering_id = ${shape.offeringId}::uuid, offering_name = ${shape.offeringName}, duration_minutes = ${shape.durationMinutes},
        before_minutes = ${shape.beforeMinutes}, after_minutes = ${shape.afterMinutes}, price_minor = ${shape.priceMinor}::bigint,
        policy_accepted_at = case when r.policy_id = p.id then r.policy_accepted_at end,
        policy_accepted_by = case when r.policy_id = p.id then r.policy_accepted_by end,
        funding = ${shape.funding}, entitlement_id = ${shape.entitlementId}::uuid, fallback = ${shape.fallback},
        charge_hours_before = ${shape.chargeHoursBefore}::int,
        credits_ended_at = case when ${shape.funding}::text = 'package' then r.credits_ended_at end,
        policy_id = p.id, policy_rules = p.rules, platform = ${shape.platform}::text, materialised_until = ${shape.materialisedUntil}::timestamptz,
        paused_from = ${shape.pausedFrom}::timestamptz, paused_until = ${shape.pausedUntil}::timestamptz,
        calendar_sequence = r.calendar_sequence + 1, version = r.version + 1, updated_at = ${now}::timestamptz
      from policies p
      where r.coach_id = ${coachId}::uuid and r.id = ${id}::uuid and p.coach_id = r.coach_id and p.id = ${shape.policyId}::uuid`;
}

/** A series that is made, or that goes on where another was split. */
export function insertSeries(
  { coachId, actor, now }: SeriesAct,
  id: string,
  shape: SeriesShape,
  facts: NewSeriesFacts,
): RawBuilder<unknown> {
  return sql`
      insert into series (coach_id, id, client_id, state, rule, local_start, timezone, offering_id, offering_name, duration_minutes,
        before_minutes, after_minutes, platform, funding, entitlement_id, fallback, charge_hours_before, credits_ended_at,
        price_minor, currency, policy_id, policy_rules, policy_accepted_at, policy_accepted_by, materialised_until, horizon_days,
        on_conflict, override, paused_from, paused_until, split_from, calendar_uid, created_by, created_at, updated_at)
      select ${coachId}::uuid, ${id}::uuid, m.id, ${shape.state}, ${shape.rule}, ${shape.localStart}::timestamp, ${shape.timezone},
        ${shape.offeringId}::uuid, ${shape.offeringName}, ${shape.durationMinutes}, ${shape.beforeMinutes}, ${shape.afterMinutes},
        ${shape.platform}::text, ${shape.funding}, ${shape.entitlementId}::uuid, ${shape.fallback}, ${shape.chargeHoursBefore}::int,
        case when ${shape.funding}::text = 'package' then (select f.credits_ended_at from series f
          where f.coach_id = m.coach_id and f.id = ${facts.splitFrom}::uuid) end, ${shape.priceMinor}::bigint, ${shape.currency}, p.id, p.rules,
        r.policy_accepted_at, r.policy_accepted_by, ${shape.materialisedUntil}::timestamptz,
        ${facts.horizonDays}, ${facts.onConflict}, ${facts.override}, ${shape.pausedFrom}::timestamptz, ${shape.pausedUntil}::timestamptz,
        ${facts.splitFrom}::uuid, ${publicId('series', id)}, ${actor.kind}, ${now}::timestamptz, ${now}::timestamptz
      from clients m join policies p on p.coach_id = m.coach_id and p.id = ${shape.policyId}::uuid
      left join series r on r.coach_id = m.coach_id and r.id = ${facts.splitFrom}::uuid and r.policy_id = p.id
      where m.coach_id = ${coachId}::uuid and m.id = ${facts.clientId}::uuid and m.removed_at is null`;
}
