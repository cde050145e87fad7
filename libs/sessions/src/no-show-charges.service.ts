import { Injectable } from '@nestjs/common';
import { Database } from '@app/database';
import { Charges, Refunds, type SessionPayment } from '@app/payments';
import { insertAwaited } from './awaited-charges.service';
import type { NoShowTerms } from './no-show-terms';
import { SessionCharges, type ChargeAct } from './session-charges.service';
import type { SessionRecord } from './session-record';

/** What a missed session that is paid later is charged with, and its way back; in the transaction of the marking or its undoing. */
@Injectable()
export class NoShowCharges {
  constructor(
    private readonly database: Database,
    private readonly refunds: Refunds,
    private readonly charges: SessionCharges,
    private readonly cardCharges: Charges,
  ) {}

  /** What is not paid yet is not charged any more; what a missed session costs is, at once. @returns its payment's id */
  async charge(
    session: SessionRecord,
    { laterChargeMinor }: Pick<NoShowTerms, 'laterChargeMinor'>,
    act: ChargeAct,
  ): Promise<string | null> {
    if (session.funding !== 'pay_later') return null;
    await this.charges.release(session, act.actor);
    if (laterChargeMinor === null) return null;
    const charge = { amountMinor: laterChargeMinor, reason: 'no_show', dueAt: act.now } as const;
    return this.charges.request(session, charge, act);
  }

  /**
   * What the marking charged goes back: called off while it is not paid, else refunded; where it was the whole price and
   * that is due by now, it stays and pays the session. The charge of the price stands again. What was paid before the marking
   * is not touched.
   *
   * @param chargeId the payment that the marking asked for, if any
   * @returns what is refunded, minor units
   */
  async undo(session: SessionRecord, chargeId: string | null, act: ChargeAct): Promise<number> {
    if (session.funding !== 'pay_later') return 0;
    const payment = await this.charges.payment(session);
    // A bank has given the charge back itself: nothing is left to go back, and nothing is asked of this client anew.
    if (payment?.isDisputeLost === true) return 0;
    const isPaid = payment !== undefined && payment.capturedMinor > 0;
    if (isPaid && payment.paymentId !== chargeId) return 0;
    const paidMinor = isPaid ? payment.capturedMinor - payment.refundedMinor : 0;
    const isPrice = paidMinor > 0 && payment?.capturedMinor === session.priceMinor;
    if (isPrice && (await this.charges.dueAt(session)) <= act.now) return 0;
    if (isPaid) await this.giveChargeBack(session, payment, paidMinor, act);
    else await this.charges.release(session, act.actor);
    await this.charges.openPayLater(session, act);
    return paidMinor;
  }

  private async giveChargeBack(
    { coachId, id: sessionId }: SessionRecord,
    { paymentId, currency }: SessionPayment,
    amountMinor: number,
    { actor, now }: ChargeAct,
  ): Promise<void> {
    const note = 'The session was not missed.';
    const from = { coachId, paymentId, sessionId, currency, actor, now };
    // Nothing is left where the coach has given it back by themselves before.
    const refund =
      amountMinor === 0
        ? null
        : await this.refunds.request({ ...from, amountMinor, reason: 'no_show_undone', note });
    await this.cardCharges.giveWay(coachId, paymentId, actor);
    const refundId = refund?.id ?? null;
    await this.database.execute(
      insertAwaited({ coachId, paymentId, sessionId, keptMinor: 0, refundId, now }),
    );
  }
}
