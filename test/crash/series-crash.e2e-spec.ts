import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { PublicSeriesPlan } from '@app/sessions';
import { parsePublicId } from '@app/common';
import { freePort, sql } from '@app/database';
import { contentsOf } from '../support/database-contents';
import { HttpClient, type Answer } from '../support/http-client';
import { PackageSale } from '../support/packages';
import { AppProcess, ensureBuilt } from '../support/processes';
import { quote } from '../support/quote';
import { saveCard } from '../support/saved-cards';
import { SeriesUnderTest, type SeriesBody } from '../support/series';
import { TestApp } from '../support/test-app';
import { World, type ClientWorld, type CoachWorld } from '../support/world';

/** `all` kills at each step; without it at a few of them. */
const EVERY_STEP = process.env['CRASH_STEPS'] === 'all';
const BOOTED_AT_ONCE = 3;
const FIRST_DAY_MS = Date.parse('2027-05-03T00:00:00Z');
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** A plan that waits to be carried out. */
interface Prepared {
  path: string;
  body: unknown;
  planId: string;
  /** The hour that this series has for itself; what happened is told relative to it. */
  slotMs: number;
}

/** Killed in the middle of carrying out a plan: all or none, and by the same key once (pitfalls.md C8). */
describe('plans of series and sudden ends', () => {
  let app: TestApp;
  let coach: CoachWorld;
  let sale: PackageSale;
  let client: ClientWorld;
  let offering: { id: string };
  let folder: string;
  let counting: AppProcess;
  const launched: AppProcess[] = [];
  let slots = -1;

  beforeAll(async () => {
    ensureBuilt();
    folder = mkdtempSync(join(tmpdir(), 'practice-series-crash-'));
    app = await TestApp.start({ now: '2027-04-26T09:00:00Z' });
    const world = new World(app);
    sale = await PackageSale.make(world, ['card', 'package', 'pay_later']);
    ({ coach, client } = sale);
    await saveCard(app, client, sale.offering.policyId);
    offering = await world.offering(coach, { priceMinor: 0, durationMinutes: 30 });
    counting = await booted(0);
  }, 240_000);

  afterAll(async () => {
    await Promise.all(launched.map((api) => api.stop()));
    await app.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** An hour of the week that no other series of this file has. */
  const nextSlot = (): number => {
    slots += 1;
    return FIRST_DAY_MS + (slots % 7) * DAY_MS + Math.floor(slots / 7) * HOUR_MS;
  };
  const wanted = (slotMs: number): Record<string, unknown> => ({
    offeringId: offering.id,
    clientId: client.clientId,
    localStart: wallTime(slotMs),
    timezone: 'UTC',
    rule: 'FREQ=WEEKLY;COUNT=6',
  });
  const changeOf = async (change: (at: number) => Record<string, unknown>): Promise<Prepared> => {
    const slotMs = nextSlot();
    const series = await SeriesUnderTest.make(coach, client, offering.id, wanted(slotMs));
    const { change: name, ...more } = change(slotMs);
    const plan = await series.plan(String(name), more);
    expect([plan.status, plan.body.blockedBy]).toEqual([201, []]);
    return { path: `/v1/series-change-plans/${plan.body.id}/apply`, body: {}, planId: plan.body.id, slotMs };
  };
  /** Six sessions, four paid by credits of a package of their own, two on the saved card. */
  const paid = async (slotMs: number): Promise<Record<string, unknown>> => {
    const { id: entitlementId } = await sale.bought({ sessionCount: 4, validityDays: 300 });
    const paying = {
      offeringId: sale.offering.id,
      funding: 'package',
      fallback: 'saved_card',
      entitlementId,
    };
    return { ...wanted(slotMs), ...paying };
  };
  const third = (slotMs: number): string[] => [new Date(slotMs + 14 * DAY_MS).toISOString()];

  const ACTS: [name: string, prepare: () => Promise<Prepared>][] = [
    [
      'create',
      async () => {
        const slotMs = nextSlot();
        const plan = await coach.http.post<PublicSeriesPlan>('/v1/series/preview', wanted(slotMs));
        expect([plan.status, plan.body.blockedBy]).toEqual([201, []]);
        return { path: '/v1/series', body: { planId: plan.body.id }, planId: plan.body.id, slotMs };
      },
    ],
    [
      // Each takes the time that the next one leaves.
      'move all future',
      () =>
        changeOf((at) => ({ change: 'move', scope: 'all_future', localStart: wallTime(at + 7 * DAY_MS) })),
    ],
    [
      'move this and following',
      () =>
        changeOf((at) => ({
          change: 'move',
          scope: 'this_and_following',
          occurrences: third(at),
          localStart: wallTime(at + 14 * DAY_MS + HOUR_MS / 2),
        })),
    ],
    [
      'cancel this and following',
      () => changeOf((at) => ({ change: 'cancel', scope: 'this_and_following', occurrences: third(at) })),
    ],
    [
      'create paid by credits',
      async () => {
        const slotMs = nextSlot();
        const plan = await coach.http.post<PublicSeriesPlan>('/v1/series/preview', await paid(slotMs));
        expect([plan.status, plan.body.credits?.drawn]).toEqual([201, 4]);
        return { path: '/v1/series', body: { planId: plan.body.id }, planId: plan.body.id, slotMs };
      },
    ],
    [
      'pause paid by credits',
      async () => {
        const slotMs = nextSlot();
        const series = await SeriesUnderTest.make(coach, client, sale.offering.id, await paid(slotMs));
        const terms = { acceptedPolicyId: sale.offering.policyId };
        expect((await client.http.post(`/v1/series/${series.id}/accept-terms`, terms)).status).toBe(200);
        await app.drain();
        const plan = await series.plan('pause', { from: new Date(slotMs - HOUR_MS).toISOString() });
        expect(plan.body.credits).toMatchObject({ returned: 4 });
        return {
          path: `/v1/series-change-plans/${plan.body.id}/apply`,
          body: {},
          planId: plan.body.id,
          slotMs,
        };
      },
    ],
  ];

  const booted = async (step: number): Promise<AppProcess> => {
    const api = new AppProcess('api', await freePort(), {
      ...app.environment,
      LOG_LEVEL: 'error',
      NODE_OPTIONS: `--require ${join(__dirname, 'die-at-statement.cjs')}`,
      CRASH_FOLDER: folder,
      CRASH_STEP: String(step),
    });
    launched.push(api);
    await api.start();
    return api;
  };
  const carryOut = (url: string, { path, body }: Prepared, key: string): Promise<Answer<SeriesBody>> =>
    new HttpClient(url, coach.http.accessToken).post<SeriesBody>(path, body, { 'idempotency-key': key });
  const stepsOf = (key: string): string[] => readFileSync(join(folder, key), 'utf8').trimEnd().split('\n');

  /** Nothing that a dead process began is under way any more. */
  const untilQuiet = async (): Promise<void> => {
    for (;;) {
      const { open } = await app.database.one(sql<{ open: number }>`
        select count(*)::int as open from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and xact_start is not null`);
      if (open === 0) return;
      await delay(5);
    }
  };

  /** What an act left, told without ids and relative to the hour of its series. */
  const resultOf = async ({ planId, slotMs }: Prepared, { body }: Answer<SeriesBody>): Promise<unknown> => {
    const plan = parsePublicId('plan', planId);
    const counts = await app.database.one(sql<Record<string, number>>`
      select (select count(*)::int from audit_entries where cause = ${plan}) as audited,
        (select count(*)::int from outbox_messages where payload ->> 'planId' = ${plan}) as announced,
        (select count(*)::int from series_plans where id = ${plan}::uuid and used_at is not null) as used`);
    const series = new SeriesUnderTest(coach, body.id);
    const { rule, state, splitFrom } = await series.read();
    const sessions = [];
    for (const id of splitFrom === null ? [body.id] : [splitFrom, body.id])
      for (const row of await series.occurrences(id)) {
        const minutes = row.startsAt === null ? null : (Date.parse(row.startsAt) - slotMs) / 60_000;
        const history = await app.database.one(sql<Record<string, number>>`
          select (select count(*)::int from session_timeline t where t.session_id = s.id) as timeline,
            (select count(*)::int from calendar_claims k where k.session_id = s.id) as claims,
            (select count(*)::int from outbox_messages m where m.payload ->> 'sessionId' = s.id::text) as messages,
            (select coalesce(sum(amount), 0)::int from credit_entries t where t.session_id = s.id) as credits,
            (select count(*)::int from payments p where p.session_id = s.id and p.status <> 'canceled') as payments, s.version
          from sessions s where s.id = ${parsePublicId('session', row.sessionId ?? '')}::uuid`);
        sessions.push({ state: row.state, status: row.sessionStatus, minutes, ...history });
      }
    return { ...counts, rule: rule.replace(/;BYDAY=..|UNTIL=\d+/g, ''), state, sessions };
  };

  it.each(ACTS)(
    '%s: all or nothing, whichever statement was the last; by the same key it is done once',
    async (name, prepare) => {
      const act = name.replaceAll(' ', '-');
      // A run that nothing ends tells how many steps there are, and what they lead to.
      const undisturbed = await prepare();
      const done = await carryOut(counting.url, undisturbed, `die-${act}-0`);
      expect(done.status).toBeLessThan(300);
      const expected = await resultOf(undisturbed, done);
      const steps = stepsOf(`die-${act}-0`);
      const commit = steps.findIndex((step) => step.includes('(the commit was sent)')) + 1;
      expect(commit).toBeGreaterThan(10);

      const killedAt = EVERY_STEP
        ? steps.map((_, index) => index + 1)
        : someOf(ACTS.findIndex(([each]) => each === name) / ACTS.length, steps.length, commit);
      for (let from = 0; from < killedAt.length; from += BOOTED_AT_ONCE) {
        const batch = killedAt.slice(from, from + BOOTED_AT_ONCE);
        const started = await Promise.all(batch.map(booted));
        for (const [index, step] of batch.entries()) {
          const api = started[index];
          if (api === undefined) throw new Error('It was not started.');
          await dieAndGoOn(api, step, { steps, commit, act, prepared: await prepare(), expected });
        }
      }
      expect(await app.brokenInvariants()).toEqual([]);
      quote(
        `  ${name}: the api died before ${killedAt.length} of ${steps.length} steps (the commit is step ${commit}): all or nothing each time, and done once`,
      );
    },
    600_000,
  );

  async function dieAndGoOn(
    api: AppProcess,
    step: number,
    { steps, commit, act, prepared, expected }: Expected,
  ): Promise<void> {
    const key = `die-${act}-${step}`;
    const before = await contentsOf(app.database);
    const lost = await carryOut(api.url, prepared, key).catch(() => undefined);
    expect([step, lost, await api.ended()]).toEqual([step, undefined, 'SIGKILL']);
    expect(stepsOf(key)).toEqual(steps.slice(0, step));
    await untilQuiet();
    const after = await contentsOf(app.database);
    const isNothing = JSON.stringify(after) === JSON.stringify(before);
    // Sent and not answered, the commit may have come to pass or not; until then nothing is there, and afterwards all.
    if (step !== commit) expect([step, isNothing]).toEqual([step, step < commit]);
    const again = await carryOut(app.url, prepared, key);
    expect([step, again.status, again.headers.get('idempotency-replayed')]).toEqual([
      step,
      act.startsWith('create') ? 201 : 200,
      isNothing ? null : 'true',
    ]);
    expect([step, await resultOf(prepared, again)]).toEqual([step, expected]);
    const once = await contentsOf(app.database);
    const replayed = await carryOut(app.url, prepared, key);
    expect([replayed.body, await contentsOf(app.database)]).toEqual([again.body, once]);
  }
});

interface Expected {
  steps: string[];
  /** Number of the step that follows on sending the commit. */
  commit: number;
  act: string;
  prepared: Prepared;
  expected: unknown;
}

/** One in the middle, another for each act (`part` of all of them); then the commit before it is sent and after, or after and the answer. */
function someOf(part: number, steps: number, commit: number): number[] {
  const middle = Math.round(commit * (0.15 + 0.8 * part));
  return part < 0.5 ? [middle, commit - 1, commit] : [middle, commit, steps];
}

function wallTime(instantMs: number): string {
  return new Date(instantMs).toISOString().slice(0, 16);
}
