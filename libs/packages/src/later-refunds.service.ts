import { Injectable } from '@nestjs/common';
import type { Actor } from '@app/accounts';
import { Clock, feeShareOfRefund, type CurrencyCode } from '@app/common';
import { Database, sql } from '@app/database';
import { isDisputeLost, Refunds } from '@app/payments';
import { shareDue } from './domain/entitlement-refund';

/** A session whose package was given back before it was cancelled. */
interface CancelledLater {
  coachId: string;
  sessionId: string;
  cause: string;
  actor: Actor;
}

/** Which of the session's debits is given back. */
interface DebitOfPackage {
  entitlementId: string;
  turn: number;
}

interface PaidPackage {
  paymentId: string;
  capturedMinor: number;
  refundedMinor: number;
  applicationFeeMinor: number;
  currency: CurrencyCode;
  isDisputed: boolean;
  isDisputeLost: boolean;
  /** What the credit is worth: nothing, if the coach gave it on top. */
  worthMinor: number;
}

/** What goes back in money instead of a credit; minor units, the fee is an estimate. */
export interface ShareDue {
  refundMinor: number;
  estimatedFeeReturnedMinor: number;
  /** It waits for the bank's decision. */
  isDisputed: boolean;
  /** The bank has kept the money, so that nothing goes back. */
  isDisputeLost: boolean;
}

/** A session stays booked when its package is refunded; cancelled later, its share of the price goes back (domain.md 11). */
@Injectable()
export class LaterRefunds {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly refunds: Refunds,
  ) {}

  /** Locks the payment of the session's refunded package, if it has one: a payment is locked before its entitlement. */
  async lockPayment({ coachId, sessionId }: Pick<CancelledLater, 'coachId' | 'sessionId'>): Promise<void> {
    await this.database.execute(sql`
      select from payments p join entitlements e on e.coach_id = p.coach_id and e.id = p.entitlement_id
      where p.coach_id = ${coachId} and e.status = 'refunded' and e.id in
        (select d.entitlement_id from credit_entries d
          where d.coach_id = ${coachId} and d.session_id = ${sessionId} and d.kind = 'debit')
      for no key update of p`);
  }

  /** What the session's credit is worth, as far as that is left: nothing once a dispute was lost. Under the payment's lock. */
  async due(
    { coachId, sessionId }: Pick<CancelledLater, 'coachId' | 'sessionId'>,
    { entitlementId, turn }: DebitOfPackage,
  ): Promise<ShareDue & Pick<PaidPackage, 'paymentId' | 'currency'>> {
    const paid = await this.database.one(sql<PaidPackage>`
      select p.id as "paymentId", p.captured_minor as "capturedMinor", p.refunded_minor as "refundedMinor",
        p.application_fee_minor as "applicationFeeMinor", p.currency, p.status = 'disputed' as "isDisputed",
        ${isDisputeLost} as "isDisputeLost",
        coalesce(share_of_place(e.price_minor, e.session_count, d.places[1]), 0)::bigint as "worthMinor"
      from payments p join entitlements e on e.coach_id = p.coach_id and e.id = p.entitlement_id
      join credit_entries d on d.coach_id = e.coach_id and d.entitlement_id = e.id and d.kind = 'debit'
      where p.coach_id = ${coachId} and e.id = ${entitlementId} and d.session_id = ${sessionId} and d.turn = ${turn}`);
    const { paymentId, currency, isDisputed, isDisputeLost: isLost } = paid;
    const { capturedMinor, refundedMinor, applicationFeeMinor } = paid;
    const leftMinor = isLost ? 0 : capturedMinor - refundedMinor;
    const refundMinor = shareDue({ ...paid, leftMinor });
    const estimatedFeeReturnedMinor = feeShareOfRefund(
      applicationFeeMinor,
      capturedMinor,
      refundedMinor,
      refundMinor,
    );
    return { paymentId, currency, isDisputed, isDisputeLost: isLost, refundMinor, estimatedFeeReturnedMinor };
  }

  /** Refunds that; before the credit is written as given back. */
  async giveBack(cancelled: CancelledLater, debit: DebitOfPackage): Promise<void> {
    const { coachId, sessionId, cause, actor } = cancelled;
    const { paymentId, currency, refundMinor } = await this.due(cancelled, debit);
    if (refundMinor === 0) return;
    await this.refunds.request({
      coachId,
      paymentId,
      sessionId,
      amountMinor: refundMinor,
      currency,
      reason: 'entitlement_refunded',
      note: cause,
      actor,
      now: await this.clock.now(),
    });
  }
}
