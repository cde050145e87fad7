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
  /** Credits are there, and pay for nothing while their package is disputed. */
  isDisputed: boolean;
}

/** Longer lists help nobody. */
const MOST_LISTED = 20;

const FIRST: Record<Side, string> = {
  coach: 'The credits that pay for this series have ended. Its sessions go on taking place.',
  client: 'Your credits for this series have ended. Its sessions go on taking place.',
};
const DISPUTED: Record<Side, string> = {
  coach:
    'The payment of the package that pays for this series is disputed, so its credits pay for nothing until the bank has decided. The sessions go on taking place.',
  client:
    'The payment of your package for this series is disputed, so its credits pay for nothing until your bank has decided. The sessions go on taking place.',
};
const DISPUTED_UNPAID = 'These sessions are unpaid:';
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
  const { offeringName, coachName, clientName, unpaid, onSavedCard, isDisputed } = facts;
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
    subject: `${isDisputed ? 'Credits wait for the bank' : 'No credits left'}: ${offeringName} with ${other}`,
    blocks: [
      { text: isDisputed ? DISPUTED[side] : FIRST[side] },
      {
        facts: [
          ['Series', offeringName],
          [side === 'coach' ? 'Client' : 'Coach', other],
        ],
      },
      ...listed(isDisputed ? DISPUTED_UNPAID : UNPAID[side], unpaid),
      ...listed(ON_CARD[side], onSavedCard),
    ],
  };
}
