import { DomainError, PreconditionFailed } from '@app/common';
import { sql, violates } from '@app/database';
import { NotBookable } from './availability.errors';
import { Availability } from './availability.service';
import {
  buildPractice,
  startAvailability,
  type AvailabilityUnderTest,
  type Practice,
} from './availability.test-module';
import { DateOverrides } from './date-overrides.service';
import { OfferingHours } from './offering-hours.service';

let app: AvailabilityUnderTest;
let offeringHours: OfferingHours;
let availability: Availability;
let practice: Practice;

beforeAll(async () => {
  app = await startAvailability();
  offeringHours = app.module.get(OfferingHours);
  availability = app.module.get(Availability);
});
afterAll(() => app.close());
beforeEach(async () => {
  practice = await buildPractice(app.database);
});

const actor = (): { kind: 'coach'; accountId: string } => ({ kind: 'coach', accountId: practice.coachId });
const evening = { weekday: 3, startsMinute: 1080, endsMinute: 1200 };

/** Wall times in Berlin of the starts on one day, of the offering or of any other. */
async function starts(date: string, offeringId?: string): Promise<string[]> {
  const { slots } = await availability.slots({
    coachId: practice.coachId,
    offeringId,
    durationMinutes: 60,
    beforeMinutes: 0,
    afterMinutes: 0,
    from: new Date(`${date}T00:00+02:00`),
    to: new Date(`${date}T24:00+02:00`),
    timezone: 'Europe/Berlin',
  });
  return slots.map(({ localStart }) => localStart.slice(11, 16));
}

describe('OfferingHours', () => {
  it('A177 an offering has a week of its own until it goes back to the coach’s, by version, audited', async () => {
    const { coachId, offeringId } = practice;
    const before = await offeringHours.get(coachId, offeringId);
    expect(before).toMatchObject({ own: false, version: 1, timezone: 'Europe/Berlin' });
    expect(before.intervals).toHaveLength(5);

    const own = await offeringHours.replace(coachId, offeringId, [evening], actor(), 1);
    expect(own).toEqual({ timezone: 'Europe/Berlin', own: true, intervals: [evening], version: 2 });
    expect(await starts('2027-06-02', offeringId)).toEqual(['18:00', '18:15', '18:30', '18:45', '19:00']);
    expect(await starts('2027-06-03', offeringId)).toEqual([]);
    expect((await starts('2027-06-02'))[0]).toBe('09:00');
    await expect(offeringHours.replace(coachId, offeringId, [], actor(), 1)).rejects.toThrow(
      PreconditionFailed,
    );
    await expect(offeringHours.reset(coachId, offeringId, actor(), 1)).rejects.toThrow(PreconditionFailed);

    await offeringHours.reset(coachId, offeringId, actor(), 2);
    await offeringHours.reset(coachId, offeringId, actor());
    await expect(offeringHours.get(coachId, offeringId)).resolves.toEqual({ ...before, version: 3 });
    expect((await starts('2027-06-02', offeringId))[0]).toBe('09:00');
    await expect(offeringHours.replace(coachId, offeringId, [], actor())).resolves.toMatchObject({
      own: true,
      intervals: [],
      version: 4,
    });
    expect(await starts('2027-06-02', offeringId)).toEqual([]);
    expect(
      (await app.acts('offering_hours', offeringId)).map(({ action, version }) => [action, version]),
    ).toEqual([
      ['offering_hours.replace', 2],
      ['offering_hours.reset', 3],
      ['offering_hours.replace', 4],
    ]);
  });

  it('keeps to the hours of a date and to its own, and says whose hours are left', async () => {
    const { coachId, offeringId } = practice;
    await offeringHours.replace(coachId, offeringId, [evening], actor());
    const overrides = app.module.get(DateOverrides);
    const date = { localDate: '2027-06-02', intervals: [{ startsMinute: 600, endsMinute: 1155 }] };
    await overrides.create(coachId, date, actor());
    expect(await starts('2027-06-02', offeringId)).toEqual(['18:00', '18:15']);
    await overrides.create(coachId, { localDate: '2027-06-09', intervals: [] }, actor());
    expect(await starts('2027-06-09', offeringId)).toEqual([]);

    const wanted = { coachId, offeringId, durationMinutes: 60, beforeMinutes: 0, afterMinutes: 0 };
    const texts = async (startsAt: string): Promise<string[]> =>
      (await availability.explain({ ...wanted, startsAt: new Date(startsAt) })).map(({ text }) => text);
    await expect(texts('2027-06-03T10:00+02:00')).resolves.toEqual(['Outside the hours of this offering.']);
    await expect(texts('2027-06-09T18:00+02:00')).resolves.toEqual(['Closed on 2027-06-09.']);
    const startsAt = new Date('2027-06-03T10:00+02:00');
    await expect(availability.assertFree({ ...wanted, startsAt })).rejects.toThrow(NotBookable);
    await expect(availability.assertFree({ ...wanted, startsAt, override: true })).resolves.toBeInstanceOf(
      Date,
    );
    await expect(
      availability.assertFree({ ...wanted, startsAt, offeringId: undefined }),
    ).resolves.toBeInstanceOf(Date);
  });

  it('refuses overlapping intervals, in the tables as well', async () => {
    const { coachId, offeringId } = practice;
    const overlap = { ...evening, startsMinute: 1100 };
    const refused: unknown = await offeringHours
      .replace(coachId, offeringId, [evening, overlap], actor())
      .catch((error: unknown) => error);
    expect(refused instanceof DomainError && refused.errors.map(({ pointer }) => pointer)).toEqual([
      '/intervals/1/startTime',
    ]);
    await offeringHours.replace(coachId, offeringId, [evening], actor());
    const raw = await app.database
      .execute(
        sql`insert into offering_hour_intervals (coach_id, id, offering_id, weekday, starts_minute, ends_minute)
          values (${coachId}::uuid, gen_random_uuid(), ${offeringId}::uuid, 3, 1199, 1300)`,
      )
      .catch((error: unknown) => error);
    expect(violates(raw, 'offering_hour_intervals_coach_id_offering_id_weekday_int4r_excl')).toBe(true);
    // Nothing is left over of hours that were given up: only own hours can have intervals.
    const leftover = await app.database
      .execute(sql`update offering_hours set own = false where coach_id = ${coachId}`)
      .catch((error: unknown) => error);
    expect(violates(leftover, 'offering_hour_intervals_coach_id_offering_id_own_fkey')).toBe(true);
  });

  it('keeps one of several weeks that are put at once, never a mixture', async () => {
    const { coachId, offeringId } = practice;
    const weeks = [1, 2, 3, 4, 5].map((weekday) => [
      { weekday, startsMinute: 540, endsMinute: 600 },
      { weekday, startsMinute: 660, endsMinute: 720 },
    ]);
    await Promise.all(weeks.map((week) => offeringHours.replace(coachId, offeringId, week, actor())));
    const { intervals, version } = await offeringHours.get(coachId, offeringId);
    expect(version).toBe(6);
    expect(weeks).toContainEqual(intervals);
  });
});
