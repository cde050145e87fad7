import type { LocalDate } from '@app/common';
import type { MailText, Recipient } from './mail';

/** What a mail says about a bought package. */
export interface PackageFacts {
  packageName: string;
  coachName: string;
  /** IANA name; the last day is a day there. */
  coachTimezone: string;
  remaining: number;
  /** The last good day. */
  expiresOn: LocalDate;
  /** Sessions only have to be booked by then, not to begin. */
  isBookBy: boolean;
}

export function packageExpiring(recipient: Recipient, facts: PackageFacts): MailText {
  const day = dayOf(facts.expiresOn, recipient.locale);
  const sessions = facts.remaining === 1 ? '1 session' : `${facts.remaining} sessions`;
  return {
    subject: `${sessions} left of ${facts.packageName}: good until ${day}`,
    blocks: [
      {
        text: facts.isBookBy
          ? `You have ${sessions} left with ${facts.coachName}. Book them by the day below; they may take place later.`
          : `You have ${sessions} left with ${facts.coachName}. They have to begin by the day below.`,
      },
      {
        facts: [
          ['Package', facts.packageName],
          ['Left', sessions],
          ['Good until', `${day}, end of the day (${facts.coachTimezone})`],
        ],
      },
    ],
  };
}

/** A date is the same everywhere: UTC only keeps it from moving. */
function dayOf(date: LocalDate, locale: string): string {
  return new Intl.DateTimeFormat(locale, {
    timeZone: 'UTC',
    weekday: 'long',
    year: 'numeric',
    month: 'long',
    day: 'numeric',
  }).format(new Date(`${date}T00:00:00Z`));
}
