import { sql, type RawBuilder } from '@app/database';
import type { CardRef } from './payments.events';

/** What was not finished in this time is not asked about any more; a webhook still counts. */
const GIVEN_UP_AFTER = sql`interval '7 days'`;

/** Setups that Stripe should have told about; `isDue` and `pause` are the catch-up's. */
export function takeCardSetups(
  most: number,
  isDue: RawBuilder<unknown>,
  pause: RawBuilder<unknown>,
): RawBuilder<CardRef> {
  return sql<CardRef>`
    update card_setups s set next_sync_at =
      case when app_now() + ${pause} > s.created_at + ${GIVEN_UP_AFTER} then 'infinity' else app_now() + ${pause} end
    from (select coach_id, id from card_setups
          where status in ('open', 'failed') and ${isDue}
          order by coalesce(next_sync_at, updated_at) limit ${most} for no key update skip locked) due
    where s.coach_id = due.coach_id and s.id = due.id
    returning s.coach_id as "coachId", s.id`;
}

/** Cards that may have been removed or renewed at Stripe, or whose removal it has not confirmed. */
export function takeSavedCards(
  most: number,
  isDue: RawBuilder<unknown>,
  pause: RawBuilder<unknown>,
): RawBuilder<CardRef> {
  return sql<CardRef>`
    update payment_methods m set next_sync_at = app_now() + ${pause}
    from (select coach_id, id from payment_methods
          where status <> 'removed' and ${isDue}
          order by coalesce(next_sync_at, updated_at) limit ${most} for no key update skip locked) due
    where m.coach_id = due.coach_id and m.id = due.id
    returning m.coach_id as "coachId", m.id`;
}
