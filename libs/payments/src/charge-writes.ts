import { insertAudit, type Actor } from '@app/accounts';
import { sql, together, type RawBuilder } from '@app/database';
import { insertMessages, type DomainEvent } from '@app/outbox';
import { bookCharge } from './charge-booking';
import type { PaymentRecord } from './payment-record';
import { chargeRequested } from './payments.events';

export interface ChargeChange {
  set: RawBuilder<unknown>[];
  actor: Actor;
  /** Dotted name of the act. */
  action: string;
  cause?: string;
  /** The changed fields, for the audit. */
  after: Record<string, unknown>;
  events?: DomainEvent[];
  bookings?: RawBuilder<unknown>[];
  /** Business time. */
  now: Date;
}

/** One act on a charge whose row is locked: the row, its audit entry, what is booked and announced. */
export function changeCharge(payment: PaymentRecord, change: ChargeChange): RawBuilder<unknown> {
  const { coachId, id } = payment;
  const { events = [], bookings = [] } = change;
  const assignments = [
    ...change.set,
    sql`next_sync_at = null`,
    sql`version = version + 1`,
    sql`updated_at = ${change.now}::timestamptz`,
  ];
  return together(
    sql`update payments set ${sql.join(assignments)} where coach_id = ${coachId} and id = ${id}`,
    ...bookings,
    insertAudit({
      coachId,
      actor: change.actor,
      action: change.action,
      objectType: 'payment',
      objectId: id,
      objectVersion: payment.version + 1,
      ...(change.cause === undefined ? {} : { cause: change.cause }),
      before: { status: payment.status, chargeState: payment.chargeState },
      after: change.after,
    }),
    ...(events.length > 0 ? [insertMessages(events)] : []),
  );
}

/** A planned charge whose time has come: the worker has it, and the client owes it. */
export function fallDue(
  payment: PaymentRecord,
  actor: Actor,
  now: Date,
  set: RawBuilder<unknown>[] = [],
): RawBuilder<unknown> {
  return changeCharge(payment, {
    set: [
      ...set,
      sql`charge_state = 'requested'`,
      sql`next_attempt_at = null`,
      sql`fell_due_at = coalesce(fell_due_at, ${now}::timestamptz)`,
    ],
    actor,
    action: 'payment.request_charge',
    after: { chargeState: 'requested' },
    events: [chargeRequested(payment)],
    bookings: payment.fellDueAt === null ? bookCharge(payment, now) : [],
    now,
  });
}
