import type { RawBuilder } from '@app/database';
import type { DisputeRecord } from './dispute-record';
import {
  disputeFeePostings,
  disputePostings,
  disputeTransferPostings,
  reversed,
  type LedgerPosting,
  type PayeeAccount,
} from './domain/ledger-postings';
import { insertLedger, type LedgerKind } from './ledger';

type Booked = Pick<DisputeRecord, 'coachId' | 'id' | 'paymentId' | 'currency'>;
type Amounts = Pick<
  DisputeRecord,
  'withdrawnMinor' | 'reinstatedMinor' | 'feeMinor' | 'feeReturnedMinor' | 'feeCurrency'
>;

/** What Stripe has moved for a dispute since it was last read. Each movement happens once. */
export function bookDispute(before: Booked & Amounts, seen: Amounts, at: Date): RawBuilder<unknown>[] {
  const feeCurrency = seen.feeCurrency ?? before.currency;
  const since = (name: Exclude<keyof Amounts, 'feeCurrency'>): number => seen[name] - before[name];
  return [
    ...book(before, 'dispute', '', disputePostings(since('withdrawnMinor')), at),
    ...book(before, 'dispute_fee', '', disputeFeePostings(since('feeMinor')), at, feeCurrency),
    ...book(before, 'dispute_won', '', reversed(disputePostings(since('reinstatedMinor'))), at),
    ...book(
      before,
      'dispute_fee_returned',
      '',
      reversed(disputeFeePostings(since('feeReturnedMinor'))),
      at,
      feeCurrency,
    ),
  ];
}

/** The coach's part was taken from their transfer. */
export function bookReversal(
  dispute: Booked,
  amountMinor: number,
  payee: PayeeAccount,
  at: Date,
): RawBuilder<unknown>[] {
  return book(dispute, 'dispute', ':transfer', disputeTransferPostings(amountMinor, payee), at);
}

/** The dispute was won: the coach has got their part again. */
export function bookReturn(
  dispute: Booked,
  amountMinor: number,
  payee: PayeeAccount,
  at: Date,
): RawBuilder<unknown>[] {
  return book(dispute, 'dispute_won', ':transfer', reversed(disputeTransferPostings(amountMinor, payee)), at);
}

/** Of that, a part was taken again for refunds made since; `total` with it. */
export function bookTakenBack(
  dispute: Booked,
  amountMinor: number,
  total: number,
  payee: PayeeAccount,
  at: Date,
): RawBuilder<unknown>[] {
  return book(dispute, 'dispute', `:refunds:${total}`, disputeTransferPostings(amountMinor, payee), at);
}

function book(
  { coachId, id, paymentId, currency }: Booked,
  kind: LedgerKind,
  part: string,
  postings: LedgerPosting[],
  at: Date,
  currencyOfFee?: string,
): RawBuilder<unknown>[] {
  return insertLedger({
    coachId,
    paymentId,
    kind,
    reference: `${id}${part}`,
    currency: currencyOfFee ?? currency,
    at,
    postings,
  });
}
