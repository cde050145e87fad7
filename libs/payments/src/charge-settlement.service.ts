import { Injectable } from '@nestjs/common';
import { STRIPE, WORKER, type Actor } from '@app/accounts';
import { Clock } from '@app/common';
import { Database, sql, type RawBuilder } from '@app/database';
import { changeCharge } from './charge-writes';
import { afterRefusal } from './domain/charge-retry';
import { lockPayment } from './payment-lock';
import type { PaymentRecord } from './payment-record';
import { chargeGivenUp, chargeNeedsAction, paymentCancelRequested, paymentMoved } from './payments.events';

/** How an attempt that took no money ends: another one, the client's part, or nothing more. */
@Injectable()
export class ChargeSettlement {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /**
   * Stripe has definitely refused an attempt; one that is settled already stays so.
   *
   * @param attempt its number
   * @param code Stripe's decline code, or its error code where there is none
   */
  async refused(coachId: string, paymentId: string, attempt: number, code: string): Promise<void> {
    await this.database.transaction(async () => {
      const payment = await lockPayment(this.database, coachId, paymentId);
      if (payment.attemptIsOpen && payment.attempts === attempt) await this.settleRefusal(payment, code);
    });
  }

  /** The same for a locked row whose attempt is open. */
  async settleRefusal(payment: PaymentRecord, code: string): Promise<void> {
    if (payment.releasedAt !== null) return this.endReleased(payment, code);
    const next = afterRefusal(code, payment.attempts);
    if (next.state === 'given_up') return this.giveUp(payment, code, STRIPE);
    const now = await this.clock.now();
    const nextAttemptAt = next.state === 'planned' ? new Date(now.getTime() + next.afterMs) : null;
    const chargeState = next.state;
    await this.database.execute(
      changeCharge(payment, {
        set: [
          ...attemptEnds(code),
          sql`status = 'requires_payment'`,
          sql`charge_state = ${chargeState}::text`,
          sql`next_attempt_at = ${nextAttemptAt}::timestamptz`,
        ],
        actor: STRIPE,
        action: next.state === 'planned' ? 'payment.charge_refused' : 'payment.charge_needs_action',
        cause: code,
        after: {
          status: 'requires_payment',
          chargeState,
          nextAttemptAt: nextAttemptAt?.toISOString() ?? null,
        },
        events: next.state === 'planned' ? [] : [chargeNeedsAction(payment)],
        now,
      }),
    );
  }

  /** It was called off while a bank had it, and Stripe could not cancel it then: nobody is asked again, nobody is told. */
  private async endReleased(payment: PaymentRecord, code: string): Promise<void> {
    await this.database.execute(
      changeCharge(payment, {
        set: [...attemptEnds(code), sql`status = 'requires_payment'`],
        actor: STRIPE,
        action: 'payment.charge_refused',
        cause: code,
        after: { status: 'requires_payment' },
        events: [paymentCancelRequested(payment)],
        now: await this.clock.now(),
      }),
    );
  }

  /** No card is asked any more unless somebody wants it: both sides are told. The row is locked. */
  async giveUp(payment: PaymentRecord, code: string, actor: Actor = WORKER): Promise<void> {
    await this.database.execute(
      changeCharge(payment, {
        set: [
          ...attemptEnds(code),
          sql`status = 'failed'`,
          sql`charge_state = 'given_up'`,
          sql`next_attempt_at = null`,
        ],
        actor,
        action: 'payment.charge_given_up',
        cause: code,
        after: { status: 'failed', chargeState: 'given_up', failureCode: code },
        events: [...paymentMoved(payment, 'failed'), chargeGivenUp(payment)],
        now: await this.clock.now(),
      }),
    );
  }
}

/** The next attempt is a call of its own: Stripe would answer the former key with the former refusal. */
function attemptEnds(code: string): RawBuilder<unknown>[] {
  return [
    sql`failure_code = ${code}::text`,
    sql`attempt_is_open = false`,
    sql`stripe_key_number = stripe_key_number + 1`,
  ];
}
