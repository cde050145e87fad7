import type { Block, MailText, Recipient } from './mail';
import { timeFor, type Side } from './session-facts';

/** What is told when no credit is left for sessions of a series. */
export interface CreditsEndFacts {
  offeringName: string;
  coachName: string;
  clientName: string;
  /** Starts of the sessions to come that nothing pays. */
  unpaid: readonly Date[];
  /** Of those that the saved card pays instead. */
  onSavedCard: readonly Date[];
}

/** Longer lists help nobody. */
const MOST_LISTED = 20;

const FIRST: Record<Side, string> = {
  coach: 'The credits that pay for this series have ended. Its sessions go on taking place.',
  client: 'Your credits for this series have ended. Its sessions go on taking place.',
};
const UNPAID: Record<Side, string> = {
  coach:
    'These sessions are unpaid. Once your client has bought credits, edit how the series is paid: they are drawn then.',
  client: 'These sessions are unpaid. Buy another package, or ask your coach how to pay for them.',
};
const ON_CARD: Record<Side, string> = {
  coach: 'These are charged to the saved card of your client instead, before they start:',
  client: 'These are charged to your saved card instead, before they start:',
};

/** To both sides, once for each time that the credits of a series end (domain.md 10). */
export function seriesCreditsEnded(recipient: Recipient, side: Side, facts: CreditsEndFacts): MailText {
  const { offeringName, coachName, clientName, unpaid, onSavedCard } = facts;
  const listed = (text: string, starts: readonly Date[]): Block[] => {
    if (starts.length === 0) return [];
    const more = starts.length - MOST_LISTED;
    return [
      { text },
      {
        facts: starts
          .slice(0, MOST_LISTED)
          .map((startsAt, index): readonly [string, string] => [
            `${index + 1}`,
            timeFor(recipient, startsAt),
          ]),
      },
      ...(more > 0 ? [{ text: `And ${more} more.` }] : []),
    ];
  };
  const other = side === 'coach' ? clientName : coachName;
  return {
    subject: `No credits left: ${offeringName} with ${other}`,
    blocks: [
      { text: FIRST[side] },
      {
        facts: [
          ['Series', offeringName],
          [side === 'coach' ? 'Client' : 'Coach', other],
        ],
      },
      ...listed(UNPAID[side], unpaid),
      ...listed(ON_CARD[side], onSavedCard),
    ],
  };
}
