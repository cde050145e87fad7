import { Injectable } from '@nestjs/common';
import { actorOf, insertAudit, WORKER, type Actor, type Principal } from '@app/accounts';
import { basisPointsOf, Clock, newId } from '@app/common';
import { Database, isInTransaction, sql, together } from '@app/database';
import { insertMessages } from '@app/outbox';
import { ChargeAttempts } from './charge-attempts.service';
import { bookCharge } from './charge-booking';
import type { NewCharge } from './charge-record';
import { releaseCharge } from './charge-release';
import { changeCharge, fallDue } from './charge-writes';
import { isUnpaid } from './domain/payment-status';
import { PaymentQueries } from './payment.queries';
import { lockPayment } from './payment-lock';
import type { PaymentRecord } from './payment-record';
import { ChargeExists, PaymentNotRetryable } from './payments.errors';
import { chargeRequested } from './payments.events';

/**
 * What a client owes for a session and pays with the card they have saved (domain.md 8, 9, 12). Whether it is paid,
 * Stripe alone tells (PaymentSync).
 */
@Injectable()
export class Charges {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly queries: PaymentQueries,
    private readonly attempts: ChargeAttempts,
  ) {}

  /**
   * Plans a charge, or has it made at once where it is due. Inside the transaction of what decides it.
   *
   * @returns the payment's id
   * @throws ChargeExists while the session has another payment that can still be paid, or was and is not given back
   */
  async request(charge: NewCharge): Promise<string> {
    if (!isInTransaction()) throw new Error('A charge is requested in the transaction that decides it.');
    const { coachId, sessionId, amountMinor, currency, reason, dueAt, actor, now } = charge;
    await this.refuseSecond(coachId, sessionId);
    const id = newId();
    const isDue = dueAt <= now;
    const applicationFeeMinor = basisPointsOf(amountMinor, charge.applicationFeeBps);
    await this.database.execute(
      together(
        sql`insert into payments
          (coach_id, id, client_id, session_id, amount_minor, currency, application_fee_minor, status, stripe_account_id,
           created_at, updated_at, mode, reason, due_at, charge_state, next_attempt_at, fell_due_at)
          values (${coachId}::uuid, ${id}::uuid, ${charge.clientId}::uuid, ${sessionId}::uuid, ${amountMinor}::bigint,
            ${currency}::text, ${applicationFeeMinor}::bigint, 'requires_payment', ${charge.stripeAccountId},
            ${now}::timestamptz, ${now}::timestamptz, 'off_session', ${reason}::text, ${dueAt}::timestamptz,
            ${isDue ? 'requested' : 'planned'}::text, ${isDue ? null : dueAt}::timestamptz, ${isDue ? now : null}::timestamptz)`,
        ...(isDue ? bookCharge({ coachId, id, currency, amountMinor, applicationFeeMinor }, now) : []),
        insertAudit({
          coachId,
          actor,
          action: 'payment.plan_charge',
          objectType: 'payment',
          objectId: id,
          objectVersion: 1,
          after: { sessionId, amountMinor, currency, reason, dueAt: dueAt.toISOString() },
        }),
        ...(isDue ? [insertMessages([chargeRequested({ coachId, id, sessionId })])] : []),
      ),
    );
    return id;
  }

  /**
   * The charge is due at another time: its session was moved. One that has fallen due already stays as it is. In the
   * transaction that moves the session.
   *
   * @throws PaymentNotFound
   */
  async move(coachId: string, paymentId: string, dueAt: Date, actor: Actor = WORKER): Promise<void> {
    await this.database.transaction(async () => {
      const payment = await lockPayment(this.database, coachId, paymentId);
      if (payment.chargeState !== 'planned' || payment.fellDueAt !== null) return;
      if (payment.dueAt?.getTime() === dueAt.getTime()) return;
      const now = await this.clock.now();
      const newTime = sql`due_at = ${dueAt}::timestamptz`;
      await this.database.execute(
        dueAt <= now
          ? fallDue(payment, actor, now, [newTime])
          : changeCharge(payment, {
              set: [newTime, sql`next_attempt_at = ${dueAt}::timestamptz`],
              actor,
              action: 'payment.move_charge',
              after: { dueAt: dueAt.toISOString() },
              now,
            }),
      );
    });
  }

  /**
   * Nothing is to be paid any more, in the transaction that decides so. A charge that no card was asked for yet is
   * canceled at once. One under way is awaited: the worker cancels it at Stripe, and if Stripe has taken the money,
   * `payment_paid` says so. What is paid or canceled already, or was never a charge, stays as it is.
   *
   * @throws PaymentNotFound
   */
  async release(coachId: string, paymentId: string, actor: Actor): Promise<void> {
    await this.database.transaction(async () => {
      const payment = await lockPayment(this.database, coachId, paymentId);
      if (payment.mode !== 'off_session' || !isUnpaid(payment.status) || payment.releasedAt !== null) return;
      await this.database.execute(releaseCharge(payment, actor, await this.clock.now()));
    });
  }

  /**
   * It was paid and goes back whole, in the transaction that refunds it: another one may be asked for in its place.
   *
   * @throws PaymentNotFound
   */
  async giveWay(coachId: string, paymentId: string, actor: Actor): Promise<void> {
    await this.database.transaction(async () => {
      const payment = await lockPayment(this.database, coachId, paymentId);
      if (payment.mode !== 'off_session' || payment.capturedMinor === 0 || payment.releasedAt !== null)
        return;
      const now = await this.clock.now();
      await this.database.execute(
        changeCharge(payment, {
          set: [sql`released_at = ${now}::timestamptz`],
          actor,
          action: 'payment.give_way',
          after: { releasedAt: now.toISOString() },
          now,
        }),
      );
    });
  }

  /**
   * Another round for a charge that was given up, on the card that is the pair's default now.
   *
   * @throws PaymentNotFound also for somebody else's, PaymentNotRetryable
   */
  async retry(principal: Principal, paymentId: string): Promise<PaymentRecord> {
    const { coachId } = await this.queries.find(principal, paymentId);
    return this.database.transaction(async () => {
      const payment = await lockPayment(this.database, coachId, paymentId);
      const isOver = payment.chargeState !== 'given_up' || payment.releasedAt !== null;
      if (isOver || !isUnpaid(payment.status)) throw new PaymentNotRetryable();
      await this.database.execute(
        changeCharge(payment, {
          set: [sql`charge_state = 'requested'`, sql`status = 'requires_payment'`, sql`failure_code = null`],
          actor: actorOf(principal),
          action: 'payment.retry',
          after: { status: 'requires_payment', chargeState: 'requested' },
          events: [chargeRequested(payment)],
          now: await this.clock.now(),
        }),
      );
      return lockPayment(this.database, coachId, paymentId);
    });
  }

  /** Job: asks the client's saved card once, and finishes what an earlier call has left open. */
  async attempt(coachId: string, paymentId: string): Promise<void> {
    await this.attempts.attempt(coachId, paymentId);
  }

  private async refuseSecond(coachId: string, sessionId: string): Promise<void> {
    const former = await this.database.maybe(sql<{ id: string }>`
      select id from payments
      where coach_id = ${coachId} and session_id = ${sessionId} and status <> 'canceled'
        and case when captured_minor > 0 then captured_minor > refunded_minor else released_at is null end limit 1`);
    if (former !== undefined) throw new ChargeExists(former.id);
  }
}
