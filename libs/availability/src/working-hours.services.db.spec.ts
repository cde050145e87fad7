import { Conflict, DomainError, InvalidTime, NotFound, PreconditionFailed } from '@app/common';
import { Availability } from './availability.service';
import {
  buildPractice,
  buildSession,
  startAvailability,
  type AvailabilityUnderTest,
  type Practice,
} from './availability.test-module';
import { DateOverrides } from './date-overrides.service';
import type { WeeklyInterval } from './domain/working-hours';
import { TimeOff, type TimeOffRecord } from './time-off.service';
import { WeeklyHours } from './weekly-hours.service';

let app: AvailabilityUnderTest;
let weeklyHours: WeeklyHours;
let overrides: DateOverrides;
let timeOff: TimeOff;
let practice: Practice;
let coachId: string;
let coach: { kind: 'coach'; accountId: string };

beforeAll(async () => {
  app = await startAvailability();
  weeklyHours = app.module.get(WeeklyHours);
  overrides = app.module.get(DateOverrides);
  timeOff = app.module.get(TimeOff);
});
afterAll(() => app.close());
beforeEach(async () => {
  practice = await buildPractice(app.database);
  ({ coachId } = practice);
  coach = { kind: 'coach', accountId: coachId };
});

const morning = { weekday: 1, startsMinute: 540, endsMinute: 720 };

async function pointersOf(attempt: Promise<unknown>): Promise<string[]> {
  const error: unknown = await attempt.then(
    () => undefined,
    (failure: unknown) => failure,
  );
  if (!(error instanceof DomainError) || error.kind !== 'rule_violation')
    throw new Error(`expected a 422, got ${String(error)}`);
  return error.errors.map(({ pointer }) => pointer);
}

describe('WeeklyHours', () => {
  it('replaces the whole week, by version, audited', async () => {
    const before = await weeklyHours.get(coachId);
    expect(before).toMatchObject({ timezone: 'Europe/Berlin', version: 1 });
    expect(before.intervals).toHaveLength(5);
    const week: WeeklyInterval[] = [
      { weekday: 7, startsMinute: 0, endsMinute: 1440 },
      { weekday: 1, startsMinute: 720, endsMinute: 780 },
      morning,
    ];
    const after = await weeklyHours.replace(coachId, week, coach, 1);
    expect(after).toEqual({ timezone: 'Europe/Berlin', version: 2, intervals: [morning, week[1], week[0]] });
    await expect(weeklyHours.replace(coachId, [], coach, 1)).rejects.toThrow(PreconditionFailed);
    await expect(weeklyHours.replace(coachId, [], coach)).resolves.toMatchObject({
      intervals: [],
      version: 3,
    });
    expect(await app.acts('weekly_hours', coachId)).toMatchObject([
      {
        action: 'weekly_hours.replace',
        version: 2,
        before: { intervals: before.intervals },
        after: { intervals: after.intervals },
      },
      { version: 3, after: { intervals: [] } },
    ]);
  });

  it('refuses intervals that overlap or end before they begin, and says which', async () => {
    const overlap = { weekday: 1, startsMinute: 700, endsMinute: 800 };
    await expect(pointersOf(weeklyHours.replace(coachId, [morning, overlap], coach))).resolves.toEqual([
      '/intervals/1/startTime',
    ]);
    const backwards = { weekday: 2, startsMinute: 700, endsMinute: 600 };
    await expect(pointersOf(weeklyHours.replace(coachId, [backwards], coach))).resolves.toEqual([
      '/intervals/0/endTime',
    ]);
    await expect(weeklyHours.get(coachId)).resolves.toMatchObject({ version: 1 });
  });

  it('keeps one of several weeks that are put at once, never a mixture', async () => {
    const weeks = [1, 2, 3, 4, 5, 6].map((weekday) => [
      { weekday, startsMinute: 540, endsMinute: 600 },
      { weekday, startsMinute: 660, endsMinute: 720 },
    ]);
    await Promise.all(weeks.map((week) => weeklyHours.replace(coachId, week, coach)));
    const { intervals, version } = await weeklyHours.get(coachId);
    expect(version).toBe(7);
    expect(weeks).toContainEqual(intervals);
  });
});

describe('DateOverrides', () => {
  const day = [{ startsMinute: 600, endsMinute: 660 }];

  it('A177 are one per date, in order of date, and gone when removed', async () => {
    const closed = await overrides.create(coachId, { localDate: '2027-12-24', intervals: [] }, coach);
    const early = await overrides.create(
      coachId,
      { localDate: '2027-06-05', intervals: [{ startsMinute: 700, endsMinute: 720 }, ...day] },
      coach,
    );
    expect(early.intervals).toEqual([...day, { startsMinute: 700, endsMinute: 720 }]);
    await expect(overrides.list(coachId, { limit: 10 })).resolves.toEqual([early, closed]);
    await expect(overrides.list(coachId, { limit: 10, fromDate: '2027-06-06' })).resolves.toEqual([closed]);
    await expect(overrides.list(coachId, { limit: 10, after: '2027-06-05' })).resolves.toEqual([closed]);

    await expect(
      overrides.create(coachId, { localDate: '2027-12-24', intervals: day }, coach),
    ).rejects.toThrow(Conflict);
    await overrides.remove(coachId, closed.id, coach);
    await expect(overrides.remove(coachId, closed.id, coach)).rejects.toThrow(NotFound);
    await expect(overrides.list(coachId, { limit: 10 })).resolves.toEqual([early]);
    expect(await app.acts('date_override', closed.id)).toMatchObject([
      { action: 'date_override.create', after: { localDate: '2027-12-24', intervals: [] } },
      { action: 'date_override.delete', before: { localDate: '2027-12-24', intervals: [] } },
    ]);
  });

  it('refuse overlapping intervals and dates on no calendar', async () => {
    const twice = [...day, { startsMinute: 630, endsMinute: 700 }];
    await expect(
      pointersOf(overrides.create(coachId, { localDate: '2027-06-05', intervals: twice }, coach)),
    ).resolves.toEqual(['/intervals/1/startTime']);
    await expect(
      overrides.create(coachId, { localDate: '2027-02-29', intervals: day }, coach),
    ).rejects.toThrow(InvalidTime);
  });

  it('are one when made at once, and belong to their coach', async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 5 }, () =>
        overrides.create(coachId, { localDate: '2027-06-05', intervals: day }, coach),
      ),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(Conflict);
    const [{ id } = { id: '' }] = await overrides.list(coachId, { limit: 1 });
    const other = await buildPractice(app.database);
    await expect(overrides.remove(other.coachId, id, coach)).rejects.toThrow(NotFound);
    await expect(overrides.list(other.coachId, { limit: 10 })).resolves.toEqual([]);
  });
});

describe('TimeOff', () => {
  const from = new Date('2027-06-02T08:00Z');
  const to = new Date('2027-06-02T10:00Z');

  it('A160 takes slots away until it is removed, and names the sessions that lie in it', async () => {
    const availability = app.module.get(Availability);
    const slots = async (): Promise<number> =>
      (
        await availability.slots({
          coachId,
          durationMinutes: 60,
          beforeMinutes: 0,
          afterMinutes: 0,
          from,
          to,
          timezone: 'UTC',
        })
      ).slots.length;
    const shown = await slots();
    expect(shown).toBeGreaterThan(0);
    const times = {
      startsAt: new Date('2027-06-02T07:30Z'),
      durationMinutes: 60,
      beforeMinutes: 0,
      afterMinutes: 0,
    };
    const inside = await buildSession(app.database, practice, times);
    await buildSession(app.database, practice, { ...times, startsAt: new Date('2027-06-02T07:00Z') });
    const created = await timeOff.create(
      coachId,
      { kind: 'break', title: 'Long\nlunch', startsAt: from, endsAt: to },
      coach,
    );
    expect(created).toMatchObject({
      kind: 'break',
      title: 'Long lunch',
      startsAt: from,
      endsAt: to,
      sessionIds: [inside],
    });
    expect(await slots()).toBe(0);
    await timeOff.remove(coachId, created.id, coach);
    expect(await slots()).toBe(shown);
    expect((await app.acts('time_off', created.id)).map(({ action }) => action)).toEqual([
      'time_off.create',
      'time_off.delete',
    ]);
  });

  it('is listed by beginning, page by page', async () => {
    const made: TimeOffRecord[] = [];
    for (const kind of ['time_off', 'break', 'prep'] as const) {
      const { sessionIds, ...record } = await timeOff.create(
        coachId,
        { kind, startsAt: from, endsAt: to },
        coach,
      );
      expect(sessionIds).toEqual([]);
      made.push(record);
    }
    const [first, second, third] = made;
    await expect(timeOff.list(coachId, { limit: 1 })).resolves.toEqual([first, second]);
    const after = { startsAt: from, id: second?.id ?? '' };
    await expect(timeOff.list(coachId, { limit: 5, after })).resolves.toEqual([third]);
    await expect(timeOff.list(coachId, { limit: 5, from: to })).resolves.toEqual([]);
    const other = await buildPractice(app.database);
    await expect(timeOff.list(other.coachId, { limit: 5 })).resolves.toEqual([]);
    await expect(timeOff.remove(other.coachId, first?.id ?? '', coach)).rejects.toThrow(NotFound);
  });

  it('refuses to end before it begins', async () => {
    await expect(
      pointersOf(timeOff.create(coachId, { kind: 'time_off', startsAt: to, endsAt: to }, coach)),
    ).resolves.toEqual(['/endsAt']);
  });
});
