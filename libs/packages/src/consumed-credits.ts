import { sql, type RawBuilder } from '@app/database';
import { REFUND_CAUSE } from './domain/credits';

/** Credits of an entitlement that are gone: drawn and not given back, or expired and not revived. */
export function consumedCredits(coachId: string, entitlementId: string): RawBuilder<{ consumed: number }> {
  return sql<{ consumed: number }>`
    select coalesce(-sum(amount), 0)::int as consumed from credit_entries
    where coach_id = ${coachId} and entitlement_id = ${entitlementId} and kind in ('debit', 'restore', 'expire', 'revive')
      and not (kind = 'expire' and cause = ${REFUND_CAUSE})`;
}
