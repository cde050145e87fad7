import { formatMoney } from '@app/common';
import type { OccurrencePayment, OccurrenceTerms, PlannedOccurrence, SeriesPlanContent } from '@app/sessions';
import type { Block, MailText, Recipient } from './mail';
import { freeCancellationBlocks, PLATFORM_NAMES, timeFor, type Side } from './session-facts';

/** What digests say of a series, as it is when they are written. */
export interface SeriesFacts {
  offeringName: string;
  coachName: string;
  clientName: string;
  /** The rule in words, with its zone. */
  rule: string;
  /** Sessions to come, the next first. */
  upcoming: Date[];
  /** The one link of the series; leads to the session that is on. */
  joinUrl: string;
}

/** What the client may do about the act, or is asked for. */
export interface SeriesConsent {
  /** What was moved or made dearer is cancelled free of charge until then; null where nothing was. */
  freeCancellationUntil: Date | null;
  /** Where the terms of the series are accepted; null when they are, and for the coach. */
  confirmUrl: string | null;
}

/** Longer lists help nobody; the series' page has them all. */
const MOST_LISTED = 20;

const HEADLINES: Record<SeriesPlanContent['change'], string> = {
  create: 'A series of sessions is booked.',
  move: 'The series has new times.',
  edit: 'The sessions of the series have changed.',
  pause: 'The series is paused.',
  resume: 'The series goes on.',
  end: 'The series ends early.',
  skip: 'Sessions of the series are skipped.',
  unskip: 'Sessions of the series take place after all.',
  add: 'The series has an extra session.',
  cancel: 'Sessions of the series are cancelled.',
};

/** One mail for an act on a series, whatever the number of sessions: what it changed, and what is to come now. */
export function seriesDigest(
  recipient: Recipient,
  side: Side,
  series: SeriesFacts,
  plan: SeriesPlanContent,
  { freeCancellationUntil, confirmUrl }: SeriesConsent,
): MailText {
  const changed = plan.occurrences.flatMap((planned): (readonly [string, string])[] => {
    const { before, after, action } = planned;
    const was = before === null ? null : timeFor(recipient, new Date(before.startsAt));
    const is = after === null ? null : timeFor(recipient, new Date(after.startsAt));
    if (action === 'edit' && is !== null)
      return [['Changed', `${is}: ${changesOf(recipient, planned, plan)}`]];
    if (action === 'move' && was !== null && is !== null) return [['New time', `${is}, it was ${was}`]];
    if (action === 'restore' || action === 'book')
      return is === null || plan.change === 'create' ? [] : [['Booked', is]];
    if (action === 'cancel' || action === 'void') return was === null ? [] : [['Cancelled', was]];
    if (action === 'skip' || action === 'pause') return was === null ? [] : [['Does not take place', was]];
    return [];
  });
  const notes = plan.occurrences.flatMap((planned) => planned.notes.filter(({ party }) => party === side));
  return {
    subject: `${series.offeringName} with ${side === 'coach' ? series.clientName : series.coachName}: ${HEADLINES[plan.change]}`,
    blocks: [
      { text: HEADLINES[plan.change] },
      {
        facts: [
          ['Series', series.offeringName],
          [side === 'coach' ? 'Client' : 'Coach', side === 'coach' ? series.clientName : series.coachName],
          ['When', series.rule],
          ...payingFacts(plan),
          ...creditFacts(plan),
        ],
      },
      ...listed(changed),
      ...(side === 'client' ? freeCancellationBlocks(recipient, freeCancellationUntil) : []),
      ...termsBlocks(confirmUrl),
      ...listed(notes.map(({ text }) => ['Note', text] as const)),
      ...upcomingBlocks(recipient, series),
    ],
  };
}

const PAID: Partial<Record<SeriesPlanContent['series']['funding'], string>> = {
  package: 'by credits',
  pay_later: 'on the saved card, before each session',
};

/** How sessions are paid from now on. */
function payingFacts({
  series,
  splitOff,
}: Partial<Pick<SeriesPlanContent, 'series' | 'splitOff'>>): (readonly [string, string])[] {
  const funding = (splitOff ?? series)?.funding;
  const paid = funding === undefined ? undefined : PAID[funding];
  return paid === undefined ? [] : [['Paid', paid]];
}

/** What the act does to the client's credits; plans that were carried out before there were any say nothing of them. */
function creditFacts({
  credits,
}: Partial<Pick<SeriesPlanContent, 'credits'>>): (readonly [string, string])[] {
  return credits === null || credits === undefined ? [] : [['Credits', credits.text]];
}

/** What becomes of a session that keeps its start: length, price, platform, what it is. */
function changesOf(
  { locale }: Recipient,
  { before, after, terms, newTerms, isPaidAnew, paidBy }: PlannedOccurrence,
  { money }: SeriesPlanContent,
): string {
  const changes: string[] = [];
  const say = (was: string, is: string): void =>
    void (was === is ? null : changes.push(`${is}, it was ${was}`));
  if (before !== null && after !== null)
    say(`${before.durationMinutes} minutes`, `${after.durationMinutes} minutes`);
  if (terms !== null && newTerms !== null) {
    const price = (amount: number): string => formatMoney({ amount, currency: money.currency }, locale);
    say(terms.offeringName, newTerms.offeringName);
    say(price(terms.priceMinor), price(newTerms.priceMinor));
    say(platformName(terms.platform), platformName(newTerms.platform));
    if (terms.policyId !== newTerms.policyId) changes.push('other terms of cancelling');
  }
  if (isPaidAnew && paidBy !== null) changes.push(PAID_BY[paidBy.by]);
  return changes.length === 0 ? 'as your coach arranged it' : changes.join('; ');
}

const PAID_BY: Record<OccurrencePayment['by'], string> = {
  credit: 'paid by a credit',
  saved_card: 'charged to the saved card before it starts',
  unpaid: 'unpaid',
};

function platformName(platform: OccurrenceTerms['platform']): string {
  return platform === null ? 'the usual platform' : PLATFORM_NAMES[platform];
}

function termsBlocks(confirmUrl: string | null): Block[] {
  if (confirmUrl === null) return [];
  return [
    {
      text: 'Your coach made this series for you. Please read its terms and accept them, once for all its sessions.',
    },
    { link: { label: 'Read and accept the terms', url: confirmUrl } },
    { text: 'The link is yours alone and works as long as the series goes on.' },
  ];
}

/** Starts of a series that came within reach and could not be placed: for the coach to place, or left out. */
export interface NotPlaced {
  unplaced: readonly Date[];
  leftOut: readonly Date[];
}

const NOT_PLACED: Record<Side, Record<keyof NotPlaced, string>> = {
  coach: {
    unplaced: 'These sessions of a series could not be placed: their time is taken. Place or skip them.',
    leftOut: 'These are left out, as the series is to do where a time is taken. You may still place them.',
  },
  client: {
    unplaced: 'These sessions of your series have no time yet: your coach cannot come at the usual one.',
    leftOut: 'These sessions of your series do not take place: your coach cannot come then.',
  },
};

/** To both sides: what the series would give next and does not, with the calendar's update. */
export function seriesUnplaced(
  recipient: Recipient,
  side: Side,
  series: SeriesFacts,
  { unplaced, leftOut }: NotPlaced,
): MailText {
  const starts = (text: string, label: string, all: readonly Date[]): Block[] =>
    all.length === 0
      ? []
      : [{ text }, ...listed(all.map((startsAt) => [label, timeFor(recipient, startsAt)] as const))];
  return {
    subject: `Not placed: ${series.offeringName} with ${side === 'coach' ? series.clientName : series.coachName}`,
    blocks: [
      ...starts(NOT_PLACED[side].unplaced, 'Not placed', unplaced),
      ...starts(NOT_PLACED[side].leftOut, 'Left out', leftOut),
      { facts: [['When', series.rule]] },
      { text: 'Your calendar is brought up to date by this mail.' },
    ],
  };
}

function upcomingBlocks(recipient: Recipient, { upcoming, joinUrl }: SeriesFacts): Block[] {
  if (upcoming.length === 0) return [{ text: 'No session of the series is to come.' }];
  return [
    { text: 'These sessions are to come:' },
    ...listed(upcoming.map((startsAt, index) => [`${index + 1}`, timeFor(recipient, startsAt)] as const)),
    { link: { label: 'Join the sessions', url: joinUrl } },
    {
      text: 'This one link is for all of them: it leads to the session that is on, from 15 minutes before its start.',
    },
  ];
}

function listed(lines: readonly (readonly [string, string])[]): Block[] {
  if (lines.length === 0) return [];
  const more = lines.length - MOST_LISTED;
  return [{ facts: lines.slice(0, MOST_LISTED) }, ...(more > 0 ? [{ text: `And ${more} more.` }] : [])];
}
