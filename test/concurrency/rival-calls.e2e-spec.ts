import { parsePublicId } from '@app/common';
import { freePort, sql } from '@app/database';
import { Sweeps } from '../../apps/worker/src/sweeps';
import { AppProcess, ensureBuilt } from '../support/processes';
import { quote } from '../support/quote';
import { TestApp } from '../support/test-app';
import { World } from '../support/world';
import { CallLog } from './call-log';
import { RivalCalls } from './rival-calls';
import { RivalPractice, type Made, type RivalOffering } from './rival-practice';

const CALLS = Number(process.env['RIVAL_CALLS'] ?? 800);
const COACHES = Math.min(20, Math.ceil(CALLS / 160));
const CLIENTS_OF_A_COACH = 12;
const AT_ONCE = Number(process.env['RIVAL_PARALLEL'] ?? 64);
const SEED = Number(process.env['RIVAL_SEED'] ?? 20_270_501);

/** Everything that takes a coach's time at once, through two processes (reliability.md R1, R2, G3). */
describe(`${CALLS} rival calls on ${COACHES} coaches, two api processes`, () => {
  let app: TestApp;
  let practices: RivalPractice[];
  let processes: AppProcess[] = [];
  let rivals: RivalCalls;
  const log = new CallLog();

  beforeAll(async () => {
    ensureBuilt();
    app = await TestApp.start({ now: '2027-05-01T09:00:00Z' });
    const world = new World(app);
    practices = [];
    for (let coach = 0; coach < COACHES; coach += 1)
      practices.push(await RivalPractice.make(world, CLIENTS_OF_A_COACH, new Date('2027-05-04T00:00:00Z')));
    processes = await Promise.all(
      [0, 1].map(
        async () => new AppProcess('api', await freePort(), { ...app.environment, LOG_LEVEL: 'error' }),
      ),
    );
    await Promise.all(processes.map((api) => api.start()));
    rivals = new RivalCalls(
      SEED,
      practices,
      processes.map(({ url }) => url),
      letTimePass,
      log,
    );
  }, 240_000);

  afterAll(async () => {
    await Promise.all(processes.map((api) => api.stop()));
    await app.stop();
  });

  it('A158 nobody overlaps, nothing locks up, every answer is one that the api promises', async () => {
    const began = performance.now();
    let next = 0;
    const caller = async (): Promise<void> => {
      while (log.calls.length < CALLS) await rivals.perform(next++);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, caller));
    const seconds = (performance.now() - began) / 1_000;
    expect([log.unexpected.slice(0, 5), processes.map((api) => api.log)]).toEqual([[], ['', '']]);
    expect(log.helpless.slice(0, 5)).toEqual([]);
    expect(log.neverDone()).toEqual([]);
    // A process that ends hands in its counters.
    await Promise.all(processes.map((api) => api.stop()));
    expect(await overlaps()).toEqual({ claims: 0, sessions: 0 });
    const { deadlocks } = await app.database.one(sql<{ deadlocks: number }>`
      select deadlocks::int from pg_stat_database where datname = current_database()`);
    expect(deadlocks).toBe(0);
    await letTimePass();
    expect(await app.brokenInvariants()).toEqual([]);
    await report(seconds);
  }, 1_800_000);

  it('nothing that was promised is lost, nothing is there that nobody was told of', async () => {
    const rows = await app.database.many(
      sql<{ id: string }>`select id from sessions where series_id is null`,
    );
    const told = practices.flatMap(({ sessions }) => sessions.map(({ id }) => parsePublicId('session', id)));
    expect(new Set(told)).toEqual(new Set(rows.map(({ id }) => id)));
    const series = await app.database.many(
      sql<{ id: string }>`select id from series where split_from is null`,
    );
    const made = practices.flatMap(({ madeSeries }) =>
      madeSeries.map(({ id }) => parsePublicId('series', id)),
    );
    expect(new Set(made)).toEqual(new Set(series.map(({ id }) => id)));
  });

  it('A157 changed buffers count for what is booked later, and for nothing that was booked before', async () => {
    const taken = new Map<string, [before: number, after: number]>();
    for (const { id, before, after } of await app.database.many(sql<{
      id: string;
      before: number;
      after: number;
    }>`
      select id, before_minutes as before, after_minutes as after from sessions where series_id is null
      union all select id, before_minutes, after_minutes from series`))
      taken.set(id, [before, after]);
    const wrong: unknown[] = [];
    const check = (kind: 'session' | 'series', made: Made, { buffers }: RivalOffering): void => {
      const [before, after] = taken.get(parsePublicId(kind, made.id) ?? '') ?? [NaN, NaN];
      if (!buffers.allows(made, before, after)) wrong.push([kind, made.id, before, after]);
    };
    for (const practice of practices) {
      for (const session of practice.sessions) check('session', session, session.offering);
      for (const series of practice.madeSeries) check('series', series, practice.free);
    }
    expect(wrong).toEqual([]);
    const strangers = await app.database.many(sql`
      select s.id from sessions s join series r on r.coach_id = s.coach_id and r.id = s.series_id
      where (s.before_minutes, s.after_minutes) <> (r.before_minutes, r.after_minutes)`);
    expect(strangers).toEqual([]);
    expect(new Set([...taken.values()].map((minutes) => minutes.join())).size).toBeGreaterThan(4);
  });

  /** The worker is in this process, so it is a third one for the database. */
  async function letTimePass(): Promise<void> {
    await app.sandbox.advanceClock(180);
    await app.worker.get(Sweeps).sweepSessions();
  }

  /** By the claims, and by what the sessions themselves say that they take. */
  async function overlaps(): Promise<{ claims: number; sessions: number }> {
    return app.database.one(sql<{ claims: number; sessions: number }>`
      with taken as (
        select coach_id, id, tstzrange(starts_at - make_interval(mins => before_minutes), ends_at + make_interval(mins => after_minutes)) as blocked
        from sessions where status in ('held', 'scheduled'))
      select
        (select count(*)::int from calendar_claims a join calendar_claims b
          on a.coach_id = b.coach_id and a.id < b.id and a.session_id <> b.session_id and a.blocked && b.blocked) as claims,
        (select count(*)::int from taken a join taken b
          on a.coach_id = b.coach_id and a.id < b.id and a.blocked && b.blocked) as sessions`);
  }

  async function report(seconds: number): Promise<void> {
    const { holds, offers } = await app.database.one(sql<{ holds: number; offers: number }>`
      select (select count(*)::int from sessions where outcome = 'hold_expired') as holds,
        (select count(*)::int from reschedule_proposals where status = 'expired') as offers`);
    const acts = Object.entries(log.counts()).map(([act, counts]) => {
      const answers = Object.entries(counts).map(([answer, count]) => `${answer} × ${count}`);
      return `    ${act}: p50 ${log.percentile(0.5, act)} ms, p99 ${log.percentile(0.99, act)} ms; ${answers.join(', ')}`;
    });
    quote(
      `  ${log.calls.length} rival calls on ${COACHES} coaches, ${AT_ONCE} at once, seed ${SEED}: p50 ${log.percentile(0.5)} ms, p99 ${log.percentile(0.99)} ms (goal 1000), ${Math.round(log.calls.length / seconds)} a second; 0 overlaps, 0 deadlocks, no 5xx`,
      `    meanwhile ${holds} holds and ${offers} proposals ran out`,
      ...acts,
    );
  }
});
