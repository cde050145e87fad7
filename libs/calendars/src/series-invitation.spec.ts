import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ICAL from 'ical.js';
import { instantOf } from '@app/common';
import { parseRule, splitRule } from '@app/recurrence';
import { seriesInvitation, seriesMethod, type SeriesInvitation } from './series-invitation';

const MINUTE_MS = 60_000;
const BERLIN = 'Europe/Berlin';
const organizer = { name: 'Ana Sørensen', email: 'practice@practice.example' };

/** Six Sundays at 02:30, 60 minutes: the clocks skip the third one, 29 March. */
const created: SeriesInvitation = {
  method: 'REQUEST',
  uid: 'ser_1@practice.example',
  sequence: 0,
  changedAt: new Date('2026-03-01T12:00:00Z'),
  rule: parseRule('FREQ=WEEKLY;COUNT=6;BYDAY=SU'),
  start: { localStart: '2026-03-15T02:30:00', timezone: BERLIN },
  durationMinutes: 60,
  members: [],
  summary: 'Career coaching with Ana Sørensen',
  joinUrl: 'https://practice.example/j/0a1b2c3d4e5f60718293a4b5c6d7e8f9',
  organizer,
  recipient: { name: 'Ben Okafor', email: 'ben@example.com' },
};
/** Its starts as the rule gives them, in UTC: 01:30 in winter and where 02:30 became 03:30, 00:30 in summer. */
const STARTS = [
  '2026-03-15T01:30:00.000Z',
  '2026-03-22T01:30:00.000Z',
  '2026-03-29T01:30:00.000Z',
  '2026-04-05T00:30:00.000Z',
  '2026-04-12T00:30:00.000Z',
  '2026-04-19T00:30:00.000Z',
];
const at = (index: number): Date => new Date(STARTS[index] ?? '');
const span = (startsAt: string, minutes = 60): { startsAt: Date; endsAt: Date } => ({
  startsAt: new Date(startsAt),
  endsAt: new Date(new Date(startsAt).getTime() + minutes * MINUTE_MS),
});

const movedOne: SeriesInvitation = {
  ...created,
  sequence: 1,
  changedAt: new Date('2026-03-02T12:00:00Z'),
  members: [{ originalStartsAt: at(1), time: span('2026-03-23T09:00:00Z', 90) }],
};
const skipped: SeriesInvitation = {
  ...movedOne,
  sequence: 2,
  changedAt: new Date('2026-03-03T12:00:00Z'),
  members: [...movedOne.members, { originalStartsAt: at(3), time: null }],
};
const halves = splitRule(skipped.rule, skipped.start, '2026-04-12T02:30:00');
if (halves.head === undefined || halves.tail === undefined) throw new Error('the series is not cut in two');
const splitOld: SeriesInvitation = {
  ...skipped,
  ...halves.head,
  sequence: 3,
  changedAt: new Date('2026-03-04T12:00:00Z'),
};
const splitNew: SeriesInvitation = {
  ...created,
  uid: 'ser_2@practice.example',
  rule: parseRule('FREQ=WEEKLY;COUNT=2;BYDAY=MO'),
  start: { localStart: '2026-04-13T18:00:00', timezone: BERLIN },
  changedAt: new Date('2026-03-04T12:00:00Z'),
};
const ended: SeriesInvitation = {
  ...splitOld,
  sequence: 4,
  changedAt: new Date('2026-03-24T12:00:00Z'),
  endsBefore: at(3),
};
const cancelled: SeriesInvitation = {
  ...splitNew,
  method: 'CANCEL',
  sequence: 1,
  changedAt: new Date('2026-03-25T12:00:00Z'),
  members: ['2026-04-13T16:00:00Z', '2026-04-20T16:00:00Z'].map((start) => ({
    originalStartsAt: new Date(start),
    time: null,
  })),
};
const MOVED = '2026-03-23T09:00:00.000Z';
const STORY: [name: string, series: SeriesInvitation, starts: string[]][] = [
  ['series-created', created, STARTS],
  ['series-one-moved', movedOne, STARTS.with(1, MOVED)],
  ['series-one-skipped', skipped, STARTS.with(1, MOVED).toSpliced(3, 1)],
  ['series-split-old', splitOld, [STARTS[0] ?? '', MOVED, STARTS[2] ?? '']],
  ['series-split-new', splitNew, ['2026-04-13T16:00:00.000Z', '2026-04-20T16:00:00.000Z']],
  ['series-ended', ended, [STARTS[0] ?? '', MOVED, STARTS[2] ?? '']],
];

/** What a calendar program shows: every occurrence of the object that it was sent, until an instant. */
function shown(text: string, until = '2030-01-01T00:00:00Z'): { start: string; minutes: number }[] {
  const calendar = ICAL.Component.fromString(text);
  for (const zone of calendar.getAllSubcomponents('vtimezone')) ICAL.TimezoneService.register(zone);
  const [master, ...exceptions] = calendar.getAllSubcomponents('vevent');
  if (master === undefined) throw new Error('no VEVENT');
  const event = new ICAL.Event(master, { exceptions });
  const iterator = event.iterator();
  const found: { start: string; minutes: number }[] = [];
  for (let next = iterator.next(); next && next.toJSDate() < new Date(until); next = iterator.next()) {
    const { startDate, endDate } = event.getOccurrenceDetails(next);
    const start = instantIn(startDate);
    found.push({
      start: start.toISOString(),
      minutes: (instantIn(endDate).getTime() - start.getTime()) / MINUTE_MS,
    });
  }
  ICAL.TimezoneService.reset();
  return found;
}

/** The instant of a time by the VTIMEZONE that was sent with it. */
function instantIn(time: ICAL.Time): Date {
  return new Date(time.toUnixTime() * 1_000);
}

function parse(text: string): { calendar: ICAL.Component; master: ICAL.Component; others: ICAL.Component[] } {
  const calendar = ICAL.Component.fromString(text);
  const [master, ...others] = calendar.getAllSubcomponents('vevent');
  if (master === undefined) throw new Error('no VEVENT');
  return { calendar, master, others };
}

const goldenPath = (name: string): string => join(__dirname, 'golden', `${name}.ics`);

describe('seriesInvitation', () => {
  it.each([...STORY, ['series-cancelled', cancelled, []] as (typeof STORY)[number]])(
    'A81 %s is written exactly as the golden file',
    (name, series) => {
      expect(seriesInvitation(series)).toBe(readFileSync(goldenPath(name), 'utf8'));
    },
  );

  it.each(STORY)('A81 %s shows exactly the occurrences that take place', (_, series, starts) => {
    expect(
      shown(seriesInvitation(series))
        .map(({ start }) => start)
        .toSorted(),
    ).toEqual(starts);
    expect(seriesMethod(series)).toBe('REQUEST');
  });

  it('A81 an occurrence that was moved keeps its length, the others theirs', () => {
    expect(shown(seriesInvitation(movedOne)).map(({ minutes }) => minutes)).toEqual([60, 90, 60, 60, 60, 60]);
  });

  it('A81 one object for life: UID and ORGANIZER stay, SEQUENCE rises in every part, times have their zone', () => {
    const organizers = new Set<string>();
    for (const [, series] of STORY) {
      const { calendar, master, others } = parse(seriesInvitation(series));
      expect(calendar.getFirstPropertyValue('method')).toBe('REQUEST');
      expect(calendar.getAllSubcomponents('vtimezone')).toHaveLength(1);
      expect(master.getFirstProperty('dtstart')?.getParameter('tzid')).toBe(BERLIN);
      expect(master.getFirstProperty('recurrence-id')).toBeNull();
      for (const event of [master, ...others]) {
        expect(event.getFirstPropertyValue('uid')).toBe(series.uid);
        expect(event.getFirstPropertyValue('sequence')).toBe(series.sequence);
        expect(event.getAllProperties('attendee')).toHaveLength(1);
        organizers.add(String(event.getFirstPropertyValue('organizer')).toLowerCase());
      }
      for (const event of others)
        expect(event.getFirstProperty('recurrence-id')?.getParameter('tzid')).toBe(BERLIN);
    }
    expect([...organizers]).toEqual(['mailto:practice@practice.example']);
  });

  it('A81 the start that the clocks skip has an event of its own, under the wall time of the rule', () => {
    const { others } = parse(seriesInvitation(created));
    expect(others.map((event) => String(event.getFirstPropertyValue('recurrence-id')))).toEqual([
      '2026-03-29T02:30:00',
    ]);
    expect(String(others[0]?.getFirstPropertyValue('dtstart'))).toBe('2026-03-29T01:30:00Z');
  });

  it('A81 a split ends the old object with UNTIL, so that nothing is shown twice', () => {
    const rule = String(parse(seriesInvitation(splitOld)).master.getFirstPropertyValue('rrule'));
    expect(rule).toContain('UNTIL=2026');
    expect(rule).not.toContain('COUNT');
    const both = [splitOld, splitNew].flatMap((series) => shown(seriesInvitation(series)));
    expect(new Set(both.map(({ start }) => start)).size).toBe(5);
    expect(splitNew.uid).not.toBe(splitOld.uid);
  });

  it('A81 cancelled as a whole it is a CANCEL, with nothing but the master', () => {
    expect(seriesMethod(cancelled)).toBe('CANCEL');
    const { calendar, master, others } = parse(seriesInvitation(cancelled));
    expect(calendar.getFirstPropertyValue('method')).toBe('CANCEL');
    expect(master.getFirstPropertyValue('status')).toBe('CANCELLED');
    expect(others).toEqual([]);
    expect(() => seriesInvitation({ ...cancelled, method: 'REQUEST' })).toThrow(RangeError);
  });

  it('A109 a pause leaves its weeks out, also those that nobody has planned yet; one without end ends the rule', () => {
    const endless = { ...created, rule: parseRule('FREQ=WEEKLY;BYDAY=SU') };
    const pauses = [{ from: new Date('2026-03-20T00:00:00Z'), until: new Date('2026-04-19T00:00:00Z') }];
    expect(
      shown(seriesInvitation({ ...endless, pauses }), '2026-05-01T00:00:00Z').map(({ start }) => start),
    ).toEqual([STARTS[0], STARTS[5], '2026-04-26T00:30:00.000Z']);
    const open = shown(seriesInvitation({ ...endless, endsBefore: at(2) }));
    expect(open.map(({ start }) => start)).toEqual([STARTS[0], STARTS[1]]);
  });

  it('A81 an occurrence that was added is shown too, also when it was moved', () => {
    const added = { originalStartsAt: new Date('2026-03-18T10:00:00Z'), time: span('2026-03-18T10:00:00Z') };
    const addedAndMoved = {
      originalStartsAt: new Date('2026-03-19T10:00:00Z'),
      time: span('2026-03-20T10:00:00Z'),
    };
    const text = seriesInvitation({ ...created, members: [added, addedAndMoved] });
    expect(shown(text).map(({ start }) => start)).toEqual([
      STARTS[0],
      '2026-03-18T10:00:00.000Z',
      '2026-03-20T10:00:00.000Z',
      ...STARTS.slice(1),
    ]);
  });

  it.each([
    ['FREQ=WEEKLY;BYDAY=SU', '2026-10-04T02:30:00', BERLIN],
    ['FREQ=DAILY', '2026-03-01T02:30:00', 'America/New_York'],
    ['FREQ=MONTHLY;BYDAY=-1SU', '2026-01-25T01:30:00', 'Europe/London'],
    ['FREQ=WEEKLY;INTERVAL=2;BYDAY=SA,SU', '2026-03-07T02:15:00', 'Australia/Lord_Howe'],
    ['FREQ=MONTHLY;BYMONTHDAY=31', '2026-01-31T09:00:00', 'Asia/Kolkata'],
    ['FREQ=WEEKLY;BYDAY=SU', '2026-03-29T02:30:00', BERLIN],
    ['FREQ=DAILY', '2026-02-10T23:45:00', 'Africa/Cairo'],
    ['FREQ=WEEKLY;BYDAY=FR', '2026-04-17T00:15:00', 'Africa/Cairo'],
  ])(
    'A97 C9 %s from %s in %s: every wall time of three years is the instant that we book',
    (rule, localStart, timezone) => {
      const series = { ...created, rule: parseRule(rule), start: { localStart, timezone }, members: [] };
      const starts = shown(seriesInvitation(series), '2029-01-01T00:00:00Z');
      expect(starts.length).toBeGreaterThan(20);
      const time = localStart.slice(10);
      const expected = new Set<string>();
      for (
        let day = new Date(`${localStart.slice(0, 10)}T00:00:00Z`);
        day.getUTCFullYear() < 2029;
        day = new Date(day.getTime() + 86_400_000)
      )
        expected.add(instantOf(`${day.toISOString().slice(0, 10)}${time}`, timezone).instant.toISOString());
      for (const { start, minutes } of starts) {
        expect(expected).toContain(start);
        expect(minutes).toBe(60);
      }
    },
  );

  it('A81 a series whose wall time is UTC itself is written like any other', () => {
    const start = { localStart: '2026-03-15T02:30:00', timezone: 'UTC' };
    const members = [
      { originalStartsAt: new Date('2026-03-22T02:30:00Z'), time: span(MOVED) },
      { originalStartsAt: new Date('2026-03-29T02:30:00Z'), time: null },
    ];
    const text = seriesInvitation({ ...created, start, members });
    expect(text).not.toMatch(/TZID=UTC\b/);
    expect(shown(text).map((each) => each.start)).toEqual([
      '2026-03-15T02:30:00.000Z',
      MOVED,
      '2026-04-05T02:30:00.000Z',
      '2026-04-12T02:30:00.000Z',
      '2026-04-19T02:30:00.000Z',
    ]);
  });

  it('A81 a hostile name or title adds no line', () => {
    const evil = 'Ann\r\nRECURRENCE-ID:20260329T013000Z\r\nBEGIN:VEVENT\nMETHOD:CANCEL\u2028END:VCALENDAR';
    const text = seriesInvitation({
      ...created,
      summary: evil,
      organizer: { ...organizer, name: evil },
      details: [evil],
    });
    const names = (from: string): (string | undefined)[] =>
      from
        .replaceAll('\r\n ', '')
        .split('\r\n')
        .map((line) => /^[A-Z-]*/.exec(line)?.[0]);
    expect(names(text)).toEqual(names(seriesInvitation({ ...created, details: ['x'] })));
    for (const line of text.split('\r\n')) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75);
  });
});
