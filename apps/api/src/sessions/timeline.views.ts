import type { Principal } from '@app/accounts';
import { formatLocal, wallTimeOf } from '@app/common';
import type { SessionStatus, TimelineRow } from '@app/sessions';
import { STATUS_LABELS } from './session.views';
import type { MovedView, TimelineEntryView, TimelineTimeView } from './timeline.dto';

type Reader = Pick<Principal, 'timezone' | 'locale'>;

/** One entry of a session's history, its times on the reader's clock. */
export function timelineView(row: TimelineRow, reader: Reader): TimelineEntryView {
  return {
    seq: row.seq,
    at: row.at.toISOString(),
    kind: row.kind,
    actor: row.actorKind,
    from: row.fromStatus,
    to: row.toStatus,
    outcome: row.outcome,
    reason: row.reason,
    moved: movedView(row, reader),
    text: sentenceOf(row, reader),
  };
}

/** The times of a move; null for every other entry. */
function movedView(row: TimelineRow, reader: Reader): MovedView | null {
  const [from, to] = [instantOf(row, 'from'), instantOf(row, 'to')];
  if (row.kind !== 'moved' || from === null || to === null) return null;
  return { from: timeView(from, reader), to: timeView(to, reader), timezone: reader.timezone };
}

function timeView(instant: Date, { timezone }: Reader): TimelineTimeView {
  return { startsAt: instant.toISOString(), localStart: wallTimeOf(instant, timezone) };
}

function sentenceOf(row: TimelineRow, reader: Reader): string {
  const by =
    { worker: 'the system', stripe: 'the payment', zoom: 'Zoom' }[row.actorKind] ?? `the ${row.actorKind}`;
  if (row.kind === 'moved') return moveSentence(row, by, reader);
  if (row.kind === 'edited') return editSentence(row, by);
  if (row.kind === 'proposal_accepted') return choiceSentence(row, by, reader);
  if (row.kind === 'terms_accepted') return `Terms accepted by ${by}.`;
  if (row.toStatus === null) return row.reason ?? row.kind.replaceAll('_', ' ');
  const label = STATUS_LABELS[row.toStatus as SessionStatus].toLowerCase();
  if (row.fromStatus === null) return `Booked by ${by}: ${label}.`;
  const why = row.outcome === null ? '' : ` (${row.outcome.replaceAll('_', ' ')})`;
  return `${STATUS_LABELS[row.fromStatus as SessionStatus]} became ${label}${why} by ${by}.${row.reason === null ? '' : ` ${row.reason}`}`;
}

function moveSentence(row: TimelineRow, by: string, reader: Reader): string {
  const [from, to] = [instantOf(row, 'from'), instantOf(row, 'to')];
  // Moves of before the old time was written down, and changes of length alone.
  if (from === null || to === null) return `Moved by ${by}.`;
  if (from.getTime() === to.getTime()) return `Changed with its series by ${by}, at the same time.`;
  return `Moved by ${by} from ${shown(from, reader)} to ${shown(to, reader)}.`;
}

const EDITED = new Map([
  ['offeringName', 'offering'],
  ['durationMinutes', 'duration'],
  ['priceMinor', 'price'],
  ['platform', 'platform'],
]);

/** The start stayed; what changed is named. */
function editSentence({ details }: TimelineRow, by: string): string {
  const changed = Object.keys((details['changes'] as Record<string, unknown> | undefined) ?? {});
  const names = changed.flatMap((name) => EDITED.get(name) ?? []);
  return `Changed by ${by}${names.length === 0 ? '' : `: ${names.join(', ')}`}.`;
}

function choiceSentence(row: TimelineRow, by: string, reader: Reader): string {
  const chosen = instantOf(row, 'chosenStartsAt');
  const what = chosen === null ? 'One of the times' : shown(chosen, reader);
  return row.details['nextSessionId'] === undefined
    ? `${what} was chosen by ${by}.`
    : `${what} was chosen by ${by}, and another session booked.`;
}

function shown(instant: Date, { timezone, locale }: Reader): string {
  return `${formatLocal(instant, timezone, locale)} (${timezone})`;
}

function instantOf({ details }: TimelineRow, name: string): Date | null {
  const value = details[name];
  return typeof value === 'string' ? new Date(value) : null;
}
