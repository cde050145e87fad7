import ical, {
  ICalAttendeeRole,
  ICalAttendeeStatus,
  ICalAttendeeType,
  ICalCalendarMethod,
  ICalEventStatus,
  type ICalCalendar,
  type ICalEventData,
} from 'ical-generator';
import { singleLine } from '@app/common';
import { address, link, PRODUCT, uid } from './calendar-parts';
import type { Invitation, InvitationMethod } from './invitation';
import { calendarSet, type CalendarSet, type SeriesTimes, type TimeSpan } from './series-set';
import { digits, vtimezone } from './vtimezone';
import { firstTimes } from './wall-clock-times';

/** A series as one recipient's calendar shall know it; `sequence` and `uid` are the series' own, for its whole life. */
export type SeriesInvitation = Omit<Invitation, 'startsAt' | 'endsAt' | 'joinUrl'> &
  SeriesTimes & {
    /** A link that leads to whichever occurrence is on; left out while there is none. */
    joinUrl?: string;
  };

/** Changes of clocks are written from a little before the first occurrence, for programs that look around it. */
const MARGIN_MS = 366 * 86_400_000;

/**
 * An iTIP message (RFC 5546) for one recipient about a whole series: one master event with the rule, and one event with
 * RECURRENCE-ID for each occurrence that takes place at another time than the rule's, or whose wall time the clocks skip
 * (domain.md 15) or show twice, which programs read differently. Occurrences that were skipped, paused or cancelled are EXDATEs, added ones RDATEs. A rule that is counted
 * is written with its last start instead: programs disagree whether a start that the clocks skip counts. CANCEL takes the
 * whole series out.
 *
 * @throws RangeError for a UID, address or link that could break out of its line, and for a REQUEST in which nothing is left
 */
export function seriesInvitation(told: SeriesInvitation): string {
  const series = { ...told, start: { ...told.start, timezone: zoneName(told.start.timezone) } };
  const calendar = ical({ prodId: PRODUCT, method: ICalCalendarMethod[series.method] });
  const set = calendarSet(series);
  if (set.isEmpty && series.method === 'REQUEST')
    throw new RangeError('nothing of the series is left to be told of');
  const { timezone } = series.start;
  addEvent(calendar, series, {
    ...firstTimes(series.start, series.durationMinutes),
    timezone,
    repeating: masterLines(series, set).join('\r\n'),
  });
  if (series.method === 'REQUEST') {
    for (const { original, time } of set.changed) {
      addEvent(calendar, series, { start: time.startsAt, end: time.endsAt, recurrenceId: original });
    }
  }
  const text = withRecurrenceIds(calendar.toString().trimEnd(), set, timezone);
  const zone = vtimezone(timezone, new Date(set.first.getTime() - MARGIN_MS), zoneEnd(set));
  return `${text.replace('BEGIN:VEVENT', () => `${zone}BEGIN:VEVENT`)}\r\n`;
}

/** What a calendar is to be told of a series: to take it out when none of its occurrences takes place, or took place. */
export function seriesMethod(series: SeriesTimes): InvitationMethod {
  return calendarSet(series).isEmpty ? 'CANCEL' : 'REQUEST';
}

/** The calendar library takes "UTC" for no zone at all, and then wants instants; its other name is a zone like any other. */
function zoneName(timezone: string): string {
  return timezone === 'UTC' ? 'Etc/UTC' : timezone;
}

/** RRULE, with what is left out and what is added; a start that the library could not write ends in DURATION. */
function masterLines(series: SeriesInvitation, set: CalendarSet): string[] {
  const { timezone } = series.start;
  const wallTimes = (instants: readonly Date[]): string =>
    instants.map((instant) => digits(set.wallTimeOf(instant))).join(',');
  const { end } = firstTimes(series.start, series.durationMinutes);
  return [
    `RRULE:${set.ruleText}`,
    ...(end === undefined ? [`DURATION:PT${series.durationMinutes}M`] : []),
    ...(set.leftOut.length > 0 ? [`EXDATE;TZID=${timezone}:${wallTimes(set.leftOut)}`] : []),
    ...(set.added.length > 0 ? [`RDATE;TZID=${timezone}:${wallTimes(set.added)}`] : []),
  ];
}

function addEvent(
  calendar: ICalCalendar,
  series: SeriesInvitation,
  times: Pick<ICalEventData, 'start' | 'end' | 'timezone' | 'repeating' | 'recurrenceId'>,
): void {
  const joinUrl = series.joinUrl === undefined ? undefined : link(series.joinUrl);
  const joinLines = joinUrl === undefined ? [] : [`Join: ${joinUrl}`];
  calendar.createEvent({
    ...times,
    id: uid(series.uid),
    sequence: series.sequence,
    stamp: series.changedAt,
    summary: singleLine(series.summary),
    description: [...joinLines, ...(series.details ?? [])].map(singleLine).join('\n'),
    ...(joinUrl === undefined ? {} : { location: joinUrl, url: joinUrl }),
    status: series.method === 'CANCEL' ? ICalEventStatus.CANCELLED : ICalEventStatus.CONFIRMED,
    organizer: { name: singleLine(series.organizer.name), email: address(series.organizer.email) },
    attendees: [
      {
        name: singleLine(series.recipient.name),
        email: address(series.recipient.email),
        role: ICalAttendeeRole.REQ,
        type: ICalAttendeeType.INDIVIDUAL,
        status: ICalAttendeeStatus.NEEDSACTION,
        rsvp: true,
      },
    ],
  });
}

/**
 * RECURRENCE-ID in the zone of DTSTART, as RFC 5545 3.8.4.4 wants it, also where the clocks skip that time. The times of
 * such an event stay in UTC, which can say the second of two equal wall times.
 */
function withRecurrenceIds(text: string, set: CalendarSet, timezone: string): string {
  return text.replaceAll(
    /^RECURRENCE-ID:(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/gm,
    (_, ...parts: string[]) => {
      const [year, month, day, hour, minute, second] = parts;
      const original = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
      return `RECURRENCE-ID;TZID=${timezone}:${digits(set.wallTimeOf(original))}`;
    },
  );
}

function zoneEnd(set: CalendarSet): Date {
  const ends = set.changed.map(({ time }: { time: TimeSpan }) => time.endsAt.getTime());
  return new Date(Math.max(set.last.getTime(), ...ends) + MARGIN_MS);
}
