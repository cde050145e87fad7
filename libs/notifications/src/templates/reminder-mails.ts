import type { MailText, Recipient } from './mail';
import {
  dayFor,
  joinBlocks,
  otherName,
  sessionBlock,
  type JoinFacts,
  type SessionFacts,
  type Side,
} from './session-facts';

const MINUTE_MS = 60_000;

/** @param now business time: what is left until the start is said as it is when the mail is written */
export function sessionReminder(
  recipient: Recipient,
  side: Side,
  session: SessionFacts,
  join: JoinFacts,
  now: Date,
): MailText {
  const left = timeLeft(session.startsAt.getTime() - now.getTime());
  return {
    subject: `Reminder: ${session.offeringName} with ${otherName(session, side)}, ${dayFor(recipient, session.startsAt)}`,
    blocks: [
      { text: `Your session begins in ${left}.` },
      sessionBlock(recipient, session, side),
      ...joinBlocks(join),
    ],
  };
}

function timeLeft(ms: number): string {
  const minutes = Math.max(1, Math.round(ms / MINUTE_MS));
  if (minutes < 90) return minutes === 1 ? '1 minute' : minutes === 60 ? '1 hour' : `${minutes} minutes`;
  const hours = Math.round(minutes / 60);
  return hours < 72 ? `${hours} hours` : `${Math.round(hours / 24)} days`;
}
