import { SeriesMaterialisation, SessionSweeps } from '@app/sessions';
import { sql } from '@app/database';
import { SeriesUnderTest } from '../support/series';
import { TestApp } from '../support/test-app';
import { World } from '../support/world';

const DAY_SECONDS = 86_400;
const COACHES = 4;
const CLIENTS_EACH = 3;
/** Small, so that three days of work are many batches. */
const COMPLETIONS_AT_ONCE = 5;
const SERIES_AT_ONCE = 2;

/** Completes and extends in batches until nothing is due, as a worker's sweep does; returns the size of each batch. */
async function sweepAll(app: TestApp): Promise<number[]> {
  const completions = app.worker.get(SessionSweeps);
  const materialisation = app.worker.get(SeriesMaterialisation);
  const sizes: number[] = [];
  const until = async (most: number, batch: (most: number) => Promise<number>): Promise<void> => {
    for (;;) {
      const size = await batch(most);
      sizes.push(size);
      if (size === 0) return;
    }
  };
  await until(COMPLETIONS_AT_ONCE, (most) => completions.completeDue(most));
  await until(SERIES_AT_ONCE, (most) => materialisation.extendDue(most));
  return sizes;
}

describe('after three days in which no worker ran', () => {
  let app: TestApp;
  const series: SeriesUnderTest[] = [];

  beforeAll(async () => {
    app = await TestApp.start({ now: '2027-01-04T08:00:00Z' });
    const world = new World(app);
    for (let coachNumber = 0; coachNumber < COACHES; coachNumber += 1) {
      const coach = await world.coach();
      const offering = await world.offering(coach, { priceMinor: 0 });
      for (let clientNumber = 0; clientNumber < CLIENTS_EACH; clientNumber += 1) {
        const client = await world.client(coach);
        series.push(
          await SeriesUnderTest.make(coach, client, offering.id, {
            localStart: `2027-01-05T${10 + 2 * clientNumber}:00`,
            rule: 'FREQ=DAILY',
            horizonDays: 14,
          }),
        );
      }
    }
    await app.drain();
  }, 60_000);
  afterAll(() => app.stop());

  it('A14 A106 two sweeps at once complete each session once and make each occurrence once, batch by batch', async () => {
    const before = await Promise.all(series.map((each) => each.occurrences()));
    await app.sandbox.advanceClock(3 * DAY_SECONDS + 12 * 3_600);
    const batches = await Promise.all([sweepAll(app), sweepAll(app)]);
    await app.drain();

    // 5, 6 and 7 January are over; the horizon reached the 18th, and reaches the 22nd now at the latest.
    expect(batches.flat().filter((size) => size > 0).length).toBeGreaterThan(6);
    expect(Math.max(...batches.flat())).toBeLessThanOrEqual(COMPLETIONS_AT_ONCE);
    const facts = await app.database.many(sql<{
      completed: number;
      tooMany: number;
      counted: number;
      audited: number;
      announced: number;
    }>`
      select count(*) filter (where s.status = 'completed')::int as completed,
        count(*) filter (where (select count(*) from session_timeline t where t.coach_id = s.coach_id and t.session_id = s.id
          and t.to_status = 'completed') <> case s.status when 'completed' then 1 else 0 end)::int as "tooMany",
        (select completed_sessions from clients c where c.coach_id = r.coach_id and c.id = r.client_id) as counted,
        (select count(*)::int from audit_entries a join sessions o on o.coach_id = a.coach_id and o.id = a.object_id
          where o.coach_id = r.coach_id and o.series_id = r.id and a.action = 'session.complete') as audited,
        (select count(*)::int from outbox_messages m join sessions o on o.coach_id = m.coach_id and m.payload ->> 'sessionId' = o.id::text
          where o.coach_id = r.coach_id and o.series_id = r.id and m.type = 'sessions.session_completed') as announced
      from series r join sessions s on s.coach_id = r.coach_id and s.series_id = r.id
      group by r.coach_id, r.id, r.client_id`);
    expect(facts).toEqual(
      series.map(() => ({ completed: 3, tooMany: 0, counted: 3, audited: 3, announced: 3 })),
    );
    for (const [index, each] of series.entries()) {
      const rows = await each.occurrences();
      const days = rows.map(({ originalStartsAt }) => originalStartsAt.slice(0, 10));
      expect(new Set(days).size).toBe(days.length);
      expect(days).toEqual(
        days.map((_, day) => new Date(Date.UTC(2027, 0, 5 + day)).toISOString().slice(0, 10)),
      );
      expect(days.length).toBeGreaterThanOrEqual((before[index]?.length ?? 0) + 3);
      // What there was is what there is: no occurrence got another session.
      expect(rows.slice(0, before[index]?.length).map(({ sessionId }) => sessionId)).toEqual(
        before[index]?.map(({ sessionId }) => sessionId),
      );
    }
    expect(await app.brokenInvariants()).toEqual([]);
  });

  it('nothing is left to do for the next sweep', async () => {
    expect(await sweepAll(app)).toEqual([0, 0]);
  });
});
