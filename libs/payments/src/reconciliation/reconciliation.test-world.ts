import { newId } from '@app/common';
import { sql } from '@app/database';
import type { SandboxOptions } from '../../../../apps/sandbox/src/sandbox';
import { DisputesWorld } from '../disputes.test-world';
import type { PaymentRecord } from '../payment-record';
import type { PaymentsWorld, Practice } from '../payments.test-world';
import type { RefundRecord } from '../refund-record';
import type { Stripe } from '../stripe-client';
import { Differences } from './differences.service';
import type { DifferenceRecord, ReconciliationRun, RunKind } from './reconciliation-record';
import { Reconciliation } from './reconciliation.service';
import { ReconciliationRuns } from './reconciliation-runs.service';

const PRICE = 10_000;
const FEE = 1_500;
/** Calls to Stripe at a time while rows are made. */
const AT_ONCE = 16;
const DAY_MS = 86_400_000;

/** One row of ours, as `jsonb_to_recordset` reads it. */
interface PaidRow {
  id: string;
  intent: string;
  charge: string;
  /** What Stripe has kept, minor units; null is not booked. */
  kept: number | null;
  refund: { id: string; stripe_id: string; amount: number; fee: number; reversed: number } | null;
}

/** A practice whose Stripe tells us nothing: every difference stays until it is looked for. */
export class ReconciliationWorld {
  private constructor(
    readonly base: PaymentsWorld,
    readonly disputes: DisputesWorld,
    readonly practice: Practice,
    /** What the payments that are made by the thousand are for. */
    private readonly sessionId: string,
  ) {}

  static async start(options: SandboxOptions = {}): Promise<ReconciliationWorld> {
    const disputes = await DisputesWorld.start(options);
    const practice = await disputes.base.practice();
    disputes.base.sandbox.setStripeWebhook(undefined);
    const { sessionId } = await disputes.base.open(practice);
    return new ReconciliationWorld(disputes.base, disputes, practice, sessionId ?? '');
  }

  close(): Promise<void> {
    return this.base.close();
  }

  get stripe(): Stripe {
    return this.base.stripe;
  }

  get runs(): ReconciliationRuns {
    return this.base.module.get(ReconciliationRuns);
  }

  async wait(seconds: number): Promise<void> {
    await this.base.sandbox.advanceClock(seconds);
  }

  /** Compares the last days, as the sweep asks for it. */
  async compare(days = 35): Promise<ReconciliationRun> {
    const now = await this.base.now();
    const id = newId();
    const kind: RunKind = 'daily';
    await this.base.database.execute(sql`
      insert into reconciliation_runs (id, kind, window_from, window_to, requested_at)
      values (${id}::uuid, ${kind}, ${new Date(now.getTime() - days * DAY_MS)}::timestamptz, ${now}::timestamptz, ${now}::timestamptz)`);
    await this.base.module.get(Reconciliation).run(id);
    return this.runs.get(id);
  }

  async again(runId: string): Promise<void> {
    await this.base.module.get(Reconciliation).run(runId);
  }

  /** What the worker does of the runs that were asked for. */
  async runAll(): Promise<void> {
    const open = await this.base.database.many(
      sql<{ id: string }>`select id from reconciliation_runs where finished_at is null order by id`,
    );
    for (const { id } of open) await this.again(id);
  }

  /** Oldest first. */
  async differences(): Promise<DifferenceRecord[]> {
    const rows = await this.base.module.get(Differences).list({}, { limit: 10_000 });
    return rows.toReversed();
  }

  /** Payments on which both sides agree; every tenth is refunded in part, every twentieth was not paid. */
  async clean(count: number): Promise<void> {
    const numbers = Array.from({ length: count }, (_, index) => index);
    for (let first = 0; first < count; first += AT_ONCE) {
      const made = await Promise.all(
        numbers
          .slice(first, first + AT_ONCE)
          .map((index) => (index % 20 === 1 ? this.makeUnpaid() : this.makePaid(index % 10 === 0))),
      );
      await this.keep(made.filter((row) => row !== undefined));
    }
  }

  /** A paid destination charge with our ids in its metadata. */
  charge(ids: { paymentId: string }): Promise<Stripe.PaymentIntent> {
    return this.stripe.paymentIntents.create({
      amount: PRICE,
      currency: 'eur',
      application_fee_amount: FEE,
      transfer_data: { destination: this.practice.stripeAccountId },
      automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
      payment_method: 'pm_card_visa',
      confirm: true,
      expand: ['latest_charge.balance_transaction'],
      metadata: { coachId: this.practice.coachId, sessionId: this.sessionId, ...ids },
    });
  }

  private async makePaid(isRefunded: boolean): Promise<PaidRow> {
    const [id, refundId] = [newId(), newId()];
    const intent = await this.charge({ paymentId: id });
    const row = { id, intent: intent.id, ...chargeOf(intent) };
    if (!isRefunded) return { ...row, refund: null };
    const refund = await this.stripe.refunds.create({
      payment_intent: intent.id,
      amount: PRICE / 4,
      reverse_transfer: true,
      refund_application_fee: true,
      metadata: { coachId: this.practice.coachId, paymentId: id, refundId, attempt: '1' },
    });
    return {
      ...row,
      refund: {
        id: refundId,
        stripe_id: refund.id,
        amount: refund.amount,
        fee: FEE / 4,
        reversed: refund.amount,
      },
    };
  }

  private async makeUnpaid(): Promise<undefined> {
    const payment = await this.base.open(this.practice);
    await this.base.payments.clientSecret(payment.coachId, payment.id);
    return undefined;
  }

  private async keep(rows: PaidRow[]): Promise<void> {
    const { coachId, clientId, stripeAccountId } = this.practice;
    const paid = sql`jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as made (id uuid, intent text, charge text, kept bigint, refund jsonb)`;
    await this.base.database.execute(sql`
      insert into payments (coach_id, id, client_id, session_id, amount_minor, currency, application_fee_minor, captured_minor,
        refunded_minor, fee_returned_minor, status, stripe_account_id, stripe_payment_intent_id, stripe_charge_id, created_at, paid_at, updated_at)
      select ${coachId}::uuid, id, ${clientId}::uuid, ${this.sessionId}::uuid, ${PRICE}::bigint, 'EUR', ${FEE}::bigint, ${PRICE}::bigint,
        coalesce((refund ->> 'amount')::bigint, 0), coalesce((refund ->> 'fee')::bigint, 0),
        case when refund ->> 'id' is null then 'paid' else 'partially_refunded' end, ${stripeAccountId}, intent, charge,
        app_now(), app_now(), app_now()
      from ${paid}`);
    await this.base.database.execute(sql`
      insert into refunds (coach_id, id, payment_id, session_id, amount_minor, currency, reason, status, estimated_fee_returned_minor,
        fee_returned_minor, transfer_reversed_minor, stripe_refund_id, requested_by_kind, requested_at, submitted_at, settled_at, updated_at)
      select ${coachId}::uuid, (refund ->> 'id')::uuid, id, ${this.sessionId}::uuid, (refund ->> 'amount')::bigint, 'EUR', 'goodwill', 'succeeded',
        (refund ->> 'fee')::bigint, (refund ->> 'fee')::bigint, (refund ->> 'reversed')::bigint, refund ->> 'stripe_id', 'coach',
        app_now(), app_now(), app_now(), app_now()
      from ${paid} where refund ->> 'id' is not null`);
    await this.base.database.execute(sql`
      with booked as (
        insert into ledger_transactions (coach_id, id, kind, payment_id, at)
        select ${coachId}::uuid, uuidv7(), 'processing_fee', id, app_now() from ${paid} where kept is not null
        returning id, payment_id)
      insert into ledger_entries (coach_id, transaction_id, account, currency, amount_minor)
      select ${coachId}::uuid, booked.id, account, 'EUR', sign * kept
      from booked join ${paid} on made.id = booked.payment_id
      cross join (values ('processing_fee', 1), ('stripe_clearing', -1)) as side (account, sign)`);
  }

  /** A payment on which both sides agree but for what Stripe has kept for it. @returns its PaymentIntent */
  async keptOtherwise(bookedOf: (keptMinor: number) => number | null): Promise<string> {
    const row = await this.makePaid(false);
    await this.keep([{ ...row, kept: bookedOf(row.kept ?? 0) }]);
    return row.intent;
  }

  /** Changes our row without anybody's knowledge, as a fault would. */
  async corrupt(payment: PaymentRecord, change: ReturnType<typeof sql>): Promise<void> {
    await this.base.database.execute(
      sql`update payments set ${change} where coach_id = ${payment.coachId} and id = ${payment.id}`,
    );
  }

  /** A refund that stands in our books alone. */
  async inventRefund(payment: PaymentRecord): Promise<string> {
    const stripeId = `re_gone${newId().replaceAll('-', '')}`;
    await this.base.database.execute(sql`
      insert into refunds (coach_id, id, payment_id, session_id, amount_minor, currency, reason, status, fee_returned_minor,
        transfer_reversed_minor, stripe_refund_id, requested_by_kind, requested_at, submitted_at, settled_at, updated_at)
      values (${payment.coachId}::uuid, ${newId()}::uuid, ${payment.id}::uuid, ${payment.sessionId}::uuid, 1000, 'EUR', 'goodwill', 'succeeded',
        0, 0, ${stripeId}, 'coach', app_now(), app_now(), app_now(), app_now())`);
    return stripeId;
  }

  async paid(card?: string): Promise<PaymentRecord> {
    return this.base.paid(this.practice, card === undefined ? {} : { card });
  }

  refunded(payment: PaymentRecord): Promise<RefundRecord> {
    return this.base.refunded(payment, 4_000);
  }
}

/** The charge of a PaymentIntent, and what Stripe has kept of it. */
function chargeOf({ latest_charge: charge }: Stripe.PaymentIntent): { charge: string; kept: number } {
  const balance = typeof charge === 'string' ? undefined : charge?.balance_transaction;
  if (typeof charge === 'string' || charge === null || typeof balance !== 'object' || balance === null)
    throw new Error('Stripe does not say what it has kept.');
  return { charge: charge.id, kept: balance.fee };
}
