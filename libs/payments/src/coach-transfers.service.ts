import { Injectable } from '@nestjs/common';
import { Clock } from '@app/common';
import { KEY_LIFE_MS } from './payment-intents.service';
import { stripeFailure, StripeOutcomeUnknown, unanswered } from './stripe-failure';
import { Stripe } from './stripe-client';
import { idOf } from './stripe-reading';

/** What is asked of Stripe; the same for the same attempt. Minor units. */
export interface TransferCall {
  coachId: string;
  disputeId: string;
  attempt: number;
  amountMinor: number;
  currency: string;
  /** Business time. */
  askedAt: Date;
}

/** `isSpent`: the key answers with a server error for a day, and nothing was moved: the next key may be taken. */
export type TransferOutcome = { id: string; amountMinor: number } | { refused: string } | { isSpent: true };

interface Moved {
  id: string;
  amount: number;
  metadata: Stripe.Metadata | null;
}

/** Moves money between the platform and a coach's account at Stripe, each attempt once. */
@Injectable()
export class CoachTransfers {
  constructor(
    private readonly stripe: Stripe,
    private readonly clock: Clock,
  ) {}

  /** What of a payment's transfer has not been reversed yet; minor units. */
  async leftOfCharge(chargeId: string): Promise<number> {
    const charge = await this.stripe.charges
      .retrieve(chargeId, { expand: ['transfer'] })
      .catch(unanswered('what the coach got of the payment'));
    const { transfer } = charge;
    return typeof transfer === 'object' && transfer !== null ? transfer.amount - transfer.amount_reversed : 0;
  }

  /** @throws StripeOutcomeUnknown to be tried again under the same key */
  async reverseOfCharge(call: TransferCall, chargeId: string): Promise<TransferOutcome> {
    const charge = await this.stripe.charges
      .retrieve(chargeId)
      .catch(unanswered('what the coach got of the payment'));
    const transferId = idOf(charge.transfer);
    if (transferId === null) throw new Error(`Charge ${chargeId} of a payment has no transfer.`);
    return this.reverse(call, transferId);
  }

  /** @throws StripeOutcomeUnknown to be tried again under the same key */
  async reverse(call: TransferCall, transferId: string): Promise<TransferOutcome> {
    return this.once(call, {
      make: (idempotencyKey) =>
        this.stripe.transfers.createReversal(
          transferId,
          { amount: call.amountMinor, metadata: metadataOf(call) },
          { idempotencyKey },
        ),
      list: () => this.stripe.transfers.listReversals(transferId, { limit: 100 }),
    });
  }

  /** Out of the platform's balance. @throws StripeOutcomeUnknown to be tried again under the same key */
  async pay(call: TransferCall, destination: string): Promise<TransferOutcome> {
    const transferGroup = `dispute_${call.disputeId}`;
    return this.once(call, {
      make: (idempotencyKey) =>
        this.stripe.transfers.create(
          {
            amount: call.amountMinor,
            currency: call.currency.toLowerCase(),
            destination,
            transfer_group: transferGroup,
            metadata: metadataOf(call),
          },
          { idempotencyKey },
        ),
      list: () => this.stripe.transfers.list({ transfer_group: transferGroup, limit: 100 }),
    });
  }

  private async once(
    call: TransferCall,
    { make, list }: { make: (key: string) => Promise<Moved>; list: () => AsyncIterable<Moved> },
  ): Promise<TransferOutcome> {
    const ageMs = (await this.clock.now()).getTime() - call.askedAt.getTime();
    const found = ageMs > KEY_LIFE_MS ? await lookUp(call, list()) : undefined;
    if (found !== undefined) return found;
    try {
      const { id, amount } = await make(`dispute:${call.disputeId}:${call.attempt}`);
      return { id, amountMinor: amount };
    } catch (error) {
      const { outcome, code } = stripeFailure(error);
      if (outcome === 'unknown')
        throw new StripeOutcomeUnknown("what the dispute does to the coach's money", error);
      const made = await lookUp(call, list());
      if (made !== undefined) return made;
      return outcome === 'spent' ? { isSpent: true } : { refused: code };
    }
  }
}

async function lookUp(call: TransferCall, list: AsyncIterable<Moved>): Promise<TransferOutcome | undefined> {
  for await (const { id, amount, metadata } of list) {
    if (metadata?.['disputeId'] === call.disputeId && metadata['attempt'] === String(call.attempt))
      return { id, amountMinor: amount };
  }
  return undefined;
}

function metadataOf({ coachId, disputeId, attempt }: TransferCall): Record<string, string> {
  return { coachId, disputeId, attempt: String(attempt) };
}
