import { formatMoney, type Money } from '@app/common';
import type { MailText, Recipient } from './mail';
import {
  creditSentence,
  dayFor,
  sessionBlock,
  timeFor,
  type CreditNews,
  type SessionFacts,
  type Side,
} from './session-facts';

export interface NoShowFacts {
  by: 'client' | 'coach';
  /** What stays of what was paid; null when nothing had been paid. */
  kept: Money | null;
  /** What goes back; null when nothing had been paid. */
  refund: Money | null;
  /** What became of the credit that paid it; null where none did, or its share of the price goes back instead. */
  credit: CreditNews | null;
  /** What the saved card is charged with; null where nothing is. */
  laterCharge: Money | null;
  /** The clause of the session's own terms. */
  clause: string;
  /** Business days until a refund usually shows, such as "5–7". */
  arrivalDays: string;
}

/** To the client, with what it costs and why (A103). */
export function noShowMarked(recipient: Recipient, session: SessionFacts, facts: NoShowFacts): MailText {
  const what =
    facts.by === 'client'
      ? `${session.coachName} waited for you, and the session below is marked as missed.`
      : `The session below is marked as missed by ${session.coachName}. We are sorry.`;
  return {
    subject: `Missed: ${session.offeringName} with ${session.coachName}, ${dayFor(recipient, session.startsAt)}`,
    blocks: [
      { text: what },
      sessionBlock(recipient, session, 'client'),
      { text: moneySentence(recipient, session, facts) },
      ...(facts.by === 'client'
        ? [{ text: `If this is a mistake, please write to ${session.coachName}.` }]
        : []),
    ],
  };
}

function moneySentence(
  recipient: Recipient,
  session: SessionFacts,
  { kept, refund, credit, laterCharge, clause, arrivalDays }: NoShowFacts,
): string {
  if (laterCharge !== null)
    return `Your saved card is charged ${formatMoney(laterCharge, recipient.locale)}. ${clause}`;
  if (credit !== null) return `${creditSentence(credit, session, 'client')} ${clause}`;
  if (kept === null || refund === null) return 'Nothing was paid for it, and nothing is charged.';
  const charged = `You are charged ${formatMoney(kept, recipient.locale)} of what you paid.`;
  if (refund.amount === 0) return `${charged} ${clause}`;
  const back = `${formatMoney(refund, recipient.locale)} goes back to the card you paid with, which usually takes ${arrivalDays} business days.`;
  return kept.amount === 0 ? `${back} ${clause}` : `${charged} ${back} ${clause}`;
}

export function noShowUndone(recipient: Recipient, session: SessionFacts): MailText {
  return {
    subject: `Not missed after all: ${session.offeringName} with ${session.coachName}, ${dayFor(recipient, session.startsAt)}`,
    blocks: [
      { text: 'The session below was marked as missed. This has been taken back.' },
      sessionBlock(recipient, session, 'client'),
    ],
  };
}

/** To the coach and to who runs the platform. @param message what the client wrote, if anything */
export function noShowReported(
  recipient: Recipient,
  side: Side,
  session: SessionFacts,
  reportedAt: Date,
  message: string | null,
): MailText {
  return {
    subject: `Reported as missed by the coach: ${session.offeringName} with ${session.clientName}, ${dayFor(recipient, session.startsAt)}`,
    blocks: [
      {
        text: `${session.clientName} reported that ${session.coachName} did not come to the session below.`,
      },
      sessionBlock(recipient, session, side),
      { facts: [['Reported', timeFor(recipient, reportedAt)]] },
      ...(message === null ? [] : [{ words: { of: session.clientName, text: message } }]),
      {
        text: 'Nothing is decided by the report: marking the coach as not there refunds the session in full.',
      },
    ],
  };
}
