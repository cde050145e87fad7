import type { MailText, Recipient } from './mail';
import { dayFor, joinBlocks, sessionBlock, type JoinFacts, type SessionFacts } from './session-facts';

/** The text of the note stays where only its reader signs in. */
export function sharedNote(recipient: Recipient, session: SessionFacts): MailText {
  return {
    subject: `${session.coachName} shared notes of your session`,
    blocks: [
      { text: `${session.coachName} shared notes of your session with you. Sign in to read them.` },
      sessionBlock(recipient, session, 'client'),
    ],
  };
}

export function meetingFailed(recipient: Recipient, session: SessionFacts, platform: string): MailText {
  return {
    subject: `No video link yet: ${session.offeringName} with ${session.clientName}, ${dayFor(recipient, session.startsAt)}`,
    blocks: [
      {
        text: `${platform} did not make the meeting for the session below. Check the connection, or agree on another way with ${session.clientName}.`,
      },
      sessionBlock(recipient, session, 'coach'),
    ],
  };
}

/** To the coach, when another platform had to be taken: the stable link leads there already. */
export function linkChanged(recipient: Recipient, session: SessionFacts, join: JoinFacts): MailText {
  return {
    subject: `Other video link: ${session.offeringName} with ${session.clientName}, ${dayFor(recipient, session.startsAt)}`,
    blocks: [
      {
        text: 'The meeting of this session has moved. The link below stays the same and leads to the new one.',
      },
      sessionBlock(recipient, session, 'coach'),
      ...joinBlocks(join),
    ],
  };
}

export function platformNeedsAttention(platform: string): MailText {
  return {
    subject: `${platform} needs your attention`,
    blocks: [
      {
        text: `The connection to ${platform} no longer works: it may have been removed there. New meetings are not made until you connect again.`,
      },
    ],
  };
}
