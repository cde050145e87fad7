import { Injectable } from '@nestjs/common';
import { newId } from '@app/common';
import { Database, sql, type RawBuilder } from '@app/database';
import type { LedgerAccount, LedgerPosting } from './domain/ledger-postings';

export type LedgerKind =
  | 'capture'
  | 'processing_fee'
  | 'refund'
  | 'refund_failed'
  | 'charge'
  | 'charge_released'
  | 'delivery'
  | 'delivery_undone'
  | 'breakage'
  | 'breakage_undone'
  | 'dispute'
  | 'dispute_won'
  | 'dispute_fee'
  | 'dispute_fee_returned';

/** One movement of money; its postings sum to zero. */
export interface LedgerTransaction {
  coachId: string;
  paymentId: string;
  kind: LedgerKind;
  /** Of a refund, or of its failing. */
  refund?: { id: string; attempt: number };
  /** What else of the payment it is about, where a kind can occur more than once: the id of a dispute, of a credit entry. */
  reference?: string;
  currency: string;
  /** Business time. */
  at: Date;
  postings: readonly LedgerPosting[];
}

/** One line of a statement: an entry, and its account's balance after it. Minor units, debits positive. */
export interface LedgerLine {
  transactionId: string;
  at: Date;
  kind: LedgerKind;
  refundId: string | null;
  account: LedgerAccount;
  currency: string;
  amountMinor: number;
  balanceMinor: number;
}

/** The statements that book one movement; for `together`. A movement of nothing is not booked. */
export function insertLedger(transaction: LedgerTransaction): RawBuilder<unknown>[] {
  const { coachId, paymentId, kind, refund, reference, currency, at, postings } = transaction;
  if (postings.length === 0) return [];
  const id = newId();
  const entries = postings.map(
    ({ account, amountMinor }) =>
      sql`(${coachId}::uuid, ${id}::uuid, ${account}::text, ${currency}::text, ${amountMinor}::bigint)`,
  );
  return [
    sql`insert into ledger_transactions (coach_id, id, kind, payment_id, refund_id, refund_attempt, reference, at)
      values (${coachId}::uuid, ${id}::uuid, ${kind}, ${paymentId}::uuid, ${refund?.id ?? null}::uuid, ${refund?.attempt ?? null}::int, ${reference ?? ''}::text, ${at}::timestamptz)`,
    sql`insert into ledger_entries (coach_id, transaction_id, account, currency, amount_minor) values ${sql.join(entries)}`,
  ];
}

/** Reads the books: append-only, double entry, per currency. */
@Injectable()
export class Ledger {
  constructor(private readonly database: Database) {}

  /** All movements of one payment, oldest first. */
  async statement(coachId: string, paymentId: string): Promise<LedgerLine[]> {
    return this.database.many(sql<LedgerLine>`
      select t.id as "transactionId", t.at, t.kind, t.refund_id as "refundId", e.account, e.currency,
        e.amount_minor as "amountMinor",
        (sum(e.amount_minor) over (partition by e.account, e.currency order by t.id))::bigint as "balanceMinor"
      from ledger_transactions t join ledger_entries e on e.coach_id = t.coach_id and e.transaction_id = t.id
      where t.coach_id = ${coachId} and t.payment_id = ${paymentId}
      order by t.id, e.amount_minor desc, e.account`);
  }

  /** What one attempt of a refund has booked; empty when nothing. */
  async postingsOfRefund(coachId: string, refundId: string, attempt: number): Promise<LedgerPosting[]> {
    return this.database.many(sql<LedgerPosting>`
      select e.account, e.amount_minor as "amountMinor"
      from ledger_transactions t join ledger_entries e on e.coach_id = t.coach_id and e.transaction_id = t.id
      where t.coach_id = ${coachId} and t.refund_id = ${refundId} and t.refund_attempt = ${attempt} and t.kind = 'refund'`);
  }
}
