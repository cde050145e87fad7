import { Injectable } from '@nestjs/common';
import { Database, sql } from '@app/database';
import { disputeStatusOf } from '../domain/dispute-status';
import { statusOfIntent } from '../domain/payment-status';
import { statusOfStripeRefund } from '../domain/refund-status';
import { Stripe } from '../stripe-client';
import { unanswered } from '../stripe-failure';
import { idOf, reference } from '../stripe-reading';

export interface Window {
  from: Date;
  to: Date;
}

/** One row of `reconciliation_listing`, as `jsonb_to_recordset` reads it. */
interface ListedRow {
  kind: 'payment' | 'refund' | 'dispute';
  stripe_id: string;
  stripe_payment_intent_id: string;
  status: string;
  amount_minor: number;
  currency: string;
  refunded_minor: number;
  fee_returned_minor: number;
  transfer_reversed_minor: number;
  /** What Stripe has kept for it; null while that is not said. */
  processing_fee_minor: number | null;
  processing_fee_currency: string | null;
  /** Seconds since the epoch: when Stripe has made it, or the charge of it. */
  made_at: number;
  coach_id: string | null;
  payment_id: string | null;
}

/** The most that Stripe gives at a time. */
const PAGE = 100;
const CHARGE_PARTS = ['application_fee', 'transfer', 'balance_transaction'];
const CHARGE_EXPANSION = ['data.payment_intent', ...CHARGE_PARTS.map((part) => `data.${part}`)];
const INTENT_EXPANSION = CHARGE_PARTS.map((part) => `data.latest_charge.${part}`);

/**
 * Writes down what Stripe lists of a window: page after page and one call at a time, so that neither memory nor Stripe's
 * limits depend on how much there is. Never inside a transaction.
 */
@Injectable()
export class StripeListing {
  constructor(
    private readonly database: Database,
    private readonly stripe: Stripe,
  ) {}

  /** @throws StripeOutcomeUnknown when Stripe does not answer: the run begins again */
  async write(runId: string, { from, to }: Window): Promise<void> {
    const created = { gte: Math.floor(from.getTime() / 1_000), lte: Math.ceil(to.getTime() / 1_000) };
    await this.database.execute(sql`delete from reconciliation_listing where run_id = ${runId}`);
    const window = { created, limit: PAGE };
    // One after the other: a list is asked for as soon as it is made. Also by the time of the charge: a PaymentIntent can
    // be much older than what was paid with it.
    await this.writeAll(runId, this.stripe.charges.list({ ...window, expand: CHARGE_EXPANSION }), chargeRow);
    await this.writeAll(
      runId,
      this.stripe.paymentIntents.list({ ...window, expand: INTENT_EXPANSION }),
      intentRow,
    );
    await this.writeAll(runId, this.stripe.refunds.list(window), refundRow);
    await this.writeAll(runId, this.stripe.disputes.list(window), disputeRow);
  }

  private async writeAll<T>(
    runId: string,
    list: AsyncIterable<T>,
    rowOf: (listed: T) => ListedRow | undefined,
  ): Promise<void> {
    let rows: ListedRow[] = [];
    try {
      for await (const listed of list) {
        const row = rowOf(listed);
        if (row !== undefined) rows.push(row);
        if (rows.length === PAGE) rows = await this.keep(runId, rows);
      }
    } catch (error) {
      if (error instanceof Stripe.errors.StripeError) unanswered('what there is')(error);
      throw error;
    }
    await this.keep(runId, rows);
  }

  /** What was listed twice is kept once. @returns nothing left to be kept */
  private async keep(runId: string, rows: ListedRow[]): Promise<ListedRow[]> {
    await this.database.execute(sql`
      insert into reconciliation_listing
        (run_id, kind, stripe_id, stripe_payment_intent_id, status, amount_minor, currency, refunded_minor,
         fee_returned_minor, transfer_reversed_minor, processing_fee_minor, processing_fee_currency, made_at, coach_id, payment_id)
      select ${runId}::uuid, kind, stripe_id, stripe_payment_intent_id, status, amount_minor, currency, refunded_minor,
         fee_returned_minor, transfer_reversed_minor, processing_fee_minor, processing_fee_currency, to_timestamp(made_at),
         coach_id, payment_id
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as listed (kind text, stripe_id text, stripe_payment_intent_id text,
        status text, amount_minor bigint, currency text, refunded_minor bigint, fee_returned_minor bigint,
        transfer_reversed_minor bigint, processing_fee_minor bigint, processing_fee_currency text, made_at bigint, coach_id uuid, payment_id uuid)
      on conflict do nothing`);
    return [];
  }
}

/** A charge that was refused tells nothing: its PaymentIntent does. */
function chargeRow(charge: Stripe.Charge): ListedRow | undefined {
  const intent = expanded(charge.payment_intent);
  return intent === undefined || charge.status !== 'succeeded' ? undefined : paymentRow(intent, charge);
}

function intentRow(intent: Stripe.PaymentIntent): ListedRow {
  return paymentRow(intent, expanded(intent.latest_charge));
}

function paymentRow(intent: Stripe.PaymentIntent, charge: Stripe.Charge | undefined): ListedRow {
  const own = reference(intent.metadata, 'paymentId');
  const fee = processingFeeOf(charge);
  return {
    kind: 'payment',
    stripe_id: intent.id,
    stripe_payment_intent_id: intent.id,
    status: statusOfIntent(intent.status, intent.last_payment_error !== null),
    amount_minor: intent.amount_received,
    currency: intent.currency.toUpperCase(),
    ...movedOf(charge),
    processing_fee_minor: fee?.amountMinor ?? null,
    processing_fee_currency: fee?.currency ?? null,
    made_at: charge?.created ?? intent.created,
    coach_id: own?.coachId ?? null,
    payment_id: own?.id ?? null,
  };
}

/** What has gone back of a charge; its fee and its transfer must be expanded. Amounts are minor units. */
export function movedOf(
  charge: Stripe.Charge | undefined,
): Pick<ListedRow, 'refunded_minor' | 'fee_returned_minor' | 'transfer_reversed_minor'> {
  return {
    refunded_minor: charge?.amount_refunded ?? 0,
    fee_returned_minor: expanded(charge?.application_fee)?.amount_refunded ?? 0,
    transfer_reversed_minor: expanded(charge?.transfer)?.amount_reversed ?? 0,
  };
}

/** What Stripe has kept of a charge; its balance transaction must be expanded. Null while there is none. */
export function processingFeeOf(
  charge: Stripe.Charge | undefined,
): { amountMinor: number; currency: string } | null {
  const balance = expanded(charge?.balance_transaction);
  return balance === undefined
    ? null
    : { amountMinor: balance.fee, currency: balance.currency.toUpperCase() };
}

/** Of what was paid without a PaymentIntent nothing is ours. */
function refundRow(refund: Stripe.Refund): ListedRow | undefined {
  return sideRow('refund', refund, statusOfStripeRefund(refund.status));
}

function disputeRow(dispute: Stripe.Dispute): ListedRow | undefined {
  return sideRow('dispute', dispute, disputeStatusOf(dispute.status));
}

function sideRow(
  kind: 'refund' | 'dispute',
  listed: Stripe.Refund | Stripe.Dispute,
  status: string,
): ListedRow | undefined {
  const intentId = idOf(listed.payment_intent);
  if (intentId === null) return undefined;
  return {
    kind,
    stripe_id: listed.id,
    stripe_payment_intent_id: intentId,
    status,
    amount_minor: listed.amount,
    currency: listed.currency.toUpperCase(),
    refunded_minor: 0,
    fee_returned_minor: 0,
    transfer_reversed_minor: 0,
    processing_fee_minor: null,
    processing_fee_currency: null,
    made_at: listed.created,
    coach_id: null,
    payment_id: null,
  };
}

function expanded<T extends object>(value: string | T | null | undefined): T | undefined {
  return typeof value === 'object' && value !== null ? value : undefined;
}
