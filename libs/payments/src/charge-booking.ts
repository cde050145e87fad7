import type { RawBuilder } from '@app/database';
import {
  capturePostings,
  chargePaidPostings,
  chargePostings,
  payeeOf,
  reversed,
  type LedgerPosting,
} from './domain/ledger-postings';
import { insertLedger, type LedgerKind } from './ledger';
import type { PaymentRecord } from './payment-record';

type Booked = Pick<PaymentRecord, 'coachId' | 'id' | 'currency' | 'amountMinor' | 'applicationFeeMinor'>;

/** The client owes it from now on. */
export function bookCharge(payment: Booked, at: Date): RawBuilder<unknown>[] {
  return book(payment, 'charge', chargePostings(payment.amountMinor, payment.applicationFeeMinor), at);
}

/** Nothing is owed any more, if something was. */
export function bookRelease(
  payment: Booked & Pick<PaymentRecord, 'fellDueAt'>,
  at: Date,
): RawBuilder<unknown>[] {
  if (payment.fellDueAt === null) return [];
  const owed = chargePostings(payment.amountMinor, payment.applicationFeeMinor);
  return book(payment, 'charge_released', reversed(owed), at);
}

/** The money has come: for what was owed, or with nothing owed before, or no more. */
export function bookCapture(
  payment: Booked & Pick<PaymentRecord, 'fellDueAt' | 'status' | 'entitlementId'>,
  at: Date,
): RawBuilder<unknown>[] {
  const isOwed = payment.fellDueAt !== null && payment.status !== 'canceled';
  const postings = isOwed
    ? chargePaidPostings(payment.amountMinor)
    : capturePostings(payment.amountMinor, payment.applicationFeeMinor, payeeOf(payment));
  return book(payment, 'capture', postings, at);
}

function book(payment: Booked, kind: LedgerKind, postings: LedgerPosting[], at: Date): RawBuilder<unknown>[] {
  const { coachId, id: paymentId, currency } = payment;
  return insertLedger({ coachId, paymentId, kind, currency, at, postings });
}
