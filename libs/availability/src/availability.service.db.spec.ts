import { Conflict, DomainError, RuleViolation, wallTimeOf } from '@app/common';
import { sql, violates } from '@app/database';
import { CLAIMS_NEVER_OVERLAP, SlotTaken } from './availability.errors';
import type { BookingFacts } from './availability.questions';
import { Availability } from './availability.service';
import {
  bookTime,
  buildPractice,
  buildSession,
  startAvailability,
  type AvailabilityUnderTest,
  type Practice,
} from './availability.test-module';
import { claimedTime, insertClaim, moveClaim, releaseClaims, type NewClaim } from './claims';

const MINUTE_MS = 60_000;

let app: AvailabilityUnderTest;
let availability: Availability;
let practice: Practice;

beforeAll(async () => {
  app = await startAvailability();
  availability = app.module.get(Availability);
});
afterAll(() => app.close());
beforeEach(async () => {
  practice = await buildPractice(app.database);
});

/** Wednesday of the week after `BUSINESS_NOW`, Berlin wall clock. */
const at = (time: string): Date => new Date(`2027-06-02T${time}+02:00`);

function wanted(startsAt: Date, more: Partial<BookingFacts> = {}): BookingFacts {
  return {
    coachId: practice.coachId,
    startsAt,
    durationMinutes: 60,
    beforeMinutes: 0,
    afterMinutes: 0,
    ...more,
  };
}

function claimOf(sessionId: string, facts: BookingFacts): NewClaim {
  return { coachId: facts.coachId, sessionId, ...claimedTime(facts.startsAt, facts) };
}

const book = (facts: BookingFacts): Promise<string> => bookTime(app, practice, facts);

async function slotsOn(date: string, more: Partial<BookingFacts> = {}): Promise<string[]> {
  const { slots } = await availability.slots({
    ...wanted(at('00:00'), more),
    from: new Date(`${date}T00:00+02:00`),
    to: new Date(`${date}T24:00+02:00`),
    timezone: 'Europe/Berlin',
  });
  return slots.map(({ localStart }) => localStart.slice(11, 16));
}

async function refusal(attempt: Promise<unknown>): Promise<DomainError> {
  const error: unknown = await attempt.then(
    () => undefined,
    (failure: unknown) => failure,
  );
  if (!(error instanceof DomainError)) throw new Error(`expected a refusal, got ${String(error)}`);
  return error;
}

describe('slots', () => {
  it("are told in the reader's zone beside the instant", async () => {
    const { coachTimezone, slots } = await availability.slots({
      ...wanted(at('00:00')),
      from: at('16:00'),
      to: at('17:00'),
      timezone: 'America/New_York',
    });
    expect(coachTimezone).toBe('Europe/Berlin');
    expect(slots).toEqual([
      { startsAt: at('16:00'), endsAt: at('17:00'), localStart: '2027-06-02T10:00:00' },
    ]);
  });

  it('are told in order across a change of the reader’s clocks', async () => {
    await app.database.execute(
      sql`update weekly_hours set starts_minute = 0, ends_minute = 1440 where coach_id = ${practice.coachId}`,
    );
    const { slots } = await availability.slots({
      ...wanted(at('00:00')),
      from: new Date('2027-10-31T23:00Z'),
      to: new Date('2027-11-12T00:00Z'),
      timezone: 'America/New_York',
    });
    for (const { startsAt, localStart } of slots)
      expect(localStart).toBe(wallTimeOf(startsAt, 'America/New_York'));
    expect(new Set(slots.map(({ localStart }) => localStart.slice(0, 10))).size).toBeGreaterThan(8);
  });

  it('take hours, exceptions, time off, claims and settings from one statement', async () => {
    await app.database.execute(
      sql`update coaches set start_increment_minutes = 60, most_sessions_per_week = 2 where coach_id = ${practice.coachId}`,
    );
    await app.database.execute(sql`
      insert into date_overrides (coach_id, id, local_date, intervals, created_at)
      values (${practice.coachId}::uuid, gen_random_uuid(), '2027-06-03', '[{"startsMinute": 600, "endsMinute": 780}]', app_now())`);
    await app.database.execute(sql`
      insert into time_off (coach_id, id, starts_at, ends_at, created_at)
      values (${practice.coachId}::uuid, gen_random_uuid(), ${at('12:00')}::timestamptz, ${at('13:00')}::timestamptz, app_now())`);
    expect(await slotsOn('2027-06-02')).toEqual([
      '09:00',
      '10:00',
      '11:00',
      '13:00',
      '14:00',
      '15:00',
      '16:00',
    ]);
    expect(await slotsOn('2027-06-03')).toEqual(['10:00', '11:00', '12:00']);
    await book(wanted(at('10:00'), { afterMinutes: 15 }));
    expect(await slotsOn('2027-06-02')).toEqual(['09:00', '13:00', '14:00', '15:00', '16:00']);
    await book(wanted(at('14:00')));
    // A158: the week has its two sessions; the next one is open.
    expect(await slotsOn('2027-06-04')).toEqual([]);
    expect(await slotsOn('2027-06-07')).toHaveLength(8);
  });

  it('A157 each one shown can be booked, and once booked is shown no more', async () => {
    const buffers = { beforeMinutes: 10, afterMinutes: 20 };
    let times = 0;
    for (
      let shown = await slotsOn('2027-06-02', buffers);
      shown.length > 0;
      shown = await slotsOn('2027-06-02', buffers)
    ) {
      const time = shown[Math.floor(shown.length / 2)] ?? '';
      await book(wanted(at(time), buffers));
      expect(await slotsOn('2027-06-02', buffers)).not.toContain(time);
      times += 1;
    }
    expect(times).toBeGreaterThanOrEqual(3);
  });

  it.each([
    ['2027-06-02T00:00Z', '2027-06-02T00:00Z'],
    ['2027-06-02T00:00Z', '2027-08-03T00:00:00.001Z'],
  ])('refuse the range from %s to %s', async (from, to) => {
    const error = await refusal(
      availability.slots({ ...wanted(at('00:00')), from: new Date(from), to: new Date(to), timezone: 'UTC' }),
    );
    expect([error.kind, error.code]).toEqual(['rule_violation', 'availability.range']);
  });

  it('look 62 days ahead at once', async () => {
    const { slots } = await availability.slots({
      ...wanted(at('00:00')),
      from: new Date('2027-06-02T00:00Z'),
      to: new Date('2027-08-03T00:00Z'),
      timezone: 'UTC',
    });
    expect(slots.length).toBeGreaterThan(1_000);
  });
});

describe('assertFree', () => {
  it.each<[string, Date, string]>([
    ['the past', new Date('2020-06-03T10:00+02:00'), 'availability.in_the_past'],
    ['no working hours', at('19:00'), 'availability.outside_hours'],
    ['a minute off the grid', at('10:01'), 'availability.not_on_grid'],
  ])('refuses %s by its own code', async (_, startsAt, code) => {
    const error = await refusal(availability.assertFree(wanted(startsAt)));
    expect(error).toBeInstanceOf(RuleViolation);
    expect(error.code).toBe(code);
  });

  it.each([
    ['minimum_notice_minutes', 525_600, 'availability.too_short_notice'],
    ['booking_horizon_days', 1, 'availability.beyond_horizon'],
    ['most_sessions_per_day', 1, 'availability.cap_reached'],
  ])('override passes %s, without it the start is refused', async (column, value, code) => {
    const soon = new Date(at('13:00').getTime());
    if (column !== 'most_sessions_per_day') {
      const [next] = (await availability.alternatives(wanted(new Date()), 1)).alternatives;
      if (column === 'minimum_notice_minutes' && next !== undefined) soon.setTime(Date.parse(next.startsAt));
    } else await book(wanted(at('10:00')));
    await app.database.execute(
      sql`update coaches set ${sql.ref(column)} = ${value} where coach_id = ${practice.coachId}`,
    );
    expect((await refusal(availability.assertFree(wanted(soon)))).code).toBe(code);
    await expect(availability.assertFree(wanted(soon, { override: true }))).resolves.toBeInstanceOf(Date);
  });

  it('override passes hours, time off and the grid, but never a buffer, a claim or the past', async () => {
    await book(wanted(at('10:00'), { afterMinutes: 30 }));
    const override = true;
    await expect(availability.assertFree(wanted(at('03:07'), { override }))).resolves.toBeInstanceOf(Date);
    for (const startsAt of [at('10:30'), at('11:15')]) {
      expect((await refusal(availability.assertFree(wanted(startsAt, { override })))).code).toBe(
        'sessions.slot_taken',
      );
    }
    expect((await refusal(availability.assertFree(wanted(new Date(0), { override })))).code).toBe(
      'availability.in_the_past',
    );
  });

  it('answers a taken start with the nearest free ones, whatever else is wrong with it', async () => {
    await book(wanted(at('10:00')));
    const error = await refusal(availability.assertFree(wanted(at('10:59'))));
    expect(error).toBeInstanceOf(SlotTaken);
    expect(error).toBeInstanceOf(Conflict);
    await expect(error.afterRollback?.()).resolves.toEqual({
      alternatives: [at('11:00'), at('11:15'), at('11:30')].map((startsAt) => ({
        startsAt: startsAt.toISOString(),
        endsAt: new Date(startsAt.getTime() + 60 * MINUTE_MS).toISOString(),
      })),
    });
  });

  it('A157 refuses what only a buffer touches, on either side', async () => {
    await book(wanted(at('12:00'), { beforeMinutes: 15, afterMinutes: 15 }));
    for (const [time, more] of [
      ['11:00', {}],
      ['13:00', {}],
      ['10:45', { afterMinutes: 15 }],
      ['13:15', { beforeMinutes: 15 }],
    ] as const) {
      expect((await refusal(availability.assertFree(wanted(at(time), more)))).code).toBe(
        'sessions.slot_taken',
      );
    }
    await expect(availability.assertFree(wanted(at('10:45')))).resolves.toBeInstanceOf(Date);
    await expect(availability.assertFree(wanted(at('13:15')))).resolves.toBeInstanceOf(Date);
  });

  it('lets a session that moves pass over its own time', async () => {
    const sessionId = await book(wanted(at('10:00')));
    await expect(availability.assertFree(wanted(at('10:30')))).rejects.toThrow(SlotTaken);
    const moved = wanted(at('10:30'), { exceptSessionId: sessionId });
    await app.database.transaction(async () => {
      await availability.lockCoach(practice.coachId);
      await availability.assertFree(moved);
      await app.database.execute(moveClaim(claimOf(sessionId, moved)));
    });
    await expect(availability.assertFree(wanted(at('09:30')))).resolves.toBeInstanceOf(Date);
    await expect(availability.assertFree(wanted(at('11:15')))).rejects.toThrow(SlotTaken);
  });

  it('explains to the coach what stands against a start', async () => {
    await book(wanted(at('10:00')));
    const reasons = await availability.explain(wanted(at('10:10')));
    expect(reasons.map(({ code }) => code)).toEqual(['taken', 'not_on_grid']);
    await expect(availability.explain(wanted(at('11:00')))).resolves.toEqual([]);
  });
});

describe('claims', () => {
  it('A158 an overlap by one minute is refused by raw SQL as well, another coach is not', async () => {
    await book(wanted(at('10:00')));
    const sessionId = await buildSession(app.database, practice, wanted(at('10:59')));
    const raw = (coachId: string, id: string, from: Date): Promise<number> =>
      app.database.execute(sql`
        insert into calendar_claims (coach_id, id, session_id, kind, blocked)
        values (${coachId}::uuid, gen_random_uuid(), ${id}::uuid, 'session', tstzrange(${from}::timestamptz, ${from}::timestamptz + interval '1 hour'))`);
    const refused: unknown = await raw(practice.coachId, sessionId, at('10:59')).catch(
      (error: unknown) => error,
    );
    expect(violates(refused, CLAIMS_NEVER_OVERLAP)).toBe(true);
    await expect(raw(practice.coachId, sessionId, at('11:00'))).resolves.toBe(1);
    const other = await buildPractice(app.database);
    const theirs = await buildSession(app.database, other, wanted(at('10:00')));
    await expect(raw(other.coachId, theirs, at('10:00'))).resolves.toBe(1);
  });

  it('A158 of 200 who want one time at once one gets it, and nothing deadlocks', async () => {
    const facts = wanted(at('10:00'), { beforeMinutes: 10, afterMinutes: 10 });
    const results = await Promise.allSettled(
      Array.from({ length: 200 }, (_, index) => {
        // Some want it a little earlier or later: they overlap all the same.
        const startsAt = new Date(facts.startsAt.getTime() + ((index % 3) - 1) * 15 * MINUTE_MS);
        return book({ ...facts, startsAt });
      }),
    );
    const refusals = results.flatMap((result) =>
      result.status === 'rejected' ? [result.reason as unknown] : [],
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(refusals.filter((reason) => !(reason instanceof SlotTaken))).toEqual([]);
    const { claims } = await app.database.one(
      sql<{
        claims: number;
      }>`select count(*)::int as claims from calendar_claims where coach_id = ${practice.coachId}`,
    );
    expect(claims).toBe(1);
  });

  it('A158 two bookings that forget the check are kept apart by the constraint alone', async () => {
    const claim = async (): Promise<void> => {
      const sessionId = await buildSession(app.database, practice, wanted(at('10:00')));
      await app.database.transaction(async () => {
        await availability.lockCoach(practice.coachId);
        await app.database.execute(insertClaim(claimOf(sessionId, wanted(at('10:00')))));
      });
    };
    const results = await Promise.allSettled(Array.from({ length: 20 }, claim));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const result of results) {
      if (result.status === 'rejected') expect(violates(result.reason, CLAIMS_NEVER_OVERLAP)).toBe(true);
    }
  });

  it('looks before it queues for the lock, but waits where only a spent hold stands in the way', async () => {
    const sessionId = await book(wanted(at('10:00')));
    const lock = (): Promise<void> =>
      app.database.transaction(() => availability.lockForBooking(wanted(at('10:30'))));
    await expect(lock()).resolves.toBeUndefined();

    let release = (): void => undefined;
    let locked = (): void => undefined;
    const isLocked = new Promise<void>((done) => (locked = done));
    const rival = app.database.transaction(async () => {
      await availability.lockCoach(practice.coachId);
      locked();
      await new Promise<void>((done) => (release = done));
    });
    await isLocked;
    await expect(lock()).rejects.toThrow(SlotTaken);
    await app.database.execute(sql`
      update sessions set status = 'held', hold_expires_at = app_now() - interval '1 second' where id = ${sessionId}`);
    const waiting = lock();
    release();
    await rival;
    await expect(waiting).resolves.toBeUndefined();
    await expect(availability.lockCoach(practice.coachId)).rejects.toThrow('inside a transaction');
  });

  it('gives time back, and takes it again only while nothing else was planned', async () => {
    const times = wanted(at('10:00'), { beforeMinutes: 15, afterMinutes: 15 });
    const sessionId = await book(times);
    const former = { ...times, id: sessionId, endsAt: at('11:00') };
    const reclaim = (): Promise<boolean> =>
      app.database.transaction(async () => {
        await availability.lockCoach(practice.coachId);
        return availability.reclaim(former);
      });
    await app.database.execute(releaseClaims(practice.coachId, sessionId));
    await expect(reclaim()).resolves.toBe(true);
    await expect(availability.assertFree(wanted(at('11:14')))).rejects.toThrow(SlotTaken);

    await app.database.execute(releaseClaims(practice.coachId, sessionId));
    const rival = await book(wanted(at('11:00')));
    await expect(reclaim()).resolves.toBe(false);
    await app.database.execute(releaseClaims(practice.coachId, rival));
    await app.database.execute(sql`
      insert into time_off (coach_id, id, starts_at, ends_at, created_at)
      values (${practice.coachId}::uuid, gen_random_uuid(), ${at('10:59')}::timestamptz, ${at('12:00')}::timestamptz, app_now())`);
    await expect(reclaim()).resolves.toBe(false);
    await app.database.execute(sql`delete from time_off where coach_id = ${practice.coachId}`);
    await expect(reclaim()).resolves.toBe(true);
  });
});
