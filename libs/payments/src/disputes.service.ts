import { Injectable } from '@nestjs/common';
import { DisputeQueries } from './dispute.queries';
import { DisputeSettlement } from './dispute-settlement.service';
import { DisputeTransfers } from './dispute-transfers.service';
import { PaymentSync } from './payment-sync.service';
import { Stripe } from './stripe-client';
import { unanswered, unlessMissing } from './stripe-failure';
import { disputeSeen, type DisputeSeen } from './stripe-reading';

/** Disputes of clients' banks: read at Stripe whenever something is heard of them (domain.md 12). */
@Injectable()
export class Disputes {
  constructor(
    private readonly stripe: Stripe,
    private readonly settlement: DisputeSettlement,
    private readonly transfers: DisputeTransfers,
    private readonly queries: DisputeQueries,
    private readonly payments: PaymentSync,
  ) {}

  /** Reads a dispute at Stripe and applies its present state; one of somebody else's payment changes nothing. */
  async sync(stripeDisputeId: string): Promise<void> {
    const dispute = await this.stripe.disputes
      .retrieve(stripeDisputeId)
      .catch(unlessMissing('how the dispute stands'));
    if (dispute !== undefined) await this.apply(disputeSeen(dispute));
  }

  /** All disputes of a payment, as Stripe has them now. */
  async syncPayment(paymentIntentId: string): Promise<void> {
    const { data } = await this.stripe.disputes
      .list({ payment_intent: paymentIntentId, limit: 100 })
      .catch(unanswered('what is disputed'));
    for (const dispute of data) await this.apply(disputeSeen(dispute));
  }

  /** The news of a dispute can be faster than those of its payment. */
  private async apply(seen: DisputeSeen): Promise<void> {
    if (seen.intentId === null || (await this.settlement.apply(seen))) return;
    await this.payments.sync(seen.intentId);
    if (!(await this.settlement.apply(seen)))
      throw new Error(`Stripe reports dispute ${seen.stripeDisputeId} of a payment that was not captured.`);
  }

  /** Job: takes over what Stripe has made of a dispute, and does what is left to be done for it. */
  async catchUp(coachId: string, disputeId: string): Promise<void> {
    const { stripeDisputeId } = await this.queries.dispute(coachId, disputeId);
    await this.sync(stripeDisputeId);
    await this.transfers.settle(coachId, disputeId);
  }
}
