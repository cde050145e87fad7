import * as fc from 'fast-check';
import { DomainError } from '@app/common';
import { sql, together, violates } from '@app/database';
import { CLAIMS_NEVER_OVERLAP } from './availability.errors';
import type { BookingFacts } from './availability.questions';
import { Availability } from './availability.service';
import {
  bookTime,
  buildPractice,
  buildSession,
  BUSINESS_NOW,
  startAvailability,
  type AvailabilityUnderTest,
  type Practice,
} from './availability.test-module';
import { claimedTime, insertClaim } from './claims';
import type { FreeTimeFacts, NeededTime } from './domain/calendar';
import { changesOf, factsAround, needs } from './domain/free-time.test-world';
import type { Span } from './domain/spans';
import type { WeeklyInterval } from './domain/working-hours';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const YEAR: Span = { fromMs: BUSINESS_NOW.getTime(), toMs: BUSINESS_NOW.getTime() + 365 * 24 * HOUR_MS };
/** Connections of the pool. */
const AT_ONCE = 8;

let app: AvailabilityUnderTest;
let availability: Availability;

beforeAll(async () => {
  app = await startAvailability();
  availability = app.module.get(Availability);
});
afterAll(() => app.close());

/** Writes a random calendar as the settings, hours, time off and claims of a new practice. */
async function practiceWith(facts: FreeTimeFacts): Promise<Practice> {
  const practice = await buildPractice(app.database);
  const { coachId, offeringId } = practice;
  const { rules } = facts;
  await app.database.execute(
    together(
      sql`update coaches set timezone = ${facts.timezone}, start_increment_minutes = ${rules.startIncrementMinutes},
          most_sessions_per_day = ${rules.mostSessionsPerDay}::int, most_sessions_per_week = ${rules.mostSessionsPerWeek}::int
        where coach_id = ${coachId}`,
      sql`delete from weekly_hours where coach_id = ${coachId}`,
    ),
  );
  const weekly = facts.weekly.map((each) => sql`(${coachId}::uuid, gen_random_uuid(), ${minutesOf(each)})`);
  await app.database.execute(
    sql`insert into weekly_hours (coach_id, id, weekday, starts_minute, ends_minute) values ${sql.join(weekly)}`,
  );
  for (const [localDate, intervals] of facts.overrides)
    await app.database.execute(sql`
      insert into date_overrides (coach_id, id, local_date, intervals, created_at)
      values (${coachId}::uuid, gen_random_uuid(), ${localDate}::date, ${JSON.stringify(intervals)}::jsonb, app_now())`);
  for (const off of facts.timeOff)
    await app.database.execute(sql`
      insert into time_off (coach_id, id, kind, starts_at, ends_at, created_at)
      values (${coachId}::uuid, gen_random_uuid(), ${off.kind}, ${new Date(off.fromMs)}::timestamptz, ${new Date(off.toMs)}::timestamptz, app_now())`);
  if (facts.offeringWeekly !== null) {
    const own = facts.offeringWeekly.map(
      (each) => sql`(${coachId}::uuid, gen_random_uuid(), ${offeringId}::uuid, ${minutesOf(each)})`,
    );
    await app.database.execute(
      together(
        sql`insert into offering_hours (coach_id, offering_id, own, version, updated_at)
          values (${coachId}::uuid, ${offeringId}::uuid, true, 2, app_now())`,
        sql`insert into offering_hour_intervals (coach_id, id, offering_id, weekday, starts_minute, ends_minute) values ${sql.join(own)}`,
      ),
    );
  }
  for (const busy of facts.busy) await claim(practice, busy);
  return practice;
}

const minutesOf = ({ weekday, startsMinute, endsMinute }: WeeklyInterval) =>
  sql.join([weekday, startsMinute, endsMinute]);

/** Random claims overlap each other here and there: the constraint keeps the first. */
async function claim(practice: Practice, busy: Span): Promise<void> {
  const time = {
    startsAt: new Date(busy.fromMs),
    durationMinutes: (busy.toMs - busy.fromMs) / MINUTE_MS,
    beforeMinutes: 0,
    afterMinutes: 0,
  };
  await app.database
    .transaction(async () => {
      const sessionId = await buildSession(app.database, practice, time);
      const claimed = claimedTime(time.startsAt, time);
      await app.database.execute(insertClaim({ coachId: practice.coachId, sessionId, ...claimed }));
    })
    .catch((error: unknown) => {
      if (!violates(error, CLAIMS_NEVER_OVERLAP)) throw error;
    });
}

class Undone extends Error {}

/** Books, and undoes it. @returns whether it was possible */
async function canBeBooked(practice: Practice, wanted: BookingFacts): Promise<boolean> {
  const attempt = app.database.transaction(async () => {
    await bookTime(app, practice, wanted);
    throw new Undone();
  });
  return attempt.catch((error: unknown) => {
    if (error instanceof Undone) return true;
    if (error instanceof DomainError) return false;
    throw error;
  });
}

/** Asks about each minute of a range, and tries to book it. */
async function tryEachMinute(
  facts: FreeTimeFacts,
  need: NeededTime,
  range: Span,
): Promise<{ offered: number[]; checkedFree: number[]; bookable: number[] }> {
  const practice = await practiceWith(facts);
  const asked = { coachId: practice.coachId, offeringId: practice.offeringId, ...need };
  const { slots } = await availability.slots({
    ...asked,
    from: new Date(range.fromMs),
    to: new Date(range.toMs),
    timezone: 'UTC',
  });
  const minutes: number[] = [];
  for (let atMs = range.fromMs; atMs < range.toMs; atMs += MINUTE_MS) minutes.push(atMs);

  const checked = await availability.check({
    coachId: practice.coachId,
    offeringId: practice.offeringId,
    wanted: minutes.map((atMs) => ({ ...need, startsAt: new Date(atMs) })),
    oneOf: true,
  });
  const bookable: number[] = [];
  const queue = [...minutes];
  const work = async (): Promise<void> => {
    for (let atMs = queue.pop(); atMs !== undefined; atMs = queue.pop()) {
      if (await canBeBooked(practice, { ...asked, startsAt: new Date(atMs) })) bookable.push(atMs);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return {
    offered: slots.map(({ startsAt }) => startsAt.getTime()),
    checkedFree: minutes.filter((_, index) => checked[index]?.free),
    bookable: bookable.sort((a, b) => a - b),
  };
}

describe('every start that is offered can be booked, and no other of its minutes', () => {
  it.each(['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Africa/Cairo'])(
    'A157 A177 on random calendars around a change of the clocks: %s',
    async (timezone) => {
      const [change = 0] = changesOf(timezone, YEAR);
      const around = { fromMs: change - 12 * HOUR_MS, toMs: change + 12 * HOUR_MS };
      const asked = { fromMs: change - 4 * HOUR_MS, toMs: change + 4 * HOUR_MS };
      await fc.assert(
        fc.asyncProperty(factsAround(timezone, around), needs, async (facts, need) => {
          const { offered, checkedFree, bookable } = await tryEachMinute(facts, need, asked);
          expect(bookable).toEqual(offered);
          expect(checkedFree).toEqual(offered);
        }),
        { numRuns: 4, endOnFailure: true },
      );
    },
    120_000,
  );

  it('A177 on an ordinary working day with sessions, buffers and a break', async () => {
    const fromMs = Date.parse('2027-06-02T06:00Z');
    const off = { fromMs: Date.parse('2027-06-02T10:10Z'), toMs: Date.parse('2027-06-02T10:25Z') };
    const busy = { fromMs: Date.parse('2027-06-02T08:00Z'), toMs: Date.parse('2027-06-02T09:00Z') };
    const { offered, checkedFree, bookable } = await tryEachMinute(
      {
        timezone: 'Europe/Berlin',
        weekly: [{ weekday: 3, startsMinute: 540, endsMinute: 1020 }],
        offeringWeekly: null,
        overrides: new Map(),
        timeOff: [{ ...off, kind: 'break' }],
        busy: [{ ...busy, sessionId: '', kind: 'session', session: busy }],
        nowMs: YEAR.fromMs,
        covered: YEAR,
        rules: {
          startIncrementMinutes: 20,
          minimumNoticeMinutes: 0,
          bookingHorizonDays: 90,
          mostSessionsPerDay: null,
          mostSessionsPerWeek: null,
        },
      },
      { durationMinutes: 45, beforeMinutes: 5, afterMinutes: 10 },
      { fromMs, toMs: fromMs + 8 * HOUR_MS },
    );
    expect(offered.length).toBeGreaterThan(5);
    expect(bookable).toEqual(offered);
    expect(checkedFree).toEqual(offered);
  });
});
