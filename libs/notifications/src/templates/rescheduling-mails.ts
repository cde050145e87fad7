import type { Block, MailText, Recipient } from './mail';
import { dayFor, otherName, sessionBlock, timeFor, type SessionFacts, type Side } from './session-facts';

/** What the coach offers, or the client wishes for. */
export interface ProposalFacts {
  /** Ascending; a client may ask without naming any. */
  times: readonly Date[];
  /** Words of who made it. */
  message: string | null;
  /** The instant from which it can no longer be answered. */
  expiresAt: Date;
}

/** To the client, who answers by the link (A73). @param url private, without a password, for this offer alone */
export function timesProposed(
  recipient: Recipient,
  session: SessionFacts,
  offer: ProposalFacts,
  url: string,
): MailText {
  return {
    subject: `Other times offered: ${session.offeringName} with ${session.coachName}, ${dayFor(recipient, session.startsAt)}`,
    blocks: [
      { text: `${session.coachName} would like to move this session.` },
      sessionBlock(recipient, session, 'client'),
      ...wordsOf(session.coachName, offer.message),
      { text: 'These times are kept free for you:' },
      ...timesBlock(recipient, offer.times),
      { link: { label: 'Choose a time, or decline', url } },
      { facts: [['Please answer by', timeFor(recipient, offer.expiresAt)]] },
      {
        text: 'The link is yours alone and needs no password. Until you choose, the session keeps its time.',
      },
    ],
  };
}

/** To the coach, when the client cannot move the session alone (A79). */
export function timesAsked(recipient: Recipient, session: SessionFacts, request: ProposalFacts): MailText {
  const wishes: Block[] =
    request.times.length === 0
      ? [{ text: 'No time was named.' }]
      : [{ text: 'These times would suit:' }, ...timesBlock(recipient, request.times)];
  return {
    subject: `Another time asked for: ${session.offeringName} with ${session.clientName}, ${dayFor(recipient, session.startsAt)}`,
    blocks: [
      { text: `${session.clientName} asks to move this session.` },
      sessionBlock(recipient, session, 'coach'),
      ...wordsOf(session.clientName, request.message),
      ...wishes,
      { facts: [['Please answer by', timeFor(recipient, request.expiresAt)]] },
      {
        text: 'Sign in to allow it, to offer other times or to decline. Until then the session keeps its time.',
      },
    ],
  };
}

/** To who made the proposal: the other side wants none of the times. */
export function proposalDeclined(recipient: Recipient, side: Side, session: SessionFacts): MailText {
  const other = otherName(session, side);
  const what = side === 'coach' ? 'none of the times that you offered' : 'not to move this session';
  return {
    subject: `Declined: another time for ${session.offeringName} with ${other}, ${dayFor(recipient, session.startsAt)}`,
    blocks: [{ text: `${other} chose ${what}.` }, ...keepsItsTime(recipient, side, session)],
  };
}

/** To who was asked: there is nothing to answer any more. */
export function proposalWithdrawn(recipient: Recipient, side: Side, session: SessionFacts): MailText {
  const other = otherName(session, side);
  return {
    subject: `Taken back: another time for ${session.offeringName} with ${other}, ${dayFor(recipient, session.startsAt)}`,
    blocks: [
      { text: `${other} no longer wants to move this session, and you need not answer.` },
      ...keepsItsTime(recipient, side, session),
    ],
  };
}

/** To both. @param madeBy who had made the proposal */
export function proposalExpired(
  recipient: Recipient,
  side: Side,
  session: SessionFacts,
  madeBy: Side,
): MailText {
  const other = otherName(session, side);
  const what =
    madeBy === side
      ? `${other} did not answer in time about another time for this session.`
      : `The time to answer ${other} about another time for this session is over.`;
  return {
    subject: `No answer: another time for ${session.offeringName} with ${other}, ${dayFor(recipient, session.startsAt)}`,
    blocks: [{ text: what }, ...keepsItsTime(recipient, side, session)],
  };
}

function keepsItsTime(recipient: Recipient, side: Side, session: SessionFacts): Block[] {
  return [{ text: 'The session keeps its time:' }, sessionBlock(recipient, session, side)];
}

function wordsOf(name: string, message: string | null): Block[] {
  return message === null ? [] : [{ words: { of: name, text: message } }];
}

export function timesBlock(recipient: Recipient, times: readonly Date[]): Block[] {
  return [{ facts: times.map((time, index) => [`Time ${index + 1}`, timeFor(recipient, time)] as const) }];
}
