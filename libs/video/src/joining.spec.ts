import { instantOf, parseInstant } from '@app/common';
import type { SessionStatus } from '@app/sessions';
import { joinDecision, occurrenceToJoin, type JoinDecision } from './joining';

const STARTS = parseInstant('2026-06-30T09:00:00Z');
const ENDS = parseInstant('2026-06-30T10:00:00Z');

function decide(now: string, status: SessionStatus = 'scheduled', graceMinutes = 0): JoinDecision {
  return joinDecision({ status, outcome: null, startsAt: STARTS, endsAt: ENDS }, graceMinutes, new Date(now));
}

describe('A6 joining opens 15 minutes before the start', () => {
  it.each([
    ['2026-06-29T09:00:00.000Z', 'early'],
    ['2026-06-30T08:44:59.999Z', 'early'],
    ['2026-06-30T08:45:00.000Z', 'open'],
    ['2026-06-30T09:00:00.000Z', 'open'],
    ['2026-06-30T10:00:00.000Z', 'open'],
  ])('at %s: %s', (now, kind) => expect(decide(now).kind).toBe(kind));

  it('says from when it works', () => {
    expect(decide('2026-06-30T08:44:59.999Z')).toEqual({
      kind: 'early',
      availableAt: parseInstant('2026-06-30T08:45:00Z'),
    });
  });
});

describe('A7 joining closes after the end plus grace', () => {
  it.each([
    [0, '2026-06-30T10:00:00.001Z', 'closed'],
    [30, '2026-06-30T10:00:00.001Z', 'open'],
    [30, '2026-06-30T10:30:00.000Z', 'open'],
    [30, '2026-06-30T10:30:00.001Z', 'closed'],
  ])('%d minutes of grace, at %s: %s', (grace, now, kind) =>
    expect(decide(now, 'scheduled', grace).kind).toBe(kind),
  );
});

describe('joining by status', () => {
  it.each<[SessionStatus, string, JoinDecision['kind']]>([
    ['held', '2026-06-30T08:50:00.000Z', 'gone'],
    ['cancelled', '2026-06-30T08:50:00.000Z', 'gone'],
    ['no_show', '2026-06-30T09:30:00.000Z', 'open'],
    ['no_show', '2026-06-30T10:00:00.001Z', 'closed'],
    ['completed', '2026-06-30T11:00:00.000Z', 'closed'],
  ])('%s at %s: %s', (status, now, kind) => expect(decide(now, status).kind).toBe(kind));

  it('gives a marked no-show no grace', () => {
    expect(decide('2026-06-30T10:10:00Z', 'no_show', 30).kind).toBe('closed');
  });
});

describe('A6, A7 the window is elapsed time, also when the clocks change inside it', () => {
  const cases: [string, string, string, string, string][] = [
    // zone, wall start, last instant too early, opens, last instant
    // Spring forward in Berlin: 02:00 becomes 03:00, so 03:05 begins 5 minutes after 01:59:59.
    [
      'Europe/Berlin',
      '2026-03-29T03:05:00',
      '2026-03-29T00:49:59.999Z',
      '2026-03-29T00:50:00.000Z',
      '2026-03-29T02:05:00.000Z',
    ],
    // Autumn: 02:05 happens twice, the earlier counts; the window begins at 01:50.
    [
      'Europe/Berlin',
      '2026-10-25T02:05:00',
      '2026-10-24T23:49:59.999Z',
      '2026-10-24T23:50:00.000Z',
      '2026-10-25T01:05:00.000Z',
    ],
    // After the second 02:59 comes 03:00: at its start the hour between has been lived twice.
    [
      'Europe/Berlin',
      '2026-10-25T03:05:00',
      '2026-10-25T01:49:59.999Z',
      '2026-10-25T01:50:00.000Z',
      '2026-10-25T03:05:00.000Z',
    ],
    [
      'America/New_York',
      '2026-03-08T03:10:00',
      '2026-03-08T06:54:59.999Z',
      '2026-03-08T06:55:00.000Z',
      '2026-03-08T08:10:00.000Z',
    ],
    // Half an hour at Lord Howe.
    [
      'Australia/Lord_Howe',
      '2026-10-04T02:35:00',
      '2026-10-03T15:19:59.999Z',
      '2026-10-03T15:20:00.000Z',
      '2026-10-03T16:35:00.000Z',
    ],
  ];
  it.each(cases)('%s %s', (zone, wallStart, early, opens, last) => {
    const startsAt = instantOf(wallStart, zone).instant;
    const session = {
      status: 'scheduled' as const,
      outcome: null,
      startsAt,
      endsAt: new Date(startsAt.getTime() + 3_600_000),
    };
    const at = (now: string): string => joinDecision(session, 0, new Date(now)).kind;
    expect([at(early), at(opens), at(last)]).toEqual(['early', 'open', 'open']);
    expect(joinDecision(session, 0, new Date(new Date(last).getTime() + 1)).kind).toBe('closed');
  });
});

describe('the occurrence of a series that its one link leads to', () => {
  const GRACE_MINUTES = 30;
  const occurrence = (
    startsAt: string,
    status: SessionStatus = 'scheduled',
  ): { startsAt: Date; endsAt: Date; status: SessionStatus; outcome: null } => {
    const start = new Date(`2026-06-30T${startsAt}:00Z`);
    return { status, outcome: null, startsAt: start, endsAt: new Date(start.getTime() + 3_600_000) };
  };
  const DAY = ['13:00', '09:00', '10:10'].map((start) => occurrence(start));

  it.each([
    ['08:00', '09:00', 'the next one, long before'],
    ['08:45', '09:00', 'the one that opens now'],
    ['10:00', '09:00', 'the one that ends now, though the next is open'],
    ['10:01', '10:10', 'the next one, though the last is still within its grace'],
    ['11:15', '10:10', 'the last one, within its grace'],
    ['11:45', '13:00', 'the next one, when none is open'],
    ['14:30', '13:00', 'the last one, within its grace'],
    ['18:00', '13:00', 'the last one, when all are over'],
  ])('at %s: that of %s, %s', (now, start) => {
    expect(occurrenceToJoin(DAY, GRACE_MINUTES, new Date(`2026-06-30T${now}:00Z`))).toBe(
      DAY.find(({ startsAt }) => startsAt.toISOString().includes(start)),
    );
  });

  it('is none that was cancelled or awaits payment', () => {
    const now = new Date('2026-06-30T09:10:00Z');
    const off = [occurrence('09:00', 'cancelled'), occurrence('09:00', 'held')];
    expect(occurrenceToJoin(off, GRACE_MINUTES, now)).toBeUndefined();
    const next = occurrence('12:00');
    expect(occurrenceToJoin([...off, next], GRACE_MINUTES, now)).toBe(next);
  });
});
