import { Injectable } from '@nestjs/common';
import { Database, sql, type RawBuilder } from '@app/database';
import { Outbox } from '@app/outbox';
import {
  cardSetupSyncRequested,
  cardSyncRequested,
  paymentSyncRequested,
  refundSyncRequested,
  type PaymentRef,
  type RefundRef,
} from './payments.events';
import { takeCardSetups, takeSavedCards } from './saved-card-catch-up';

/** A row that nothing happens to is asked about at least so often. */
const LONGEST_PAUSE = sql`interval '1 day'`;
/** So long after it has succeeded a refund may turn out to have failed. */
const FAILURE_IS_POSSIBLE = sql`interval '35 days'`;

/**
 * Finds what Stripe should have told about by now: webhooks get lost, and so do jobs. What is due is read again by
 * jobs of their own; the more time has passed since a row has changed, the longer the pause until it is asked about
 * again, so that news is found at the latest when it is as old as the row's silence before it, or a day.
 */
@Injectable()
export class StripeCatchUp {
  constructor(
    private readonly database: Database,
    private readonly outbox: Outbox,
  ) {}

  /**
   * @param most payments, and as many refunds, setups and cards, of one call: Stripe limits the calls per second
   * @param quietMinutes business minutes without a change after which a row is asked about for the first time
   * @returns how many were given to the worker
   */
  async requestDue(most: number, quietMinutes: number): Promise<number> {
    return this.database.transaction(async () => {
      const quiet = sql`make_interval(mins => ${quietMinutes}::int)`;
      const payments = await this.database.many(takePayments(most, quiet));
      const refunds = await this.database.many(takeRefunds(most, quiet));
      const setups = await this.database.many(takeCardSetups(most, isDue(quiet), pauseOf('s', quiet)));
      const cards = await this.database.many(takeSavedCards(most, isDue(quiet), pauseOf('m', quiet)));
      const events = [
        ...payments.map(paymentSyncRequested),
        ...refunds.map(refundSyncRequested),
        ...setups.map(cardSetupSyncRequested),
        ...cards.map(cardSyncRequested),
      ];
      await this.outbox.add(...events);
      return events.length;
    });
  }
}

/**
 * Also those that failed: the client may have paid by another card. What is paid or called off is closed; what waits for
 * the time of its charge has a sweep of its own.
 */
function takePayments(most: number, quiet: RawBuilder<unknown>): RawBuilder<PaymentRef> {
  return sql<PaymentRef>`
    update payments p set next_sync_at = app_now() + ${pauseOf('p', quiet)}
    from (select coach_id, id from payments
          where status in ('requires_payment', 'processing', 'failed') and charge_state is distinct from 'planned' and ${isDue(quiet)}
          order by coalesce(next_sync_at, updated_at) limit ${most} for no key update skip locked) due
    where p.coach_id = due.coach_id and p.id = due.id
    returning p.coach_id as "coachId", p.id, p.session_id as "sessionId"`;
}

function takeRefunds(most: number, quiet: RawBuilder<unknown>): RawBuilder<RefundRef> {
  const pause = pauseOf('r', quiet);
  return sql<RefundRef>`
    update refunds r set next_sync_at =
      case when r.status = 'succeeded' and app_now() + ${pause} > r.settled_at + ${FAILURE_IS_POSSIBLE}
        then 'infinity' else app_now() + ${pause} end
    from (select coach_id, id from refunds
          where status in ('pending', 'submitted', 'succeeded') and ${isDue(quiet)}
          order by coalesce(next_sync_at, updated_at) limit ${most} for no key update skip locked) due
    where r.coach_id = due.coach_id and r.id = due.id
    returning r.coach_id as "coachId", r.id, r.payment_id as "paymentId", r.session_id as "sessionId"`;
}

/** The first line alone is what the index finds. */
function isDue(quiet: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`coalesce(next_sync_at, updated_at) <= app_now()
    and (next_sync_at is not null or updated_at <= app_now() - ${quiet})`;
}

/** As long as the row has been silent so far. */
function pauseOf(alias: 'p' | 'r' | 's' | 'm', quiet: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`greatest(${quiet}, least(${LONGEST_PAUSE}, app_now() - ${sql.ref(`${alias}.updated_at`)}))`;
}
