import { Injectable } from '@nestjs/common';
import { insertAudit, WORKER } from '@app/accounts';
import { Clock } from '@app/common';
import { Database, sql, together } from '@app/database';
import { insertMessages } from '@app/outbox';
import { bookTakenBack } from './dispute-booking';
import type { DisputeRecord } from './dispute-record';
import { payeeOf } from './domain/ledger-postings';
import { ofDispute } from './payments.events';
import { stripeFailure, StripeOutcomeUnknown, unanswered } from './stripe-failure';
import { Stripe } from './stripe-client';

type Returned = DisputeRecord & { sessionId: string | null; entitlementId: string | null };

/**
 * A dispute that was won has left the payment's own transfer empty: the coach got their part by another one. A refund
 * made after that finds nothing to reverse, so its part is taken from the other transfer.
 */
@Injectable()
export class DisputeRefundShares {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly stripe: Stripe,
  ) {}

  /** @returns false: there is nothing more to do */
  async settle(dispute: Returned): Promise<boolean> {
    const dueMinor = await this.due(dispute);
    if (dispute.stripeReturnId === null || dueMinor <= dispute.takenBackMinor) return false;
    const before = await this.reversedOf(dispute.stripeReturnId);
    if (dueMinor > before) await this.reverse(dispute, dispute.stripeReturnId, before, dueMinor - before);
    await this.record(dispute, await this.reversedOf(dispute.stripeReturnId));
    return false;
  }

  /** What of our refunds the payment's own transfer did not bear; no more than was returned. Minor units. */
  private async due({ coachId, paymentId, transferReturnedMinor }: Returned): Promise<number> {
    if (transferReturnedMinor === 0) return 0;
    const { dueMinor } = await this.database.one(sql<{ dueMinor: number }>`
      select least(${transferReturnedMinor}::bigint, coalesce(sum(amount_minor - transfer_reversed_minor), 0))::bigint as "dueMinor"
      from refunds where coach_id = ${coachId} and payment_id = ${paymentId} and status = 'succeeded' and requested_by_kind <> 'stripe'`);
    return dueMinor;
  }

  private async reversedOf(transferId: string): Promise<number> {
    const transfer = await this.stripe.transfers
      .retrieve(transferId)
      .catch(unanswered('what was taken back from the coach'));
    return transfer.amount_reversed;
  }

  /** The key names what was taken before, so that two at a time take it once. */
  private async reverse(
    dispute: Returned,
    transferId: string,
    before: number,
    amount: number,
  ): Promise<void> {
    try {
      await this.stripe.transfers.createReversal(
        transferId,
        { amount, metadata: { coachId: dispute.coachId, disputeId: dispute.id } },
        { idempotencyKey: `dispute:${dispute.id}:refunds:${before}` },
      );
    } catch (error) {
      stripeFailure(error);
      throw new StripeOutcomeUnknown("what a refund takes of the coach's money", error);
    }
  }

  private async record(dispute: Returned, total: number): Promise<void> {
    const { coachId, id, paymentId } = dispute;
    await this.database.transaction(async () => {
      await this.database.execute(
        sql`select from payments where coach_id = ${coachId} and id = ${paymentId} for no key update`,
      );
      const now = await this.clock.now();
      const row = await this.database.maybe(sql<{ version: number }>`
        update disputes set taken_back_minor = ${total}::bigint, version = version + 1, updated_at = ${now}::timestamptz
        where coach_id = ${coachId} and id = ${id} and taken_back_minor = ${dispute.takenBackMinor} and taken_back_minor < ${total}::bigint
        returning version`);
      if (row === undefined) return;
      await this.database.execute(
        together(
          ...bookTakenBack(dispute, total - dispute.takenBackMinor, total, payeeOf(dispute), now),
          insertAudit({
            coachId,
            actor: WORKER,
            action: 'dispute.refund_share_taken',
            objectType: 'dispute',
            objectId: id,
            objectVersion: row.version,
            before: { takenBackMinor: dispute.takenBackMinor },
            after: { takenBackMinor: total },
          }),
          insertMessages([ofDispute('dispute_transfer_moved', dispute)]),
        ),
      );
    });
  }
}
