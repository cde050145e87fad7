import { Injectable } from '@nestjs/common';
import { insertAudit, STRIPE, WORKER } from '@app/accounts';
import { Clock } from '@app/common';
import { Database, sql, together, type RawBuilder } from '@app/database';
import { insertMessages } from '@app/outbox';
import { bookReturn, bookReversal } from './dispute-booking';
import { disputeColumns, type DisputeRecord } from './dispute-record';
import { DisputeRefundShares } from './dispute-refund-shares.service';
import { CoachTransfers, type TransferCall } from './coach-transfers.service';
import { nextTransferAct } from './domain/dispute-status';
import { payeeOf } from './domain/ledger-postings';
import { ofDispute } from './payments.events';

/** A dispute with what moving its money needs of the payment. */
export interface DisputeToSettle extends DisputeRecord {
  sessionId: string | null;
  entitlementId: string | null;
  stripeAccountId: string;
  stripeChargeId: string;
}

/** Reversal, return, and what refunds take: with a repetition after each refusal there are not more. */
const MOST_ACTS = 6;

/**
 * Takes the coach's part of a disputed payment back, and gives it again when the dispute is won. What is asked for is
 * written down before each call, under a key made from the row; only an answer of Stripe ends it.
 */
@Injectable()
export class DisputeTransfers {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly transfers: CoachTransfers,
    private readonly refundShares: DisputeRefundShares,
  ) {}

  /**
   * Job: brings the coach's transfer in line with the dispute; does nothing when it is.
   *
   * @throws StripeOutcomeUnknown to be tried again under the same key
   */
  async settle(coachId: string, disputeId: string): Promise<void> {
    for (let act = 0; act < MOST_ACTS; act += 1) {
      const dispute = await this.read(coachId, disputeId);
      if (dispute === undefined || !(await this.act(dispute))) return;
    }
  }

  private async read(coachId: string, disputeId: string): Promise<DisputeToSettle | undefined> {
    return this.database.maybe(sql<DisputeToSettle>`
      select ${disputeColumns}, p.session_id as "sessionId", p.entitlement_id as "entitlementId",
        p.stripe_account_id as "stripeAccountId", p.stripe_charge_id as "stripeChargeId"
      from disputes d join payments p on p.coach_id = d.coach_id and p.id = d.payment_id
      where d.coach_id = ${coachId} and d.id = ${disputeId} and p.stripe_charge_id is not null`);
  }

  /** @returns whether there may be more to do */
  private async act(dispute: DisputeToSettle): Promise<boolean> {
    switch (nextTransferAct(dispute)) {
      case 'ask_reversal':
        return this.askReversal(dispute);
      case 'reverse':
        return this.carryOut(
          dispute,
          await this.transfers.reverseOfCharge(callOf(dispute), dispute.stripeChargeId),
        );
      case 'ask_return':
        return this.ask(dispute, 'returning', dispute.transferReversedMinor);
      case 'return':
        return this.carryOut(dispute, await this.transfers.pay(callOf(dispute), dispute.stripeAccountId));
      case undefined:
        return this.refundShares.settle(dispute);
    }
  }

  /** No more than was transferred and is still there: earlier refunds have reversed their part. */
  private async askReversal(dispute: DisputeToSettle): Promise<boolean> {
    const left = await this.transfers.leftOfCharge(dispute.stripeChargeId);
    const amountMinor = Math.min(dispute.withdrawnMinor, left);
    if (amountMinor > 0) return this.ask(dispute, 'reversing', amountMinor);
    return this.update(dispute, [sql`transfer_state = 'reversed'`, sql`transfer_failure_code = null`]);
  }

  private async ask(
    dispute: DisputeToSettle,
    state: 'reversing' | 'returning',
    amountMinor: number,
  ): Promise<boolean> {
    return this.update(dispute, [
      sql`transfer_state = ${state}`,
      sql`transfer_asked_minor = ${amountMinor}::bigint`,
      sql`transfer_asked_at = app_now()`,
    ]);
  }

  /** Writes down how a call has ended. What Stripe has refused is tried again later, with what is then left. */
  private async carryOut(
    dispute: DisputeToSettle,
    outcome: { id: string; amountMinor: number } | { refused: string } | { isSpent: true },
  ): Promise<boolean> {
    if ('isSpent' in outcome) {
      await this.update(dispute, [sql`stripe_key_number = stripe_key_number + 1`]);
      return true;
    }
    const isReversal = dispute.transferState === 'reversing';
    if ('refused' in outcome) {
      await this.update(
        dispute,
        [
          sql`transfer_state = ${isReversal ? 'none' : 'reversed'}`,
          ...NOTHING_ASKED,
          sql`transfer_failure_code = ${outcome.refused}`,
          sql`stripe_key_number = stripe_key_number + 1`,
        ],
        { action: 'dispute.transfer_refused', after: { failureCode: outcome.refused } },
      );
      return false;
    }
    const now = await this.clock.now();
    const payee = payeeOf(dispute);
    const { amountMinor } = outcome;
    return this.update(
      dispute,
      [
        ...(isReversal
          ? [sql`transfer_state = 'reversed'`, sql`transfer_reversed_minor = ${amountMinor}::bigint`]
          : [
              sql`transfer_state = 'returned'`,
              sql`transfer_returned_minor = ${amountMinor}::bigint`,
              sql`stripe_return_id = ${outcome.id}`,
            ]),
        ...NOTHING_ASKED,
        sql`transfer_failure_code = null`,
        sql`stripe_key_number = stripe_key_number + 1`,
      ],
      {
        action: isReversal ? 'dispute.transfer_reversed' : 'dispute.transfer_returned',
        after: { amountMinor, stripeId: outcome.id },
        bookings: isReversal
          ? bookReversal(dispute, amountMinor, payee, now)
          : bookReturn(dispute, amountMinor, payee, now),
      },
    );
  }

  /** One step, unless somebody else was faster. @returns whether there may be more to do */
  private async update(
    dispute: DisputeToSettle,
    set: RawBuilder<unknown>[],
    told?: { action: string; after: Record<string, unknown>; bookings?: RawBuilder<unknown>[] },
  ): Promise<boolean> {
    const { coachId, id } = dispute;
    await this.database.transaction(async () => {
      // The order of locks: the payment, then what is of it.
      await this.database.execute(
        sql`select from payments where coach_id = ${coachId} and id = ${dispute.paymentId} for no key update`,
      );
      const updated = await this.database.maybe(sql<{ version: number }>`
        update disputes set ${sql.join(set)}, version = version + 1, updated_at = app_now(), next_sync_at = null
        where coach_id = ${coachId} and id = ${id} and transfer_state = ${dispute.transferState}
          and stripe_key_number = ${dispute.stripeKeyNumber}
        returning version`);
      if (updated === undefined || told === undefined) return;
      await this.database.execute(
        together(
          ...(told.bookings ?? []),
          insertAudit({
            coachId,
            actor: told.bookings === undefined ? STRIPE : WORKER,
            action: told.action,
            objectType: 'dispute',
            objectId: id,
            objectVersion: updated.version,
            before: { transferState: dispute.transferState },
            after: told.after,
          }),
          insertMessages([ofDispute('dispute_transfer_moved', dispute)]),
        ),
      );
    });
    return true;
  }
}

const NOTHING_ASKED = [sql`transfer_asked_minor = null`, sql`transfer_asked_at = null`];

/** The same for the same attempt, however often it is made. */
function callOf(dispute: DisputeToSettle): TransferCall {
  if (dispute.transferAskedMinor === null || dispute.transferAskedAt === null)
    throw new Error(`Nothing is asked of Stripe for dispute ${dispute.id}.`);
  return {
    coachId: dispute.coachId,
    disputeId: dispute.id,
    attempt: dispute.stripeKeyNumber,
    amountMinor: dispute.transferAskedMinor,
    currency: dispute.currency,
    askedAt: dispute.transferAskedAt,
  };
}
