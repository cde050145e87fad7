import { Injectable } from '@nestjs/common';
import { reachableBy, type Principal } from '@app/accounts';
import { Database, sql, type RawBuilder } from '@app/database';
import type { PaymentStatus } from './domain/payment-status';
import type { RefundStatus } from './domain/refund-status';
import { isDisputeLost } from './dispute-standing';
import type { ChargeReason, ChargeState, PaymentMode } from './charge-record';
import { Ledger, type LedgerLine } from './ledger';
import { paymentColumns, type PaymentRecord } from './payment-record';
import { PaymentNotFound, RefundNotFound } from './payments.errors';
import { refundColumns, type RefundRecord } from './refund-record';

/** What a session's money looks like. Amounts are minor units of one currency. */
export interface SessionPayment {
  paymentId: string;
  status: PaymentStatus;
  currency: string;
  amountMinor: number;
  capturedMinor: number;
  /** Refunds that did not fail, also those not yet done. */
  refundedMinor: number;
  applicationFeeMinor: number;
  feeReturnedMinor: number;
  /** A cancellation or a late payment has decided what goes back, whatever became of that refund: it is done once. */
  isRefundDecided: boolean;
  openRefunds: number;
  /** Those that failed or need attention, and wait for a person. */
  failedRefunds: number;
  /** Taken from the coach for disputes, and not given back. */
  disputeTakenMinor: number;
  /** A dispute was lost and no other is undecided: nothing can be given back any more. */
  isDisputeLost: boolean;
  mode: PaymentMode;
  /** Of charges of a saved card, like all that follows. */
  reason: ChargeReason | null;
  chargeState: ChargeState | null;
  /** Business instant from which the card may be charged. */
  dueAt: Date | null;
  /** Nothing is to be paid any more; until Stripe confirms, the status stays as it is. */
  isReleased: boolean;
}

export interface PaymentFilter {
  status?: PaymentStatus[];
  sessionId?: string;
  clientId?: string;
}

export interface RefundFilter {
  status?: RefundStatus[];
  paymentId?: string;
  sessionId?: string;
}

export interface Slice {
  limit: number;
  /** Id of the last row of the page before; newest first. */
  before?: string;
}

/**
 * The order of a session's payments `p`; the first counts: the latest that is paid and kept or still to be paid, else one given
 * back, else the latest.
 */
export const paymentThatCounts: RawBuilder<unknown> = sql`p.status = 'canceled',
  case when p.captured_minor > 0 then p.captured_minor = p.refunded_minor else p.released_at is not null end, p.id desc`;

@Injectable()
export class PaymentQueries {
  constructor(
    private readonly database: Database,
    private readonly ledgers: Ledger,
  ) {}

  /** The payment that counts for a session. */
  async forSession(coachId: string, sessionId: string): Promise<SessionPayment | undefined> {
    return this.database.maybe(sql<SessionPayment>`
      select p.id as "paymentId", p.status, p.currency, p.amount_minor as "amountMinor", p.captured_minor as "capturedMinor",
        p.refunded_minor as "refundedMinor", p.application_fee_minor as "applicationFeeMinor", p.fee_returned_minor as "feeReturnedMinor",
        r.is_refund_decided as "isRefundDecided", r.open_refunds as "openRefunds", r.failed_refunds as "failedRefunds",
        (select coalesce(sum(transfer_reversed_minor - transfer_returned_minor), 0)::bigint from disputes
          where coach_id = p.coach_id and payment_id = p.id) as "disputeTakenMinor",
        ${isDisputeLost} as "isDisputeLost",
        p.mode, p.reason, p.charge_state as "chargeState", p.due_at as "dueAt", p.released_at is not null as "isReleased"
      from payments p cross join lateral (
        select coalesce(bool_or(reason in ('session_cancelled', 'late_payment')), false) as is_refund_decided,
               (count(*) filter (where status in ('pending', 'submitted')))::int as open_refunds,
               (count(*) filter (where status in ('failed', 'needs_attention')))::int as failed_refunds
        from refunds where coach_id = p.coach_id and payment_id = p.id) r
      where p.coach_id = ${coachId} and p.session_id = ${sessionId}
      order by ${paymentThatCounts} limit 1`);
  }

  /** Newest first; `limit + 1` rows, so that the caller sees whether there are more. */
  async list(principal: Principal, filter: PaymentFilter, slice: Slice): Promise<PaymentRecord[]> {
    const conditions = [
      reachableBy(principal, 'p'),
      ...(filter.status === undefined ? [] : [sql`p.status = any (${filter.status}::text[])`]),
      ...(filter.sessionId === undefined ? [] : [sql`p.session_id = ${filter.sessionId}`]),
      ...(filter.clientId === undefined ? [] : [sql`p.client_id = ${filter.clientId}`]),
      ...(slice.before === undefined ? [] : [sql`p.id < ${slice.before}`]),
    ];
    return this.database.many(sql<PaymentRecord>`
      select ${paymentColumns} from payments p where ${all(conditions)} order by p.id desc limit ${slice.limit + 1}`);
  }

  /** @throws PaymentNotFound also for somebody else's */
  async find(principal: Principal, id: string): Promise<PaymentRecord> {
    const payment = await this.database.maybe(sql<PaymentRecord>`
      select ${paymentColumns} from payments p where p.id = ${id} and ${reachableBy(principal, 'p')}`);
    if (payment === undefined) throw new PaymentNotFound();
    return payment;
  }

  /**
   * Every movement of a payment's money, oldest first, with the balance of each account.
   *
   * @throws PaymentNotFound also for somebody else's
   */
  async ledger(principal: Principal, id: string): Promise<LedgerLine[]> {
    const { coachId } = await this.find(principal, id);
    return this.ledgers.statement(coachId, id);
  }

  /** Newest first; `limit + 1` rows. */
  async listRefunds(principal: Principal, filter: RefundFilter, slice: Slice): Promise<RefundRecord[]> {
    const conditions = [
      reachableBy(principal, 'p'),
      ...(filter.status === undefined ? [] : [sql`r.status = any (${filter.status}::text[])`]),
      ...(filter.paymentId === undefined ? [] : [sql`r.payment_id = ${filter.paymentId}`]),
      ...(filter.sessionId === undefined ? [] : [sql`r.session_id = ${filter.sessionId}`]),
      ...(slice.before === undefined ? [] : [sql`r.id < ${slice.before}`]),
    ];
    return this.database.many(sql<RefundRecord>`
      select ${refundColumns} from refunds r join payments p on p.coach_id = r.coach_id and p.id = r.payment_id
      where ${all(conditions)} order by r.id desc limit ${slice.limit + 1}`);
  }

  /** @throws RefundNotFound also for somebody else's */
  async findRefund(principal: Principal, id: string): Promise<RefundRecord> {
    const refund = await this.database.maybe(sql<RefundRecord>`
      select ${refundColumns} from refunds r join payments p on p.coach_id = r.coach_id and p.id = r.payment_id
      where r.id = ${id} and ${reachableBy(principal, 'p')}`);
    if (refund === undefined) throw new RefundNotFound();
    return refund;
  }

  /** For the worker, who acts for nobody. @throws RefundNotFound */
  async refund(coachId: string, id: string): Promise<RefundRecord> {
    const refund = await this.database.maybe(sql<RefundRecord>`
      select ${refundColumns} from refunds r where r.coach_id = ${coachId} and r.id = ${id}`);
    if (refund === undefined) throw new RefundNotFound();
    return refund;
  }

  /** What is paid for a package. @throws PaymentNotFound */
  async ofEntitlement(coachId: string, entitlementId: string): Promise<PaymentRecord> {
    const payment = await this.database.maybe(sql<PaymentRecord>`
      select ${paymentColumns} from payments p where p.coach_id = ${coachId} and p.entitlement_id = ${entitlementId}`);
    if (payment === undefined) throw new PaymentNotFound();
    return payment;
  }

  /** For the worker. @throws PaymentNotFound */
  async payment(coachId: string, id: string): Promise<PaymentRecord> {
    const payment = await this.database.maybe(sql<PaymentRecord>`
      select ${paymentColumns} from payments p where p.coach_id = ${coachId} and p.id = ${id}`);
    if (payment === undefined) throw new PaymentNotFound();
    return payment;
  }
}

function all(conditions: RawBuilder<unknown>[]): RawBuilder<unknown> {
  return sql.join(conditions, sql` and `);
}
