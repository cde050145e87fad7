import type { Block, MailText, Recipient } from './mail';
import { timesBlock } from './rescheduling-mails';
import { dayFor, otherName, sessionBlock, timeFor, type SessionFacts, type Side } from './session-facts';

/** New times that are kept free for a client who missed a session. */
export interface OfferOfTimes {
  /** Ascending. */
  times: readonly Date[];
  /** The instant from which none can be taken any more. */
  expiresAt: Date;
  /** Private, without a password, for this offer alone. */
  url: string;
}

/**
 * To a client who missed a session.
 *
 * @param message the coach's words, or those of the template
 * @param offer null when no times were offered, or none can be taken any more
 */
export function followUp(
  recipient: Recipient,
  session: SessionFacts,
  message: string,
  offer: OfferOfTimes | null,
): MailText {
  return {
    subject: `${session.coachName} writes about your session of ${dayFor(recipient, session.startsAt)}`,
    blocks: [
      { words: { of: session.coachName, text: message } },
      sessionBlock(recipient, session, 'client'),
      ...(offer === null ? [] : offerBlocks(recipient, offer)),
    ],
  };
}

function offerBlocks(recipient: Recipient, { times, expiresAt, url }: OfferOfTimes): Block[] {
  return [
    { text: 'These times are kept free for you:' },
    ...timesBlock(recipient, times),
    { link: { label: 'Book one of them, or decline', url } },
    { facts: [['Please answer by', timeFor(recipient, expiresAt)]] },
    {
      text: 'The link is yours alone and needs no password. You get a confirmation of what you book, or a link to pay it.',
    },
  ];
}

/** To the coach: the client wants none of the new times. */
export function offerDeclined(recipient: Recipient, session: SessionFacts): MailText {
  return {
    subject: `Declined: a new session for ${session.offeringName} with ${session.clientName}`,
    blocks: [
      {
        text: `${session.clientName} chose none of the new times that you offered after the missed session.`,
      },
      sessionBlock(recipient, session, 'coach'),
    ],
  };
}

/** To the client: there is nothing to answer any more. */
export function offerWithdrawn(recipient: Recipient, session: SessionFacts): MailText {
  return {
    subject: `Taken back: new times for ${session.offeringName} with ${session.coachName}`,
    blocks: [
      { text: `${session.coachName} no longer offers the new times, and you need not answer.` },
      sessionBlock(recipient, session, 'client'),
    ],
  };
}

/** To both. */
export function offerExpired(recipient: Recipient, side: Side, session: SessionFacts): MailText {
  const what =
    side === 'coach'
      ? `${session.clientName} took none of the new times that you offered after the missed session. They are free again.`
      : `The time to take one of the new times that ${session.coachName} offered is over.`;
  return {
    subject: `No answer: new times for ${session.offeringName} with ${otherName(session, side)}`,
    blocks: [{ text: what }, sessionBlock(recipient, session, side)],
  };
}
