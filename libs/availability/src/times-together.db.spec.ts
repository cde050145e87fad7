import { publicId } from '@app/common';
import { sql, together, violates } from '@app/database';
import { CLAIMS_NEVER_OVERLAP, SlotTaken } from './availability.errors';
import type { BookingFacts, TimesQuestion } from './availability.questions';
import { Availability } from './availability.service';
import {
  bookTime,
  buildPractice,
  buildSession,
  startAvailability,
  type AvailabilityUnderTest,
  type Practice,
} from './availability.test-module';
import {
  claimedTime,
  insertClaim,
  insertProposedTimes,
  moveClaim,
  releaseClaimsOf,
  releaseProposedTimes,
} from './claims';
import { publicReasons } from './domain/free-time-rules';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NEED = { durationMinutes: 60, beforeMinutes: 0, afterMinutes: 0 };

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
const at = (time: string, day = '02'): Date => new Date(`2027-06-${day}T${time}+02:00`);
const wanted = (startsAt: Date, more: Partial<BookingFacts> = {}): BookingFacts => ({
  coachId: practice.coachId,
  startsAt,
  ...NEED,
  ...more,
});
const book = (startsAt: Date): Promise<string> => bookTime(app, practice, wanted(startsAt));
const claimOf = (sessionId: string, startsAt: Date) => ({ sessionId, ...claimedTime(startsAt, NEED) });

/** The sessions follow their claims, as a move writes both. */
const sessionsFollow = (): Promise<number> =>
  app.database.execute(sql`
    update sessions s set starts_at = lower(k.blocked), ends_at = upper(k.blocked)
    from calendar_claims k where k.coach_id = s.coach_id and k.session_id = s.id and k.kind = 'session'`);

/** Codes of what stands against each start. */
async function codes(starts: readonly Date[], more: Partial<TimesQuestion> = {}): Promise<string[][]> {
  const question = { coachId: practice.coachId, wanted: starts.map((startsAt) => ({ startsAt, ...NEED })) };
  const answers = await availability.check({ ...question, ...more });
  expect(answers.map(({ startsAt }) => startsAt)).toEqual(starts);
  for (const { free, reasons } of answers) expect(free).toBe(reasons.length === 0);
  return answers.map(({ reasons }) => reasons.map(({ code }) => code));
}

async function refused(statement: Promise<unknown>): Promise<boolean> {
  return violates(await statement.catch((error: unknown) => error), CLAIMS_NEVER_OVERLAP);
}

describe('check', () => {
  it('A108 names what stands against each occurrence of a series, in one query', async () => {
    const weekly = Array.from(
      { length: 6 },
      (_, week) => new Date(at('10:00').getTime() + week * 7 * DAY_MS),
    );
    const sessionId = await book(weekly[1] ?? at('10:00'));
    await app.database.execute(sql`
      insert into time_off (coach_id, id, kind, starts_at, ends_at, created_at)
      values (${practice.coachId}::uuid, gen_random_uuid(), 'prep', ${weekly[3]}::timestamptz, ${weekly[3]}::timestamptz + interval '30 minutes', app_now())`);
    await expect(codes(weekly)).resolves.toEqual([[], ['taken'], [], ['time_off'], [], []]);
    const [, taken, , off] = await availability.check({
      coachId: practice.coachId,
      wanted: weekly.map((startsAt) => ({ startsAt, ...NEED })),
    });
    expect(taken?.reasons).toEqual([
      { code: 'taken', text: `Taken by ${publicId('session', sessionId)}.`, sessionId },
    ]);
    expect(off?.reasons[0]?.text).toBe('Time to prepare until 2027-06-23 10:30 (Europe/Berlin).');
    await expect(codes(weekly, { override: true })).resolves.toEqual([[], ['taken'], [], [], [], []]);
    await expect(codes(weekly, { exceptSessionIds: [sessionId] })).resolves.toEqual([
      [],
      [],
      [],
      ['time_off'],
      [],
      [],
    ]);
  });

  it('A158 counts the caps and the time of the others, in the order of time', async () => {
    await app.database.execute(
      sql`update coaches set most_sessions_per_day = 2, most_sessions_per_week = 3 where coach_id = ${practice.coachId}`,
    );
    const starts = [at('14:00'), at('11:00'), at('10:00'), at('10:30'), at('10:00', '03'), at('10:00', '04')];
    await expect(codes(starts)).resolves.toEqual([['cap_day'], [], [], ['taken'], [], ['cap_week']]);
    await expect(codes(starts, { passing: ['cap_day'] })).resolves.toEqual([
      [],
      [],
      [],
      ['taken'],
      ['cap_week'],
      ['cap_week'],
    ]);
    await expect(codes(starts, { override: true })).resolves.toEqual([[], [], [], ['taken'], [], []]);
    await expect(codes(starts, { oneOf: true })).resolves.toEqual([[], [], [], [], [], []]);
  });

  it('A110 looks at 500 starts within two years, and no further', async () => {
    await app.database.execute(
      sql`update coaches set booking_horizon_days = 30 where coach_id = ${practice.coachId}`,
    );
    const daily = Array.from({ length: 500 }, (_, day) => new Date(at('10:00').getTime() + day * 2 * DAY_MS));
    const found = await codes(daily, { passing: ['horizon'] });
    // Two of seven fall on a weekend; the wall time is an hour earlier in winter, which is on the grid as well.
    expect(found.filter((reasons) => reasons.length === 0).length).toBeGreaterThan(350);
    expect(new Set(found.flat())).toEqual(new Set(['outside_hours']));
    expect((await codes(daily)).flat()).toContain('horizon');
    await expect(codes([...daily, at('09:00')])).rejects.toThrow(RangeError);
    await expect(codes([at('10:00'), new Date('2031-06-02T10:00Z')])).rejects.toThrow(RangeError);
    await expect(codes([])).resolves.toEqual([]);
  });

  it('stays true under the lock: what was free is claimed with the next statement, all or none', async () => {
    const starts = [at('09:00'), at('10:00'), at('11:00')];
    const sessions = await Promise.all(
      starts.map((startsAt) => buildSession(app.database, practice, { startsAt, ...NEED })),
    );
    const claims = sessions.map((id, index) => ({
      coachId: practice.coachId,
      ...claimOf(id, starts[index] ?? at('09:00')),
    }));
    await app.database.transaction(async () => {
      await availability.lockCoach(practice.coachId);
      await expect(codes(starts)).resolves.toEqual([[], [], []]);
      await app.database.execute(together(...claims.map(insertClaim)));
    });
    await expect(codes(starts)).resolves.toEqual([['taken'], ['taken'], ['taken']]);

    // Each moves to where the one after it was: the constraint looks when all have moved.
    const later = claims.map(({ from, to, ...claim }) => ({
      ...claim,
      from: new Date(from.getTime() + HOUR_MS),
      to: new Date(to.getTime() + HOUR_MS),
    }));
    await app.database.execute(together(...later.map(moveClaim)));
    await sessionsFollow();
    await expect(codes([...starts, at('12:00')])).resolves.toEqual([[], ['taken'], ['taken'], ['taken']]);
    const rival = await buildSession(app.database, practice, { startsAt: at('09:00'), ...NEED });
    await app.database.execute(insertClaim({ coachId: practice.coachId, ...claimOf(rival, at('09:00')) }));
    await expect(refused(app.database.execute(together(...claims.map(moveClaim))))).resolves.toBe(true);
    await expect(codes([at('12:00')])).resolves.toEqual([['taken']]);
    await app.database.execute(releaseClaimsOf(practice.coachId, sessions));
    await expect(codes([at('10:00'), at('11:00'), at('12:00')])).resolves.toEqual([[], [], []]);
  });
});

describe('proposed times', () => {
  it('A72 are held: nobody else books them, they hide nothing else, and are free again once released', async () => {
    const sessionId = await book(at('10:00'));
    // One overlaps another, and one the present time of the session.
    const times = [at('10:30'), at('14:00'), at('14:30')].map((startsAt) => claimedTime(startsAt, NEED));
    await app.database.execute(insertProposedTimes(practice.coachId, sessionId, times));
    await expect(book(at('14:00'))).rejects.toThrow(SlotTaken);
    const [reason] = await availability.explain(wanted(at('15:00')));
    expect(reason).toEqual({
      code: 'taken',
      text: `Held for ${publicId('session', sessionId)}: this time was proposed for it.`,
      sessionId,
    });
    expect(JSON.stringify(publicReasons([reason!]))).toBe('[{"code":"taken","text":"The time is taken."}]');
    await expect(
      availability.assertFree(wanted(at('14:00'), { exceptSessionId: sessionId })),
    ).resolves.toBeInstanceOf(Date);
    await app.database.execute(releaseProposedTimes(practice.coachId, sessionId));
    await expect(availability.assertFree(wanted(at('14:00')))).resolves.toBeInstanceOf(Date);
    await expect(availability.assertFree(wanted(at('10:30')))).rejects.toThrow(SlotTaken);
  });

  it('A76 a session moves to one of them and frees the others in one statement', async () => {
    const { coachId } = practice;
    const sessionId = await book(at('10:00'));
    const times = [at('14:00'), at('15:00')].map((startsAt) => claimedTime(startsAt, NEED));
    await app.database.execute(insertProposedTimes(coachId, sessionId, times));
    await app.database.execute(
      together(
        releaseProposedTimes(coachId, sessionId),
        moveClaim({ coachId, ...claimOf(sessionId, at('14:00')) }),
      ),
    );
    await sessionsFollow();
    await expect(codes([at('10:00'), at('14:00'), at('15:00')])).resolves.toEqual([[], ['taken'], []]);
  });

  it('A104 another session takes a time that was offered for the first, whose own time still counts', async () => {
    const { coachId } = practice;
    const first = await book(at('10:00'));
    await app.database.execute(
      insertProposedTimes(coachId, first, [claimedTime(at('14:00'), NEED), claimedTime(at('15:00'), NEED)]),
    );
    const taking = wanted(at('14:00'), { exceptProposalOf: first });
    await expect(availability.assertFree(taking)).resolves.toBeInstanceOf(Date);
    await expect(availability.assertFree(wanted(at('10:00'), { exceptProposalOf: first }))).rejects.toThrow(
      SlotTaken,
    );
    await expect(codes([at('14:00')], { exceptProposalOf: first })).resolves.toEqual([[]]);
    await app.database.transaction(async () => {
      await availability.lockForBooking(taking);
      const next = await buildSession(app.database, practice, { startsAt: at('14:00'), ...NEED });
      await app.database.execute(
        together(
          insertClaim({ coachId, ...claimOf(next, at('14:00')) }),
          releaseProposedTimes(coachId, first),
        ),
      );
    });
    await expect(codes([at('14:00'), at('15:00')])).resolves.toEqual([['taken'], []]);
  });
});

describe('a hold that has run out', () => {
  it('A21 hides no start any more, though its claim stands until a booking clears it away', async () => {
    const sessionId = await book(at('10:00'));
    const hold = (expiry: string, payment: string): Promise<number> =>
      app.database.execute(sql`
        update sessions set status = 'held', payment_status = ${payment}, hold_expires_at = app_now() + ${expiry}::interval
        where id = ${sessionId}`);
    const shown = async (): Promise<boolean> => {
      const { slots } = await availability.slots({
        ...wanted(at('10:00')),
        from: at('10:00'),
        to: at('10:01'),
        timezone: 'UTC',
      });
      expect((await availability.explain(wanted(at('10:00')))).length === 0).toBe(slots.length === 1);
      return slots.length === 1;
    };
    await hold('1 minute', 'unpaid');
    await expect(shown()).resolves.toBe(false);
    const [reason] = await availability.explain(wanted(at('10:00')));
    expect(reason?.text).toBe(`Held for ${publicId('session', sessionId)}, which awaits its payment.`);
    await hold('-1 second', 'unpaid');
    await expect(shown()).resolves.toBe(true);
    await expect(availability.assertFree(wanted(at('10:00')))).rejects.toThrow(SlotTaken);
    await expect(codes([at('10:00')], { withoutSpentHolds: true })).resolves.toEqual([[]]);
    // While its payment is being processed it stays, an hour longer.
    await hold('-59 minutes', 'processing');
    await expect(shown()).resolves.toBe(false);
    await hold('-61 minutes', 'processing');
    await expect(shown()).resolves.toBe(true);
  });
});
