import { formatLocal } from '@app/common';
import type { Platform } from '@app/sessions';
import type { Block, Recipient } from './mail';

export const PLATFORM_NAMES: Record<Platform, string> = {
  zoom: 'Zoom',
  google_meet: 'Google Meet',
  microsoft_teams: 'Microsoft Teams',
};

export type Side = 'coach' | 'client';

/** What mails say of a session. */
export interface SessionFacts {
  offeringName: string;
  startsAt: Date;
  endsAt: Date;
  coachName: string;
  clientName: string;
  /** The coach moved this occurrence: until then its client cancels it free of charge. */
  freeCancellationUntil?: Date | null;
}

/** What became of the credit that paid a session; `lost`: its package had ended, so it could not go back. */
export type CreditNews = 'used' | 'returned' | 'lost';

/** How to get into the session: our stable link always, the rest once the platform has made the meeting. */
export interface JoinFacts {
  /** Leads to whatever meeting the session has when it is followed. */
  stableUrl: string;
  direct: { platform: string; url: string } | null;
  dialIn: string[];
}

/** Date and time as the recipient's clock shows it, with the zone's name. */
export function timeFor(recipient: Recipient, instant: Date): string {
  return `${formatLocal(instant, recipient.timezone, recipient.locale)} (${recipient.timezone})`;
}

/** The date alone, for a subject. */
export function dayFor(recipient: Recipient, instant: Date): string {
  const format = new Intl.DateTimeFormat(recipient.locale, {
    timeZone: recipient.timezone,
    dateStyle: 'medium',
    timeStyle: 'short',
  });
  return format.format(instant);
}

export function creditSentence(credit: CreditNews, session: SessionFacts, side: Side): string {
  const whose = side === 'client' ? 'your package' : `the package of ${session.clientName}`;
  switch (credit) {
    case 'used':
      return `It uses up one session of ${whose}.`;
    case 'returned':
      return `The session goes back to ${whose}.`;
    case 'lost':
      return `The session does not go back to ${whose}, which has ended.`;
  }
}

/** The other person of the session, from where the recipient sits. */
export function otherName(session: SessionFacts, side: Side): string {
  return side === 'coach' ? session.clientName : session.coachName;
}

export function sessionBlock(recipient: Recipient, session: SessionFacts, side: Side): Block {
  const minutes = Math.round((session.endsAt.getTime() - session.startsAt.getTime()) / 60_000);
  return {
    facts: [
      ['Session', session.offeringName],
      [side === 'coach' ? 'Client' : 'Coach', otherName(session, side)],
      ['When', timeFor(recipient, session.startsAt)],
      ['Duration', `${minutes} minutes`],
    ],
  };
}

export function joinBlocks(join: JoinFacts): Block[] {
  const extra: Block[] =
    join.direct === null
      ? []
      : [{ link: { label: `${join.direct.platform}, directly`, url: join.direct.url } }];
  const phone: Block[] =
    join.dialIn.length === 0 ? [] : [{ facts: join.dialIn.map((line) => ['Dial in', line] as const) }];
  return [
    { link: { label: 'Join the session', url: join.stableUrl } },
    { text: 'The link works from 15 minutes before the start and stays the same if the meeting changes.' },
    ...extra,
    ...phone,
  ];
}

/** @param until null or undefined where nothing is said of it */
export function freeCancellationBlocks(recipient: Recipient, until: Date | null | undefined): Block[] {
  if (until === null || until === undefined) return [];
  return [
    {
      text: `If a change does not suit you, you may cancel the session free of charge before it begins, until ${timeFor(recipient, until)}.`,
    },
  ];
}
