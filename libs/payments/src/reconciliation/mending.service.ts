import { Injectable } from '@nestjs/common';
import { Disputes } from '../disputes.service';
import { Payments } from '../payments.service';
import { Refunds } from '../refunds.service';
import { StripeOutcomeUnknown } from '../stripe-failure';
import type { Difference } from './comparison';

/** Brings in line what is safe, by the same services that follow Stripe's notices. */
@Injectable()
export class Mending {
  constructor(
    private readonly payments: Payments,
    private readonly refunds: Refunds,
    private readonly disputes: Disputes,
  ) {}

  /**
   * @returns why it was not possible; undefined when it was done, which the next reading must confirm
   * @throws StripeOutcomeUnknown when Stripe does not answer
   */
  async mend(difference: Difference, intentId: string, coachId: string): Promise<string | undefined> {
    try {
      await this.follow(difference, intentId, coachId);
      return undefined;
    } catch (error) {
      if (error instanceof StripeOutcomeUnknown || !(error instanceof Error)) throw error;
      return error.message;
    }
  }

  private async follow({ kind, objectId }: Difference, intentId: string, coachId: string): Promise<void> {
    switch (kind) {
      case 'payment_paid_unknown':
      case 'payment_canceled_unknown':
      case 'processing_fee_unknown_here':
        return this.payments.sync(intentId);
      case 'refund_unknown_here':
      case 'refund_state':
      case 'refund_failed_unknown':
        return this.refunds.sync(objectId);
      case 'refund_not_sent':
        return this.refunds.catchUp(coachId, objectId);
      case 'dispute_unknown_here':
      case 'dispute_state':
        return this.disputes.sync(objectId);
      default:
        throw new Error(`A difference of kind ${kind} is not mended alone.`);
    }
  }
}
