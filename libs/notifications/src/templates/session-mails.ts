import { formatMoney, type Money } from '@app/common';
import type { Block, MailText, Recipient } from './mail';
import {
  dayFor,
  freeCancellationBlocks,
  joinBlocks,
  otherName,
  sessionBlock,
  timeFor,
  creditSentence,
  type CreditNews,
  type JoinFacts,
  type SessionFacts,
  type Side,
} from './session-facts';

/** What the client's saved card is charged with for the session, and when. */
export interface PlannedCharge {
  amount: Money;
  dueAt: Date;
}

/**
 * @param confirmUrl where the client accepts terms that are still to be accepted; null when there are none
 * @param charge null where no saved card is to be charged
 */
export function bookingConfirmed(
  recipient: Recipient,
  side: Side,
  session: SessionFacts,
  join: JoinFacts,
  confirmUrl: string | null,
  charge: PlannedCharge | null = null,
): MailText {
  return {
    subject: `Confirmed: ${session.offeringName} with ${otherName(session, side)}, ${dayFor(recipient, session.startsAt)}`,
    blocks: [
      { text: side === 'coach' ? 'A session is booked with you.' : 'Your session is booked.' },
      sessionBlock(recipient, session, side),
      ...chargeBlocks(recipient, side, charge),
      ...termsBlocks(confirmUrl),
      ...joinBlocks(join),
      { text: 'The attached invitation puts it into your calendar.' },
    ],
  };
}

/**
 * @param previousStartsAt what the recipient was told last; null when that mail never left
 * @param confirmUrl and charge as for `bookingConfirmed`
 */
export function sessionMoved(
  recipient: Recipient,
  side: Side,
  session: SessionFacts,
  join: JoinFacts,
  previousStartsAt: Date | null,
  confirmUrl: string | null,
  charge: PlannedCharge | null = null,
): MailText {
  const before =
    previousStartsAt === null ? [] : [{ text: `It was on ${timeFor(recipient, previousStartsAt)} before.` }];
  return {
    subject: `New time: ${session.offeringName} with ${otherName(session, side)}, ${dayFor(recipient, session.startsAt)}`,
    blocks: [
      { text: 'Your session has a new time.' },
      ...before,
      sessionBlock(recipient, session, side),
      ...chargeBlocks(recipient, side, charge),
      ...(side === 'client' ? freeCancellationBlocks(recipient, session.freeCancellationUntil) : []),
      ...termsBlocks(confirmUrl),
      ...joinBlocks(join),
      { text: 'The attached invitation changes the entry in your calendar.' },
    ],
  };
}

function chargeBlocks(recipient: Recipient, side: Side, charge: PlannedCharge | null): Block[] {
  if (charge === null) return [];
  const whose = side === 'client' ? 'Charged to your saved card' : 'Charged to the saved card';
  return [
    {
      facts: [
        ['Price', formatMoney(charge.amount, recipient.locale)],
        [whose, timeFor(recipient, charge.dueAt)],
      ],
    },
  ];
}

function termsBlocks(confirmUrl: string | null): Block[] {
  if (confirmUrl === null) return [];
  return [
    { text: 'Your coach booked this session for you. Please read its terms and accept them.' },
    { link: { label: 'Read and accept the terms', url: confirmUrl } },
    { text: 'The link is yours alone and works until the session begins.' },
  ];
}

/** Where terms that are still to be accepted are accepted and the session is paid; or where it is paid, on a page of Stripe. */
export type WaysToPay = { confirmUrl: string } | { payUrl: string };

export function awaitingPayment(
  recipient: Recipient,
  session: SessionFacts,
  price: Money,
  payUntil: Date,
  ways: WaysToPay,
): MailText {
  return {
    subject: `Awaiting payment: ${session.offeringName} with ${session.coachName}, ${dayFor(recipient, session.startsAt)}`,
    blocks: [
      { text: 'The time below is held for you until it is paid.' },
      sessionBlock(recipient, session, 'client'),
      {
        facts: [
          ['Price', formatMoney(price, recipient.locale)],
          ['Held until', timeFor(recipient, payUntil)],
        ],
      },
      ...paymentBlocks(ways),
      { text: 'If it is not paid by then, the time is given to others and nothing is charged.' },
    ],
  };
}

function paymentBlocks(ways: WaysToPay): Block[] {
  if ('payUrl' in ways)
    return [
      { text: 'Pay in the app, or on a page of Stripe:' },
      { link: { label: 'Pay', url: ways.payUrl } },
      { text: 'The link is yours alone.' },
    ];
  return [
    {
      text: 'Your coach booked this session for you. Please read its terms, accept them and pay by the link below.',
    },
    { link: { label: 'Read the terms, accept them and pay', url: ways.confirmUrl } },
    { text: 'The link is yours alone and works until the session begins.' },
  ];
}

export function holdExpired(recipient: Recipient, session: SessionFacts): MailText {
  return {
    subject: `Not booked: ${session.offeringName} with ${session.coachName}, ${dayFor(recipient, session.startsAt)}`,
    blocks: [
      {
        text: 'The payment did not arrive in time, so the session is not booked and the time is free for others again.',
      },
      sessionBlock(recipient, session, 'client'),
      { text: 'You are welcome to book again.' },
    ],
  };
}

export interface CancellationFacts {
  by: 'coach' | 'client' | 'admin' | 'system';
  /** Money that goes back, null when nothing had been paid. */
  refund: Money | null;
  /** The refund waits until the client's bank has decided a dispute. */
  waitsForBank: boolean;
  /** What became of the credit that paid it; null where none did, or its share of the price goes back instead. */
  credit: CreditNews | null;
  /** What the client's saved card is charged with for cancelling; null where nothing is. */
  laterCharge: Money | null;
  /** The clause of the terms that applied; null where the coach decided otherwise. */
  clause: string | null;
  /** Words for this recipient, if the one who cancelled wrote any. */
  message: string | null;
  /** Business days until a refund usually shows, such as "5–7". */
  arrivalDays: string;
}

export function bookingCancelled(
  recipient: Recipient,
  side: Side,
  session: SessionFacts,
  facts: CancellationFacts,
): MailText {
  const message =
    facts.message === null ? [] : [{ words: { of: cancelledBy(session, facts.by), text: facts.message } }];
  return {
    subject: `Cancelled: ${session.offeringName} with ${otherName(session, side)}, ${dayFor(recipient, session.startsAt)}`,
    blocks: [
      {
        text:
          facts.by === side
            ? 'You cancelled this session.'
            : `This session was cancelled by ${cancelledBy(session, facts.by)}.`,
      },
      sessionBlock(recipient, session, side),
      ...message,
      { text: refundSentence(recipient, side, session, facts) },
    ],
  };
}

function cancelledBy(session: SessionFacts, by: CancellationFacts['by']): string {
  if (by === 'coach') return session.coachName;
  if (by === 'client') return session.clientName;
  return 'the platform';
}

function refundSentence(
  recipient: Recipient,
  side: Side,
  session: SessionFacts,
  facts: CancellationFacts,
): string {
  const clause = facts.clause === null ? '' : ` ${facts.clause}`;
  if (facts.laterCharge !== null) {
    const card = side === 'client' ? 'Your saved card' : `The saved card of ${session.clientName}`;
    return `${card} is charged ${formatMoney(facts.laterCharge, recipient.locale)}.${clause}`;
  }
  if (facts.credit !== null) return `${creditSentence(facts.credit, session, side)}${clause}`;
  if (facts.refund === null) return 'Nothing had been paid for it.';
  if (facts.refund.amount === 0) return `No refund is due.${clause}`;
  const amount = formatMoney(facts.refund, recipient.locale);
  if (facts.waitsForBank) {
    const [whom, bank] =
      side === 'client'
        ? ['the card you paid with', 'your bank']
        : [session.clientName, `the bank of ${session.clientName}`];
    return `${amount} goes back to ${whom} once the dispute is decided, unless ${bank} gives the money back itself.${clause}`;
  }
  if (side === 'coach') return `${amount} goes back to ${session.clientName}.${clause}`;
  return `${amount} goes back to the card you paid with, which usually takes ${facts.arrivalDays} business days.${clause}`;
}
