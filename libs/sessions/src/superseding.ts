import { sql, type RawBuilder } from '@app/database';

/**
 * Statements that end what is open for sessions that move or end, and free what was held for them. They belong to that
 * change, which has the entries of history and audit.
 */
export function supersedeProposals(
  coachId: string,
  sessionIds: readonly string[],
  now: Date,
): [proposals: RawBuilder<unknown>, claims: RawBuilder<unknown>] {
  const ids = [...sessionIds];
  return [
    sql`update reschedule_proposals set status = 'superseded', closed_at = ${now}::timestamptz, version = version + 1
      where coach_id = ${coachId}::uuid and session_id = any(${ids}::uuid[]) and status = 'open'`,
    sql`delete from calendar_claims
      where coach_id = ${coachId}::uuid and session_id = any(${ids}::uuid[]) and kind = 'proposed_time'`,
  ];
}
