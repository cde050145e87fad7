import type { SeriesPlanContent } from '@app/sessions';
import type { Block, MailText, Recipient } from './mail';
import { timeFor, type Side } from './session-facts';

/** What digests say of a series, as it is when they are written. */
export interface SeriesFacts {
  offeringName: string;
  coachName: string;
  clientName: string;
  /** The rule in words, with its zone. */
  rule: string;
  /** Sessions to come, the next first. */
  upcoming: Date[];
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
): MailText {
  const changed = plan.occurrences.flatMap(({ before, after, action }): (readonly [string, string])[] => {
    const was = before === null ? null : timeFor(recipient, new Date(before.startsAt));
    const is = after === null ? null : timeFor(recipient, new Date(after.startsAt));
    if (action === 'move' && was !== null && is !== null)
      return [was === is ? ['Changed', is] : ['New time', `${is}, it was ${was}`]];
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
        ],
      },
      ...listed(changed),
      ...listed(notes.map(({ text }) => ['Note', text] as const)),
      ...upcomingBlocks(recipient, series.upcoming),
    ],
  };
}

/** To the coach: occurrences that came within reach and could not be placed. */
export function seriesUnplaced(
  recipient: Recipient,
  series: SeriesFacts,
  unplaced: readonly Date[],
): MailText {
  return {
    subject: `Not placed: ${series.offeringName} with ${series.clientName}`,
    blocks: [
      { text: 'These sessions of a series could not be placed: their time is taken. Place or skip them.' },
      ...listed(unplaced.map((startsAt) => ['Not placed', timeFor(recipient, startsAt)] as const)),
      { facts: [['When', series.rule]] },
    ],
  };
}

function upcomingBlocks(recipient: Recipient, upcoming: readonly Date[]): Block[] {
  if (upcoming.length === 0) return [{ text: 'No session of the series is to come.' }];
  return [
    { text: 'These sessions are to come:' },
    ...listed(upcoming.map((startsAt, index) => [`${index + 1}`, timeFor(recipient, startsAt)] as const)),
  ];
}

function listed(lines: readonly (readonly [string, string])[]): Block[] {
  if (lines.length === 0) return [];
  const more = lines.length - MOST_LISTED;
  return [{ facts: lines.slice(0, MOST_LISTED) }, ...(more > 0 ? [{ text: `And ${more} more.` }] : [])];
}
