import { randomUUID } from 'node:crypto';
import { newId } from '@app/common';
import { freePort, sql } from '@app/database';
import { HttpClient } from '../support/http-client';
import { manyClients } from '../support/many-clients';
import { AppProcess, ensureBuilt } from '../support/processes';
import { quote } from '../support/quote';
import { TestApp } from '../support/test-app';
import { World, type ClientWorld, type CoachWorld } from '../support/world';

const RIVALS = Number(process.env['RIVALS'] ?? 500);

describe('one slot, many clients, two api processes', () => {
  const startsAt = '2027-05-03T10:00:00.000Z';
  let app: TestApp;
  let world: World;
  let coach: CoachWorld;
  let offering: { id: string; policyId: string };
  let processes: AppProcess[] = [];
  let rivals: ClientWorld[];

  beforeAll(async () => {
    ensureBuilt();
    app = await TestApp.start({ now: '2027-05-01T09:00:00Z' });
    world = new World(app);
    coach = await world.coach({ payouts: true });
    offering = await world.offering(coach);
    rivals = await manyClients(app, coach, RIVALS);
    processes = await Promise.all(
      [0, 1].map(
        async () => new AppProcess('api', await freePort(), { ...app.environment, LOG_LEVEL: 'error' }),
      ),
    );
    await Promise.all(processes.map((api) => api.start()));
  }, 120_000);

  afterAll(async () => {
    await Promise.all(processes.map((api) => api.stop()));
    await app.stop();
  });

  it(`A158 A123 sells it once: one 201, ${RIVALS - 1} × 409 with other times, no error and no deadlock`, async () => {
    const began = performance.now();
    const times: number[] = [];
    const answers = await Promise.all(
      rivals.map(async (rival, index) => {
        const http = new HttpClient(processes[index % 2]?.url ?? '', rival.http.accessToken);
        const answer = await http.post<{ code?: string; alternatives?: string[] }>(
          '/v1/sessions',
          { offeringId: offering.id, startsAt, funding: 'card', acceptedPolicyId: offering.policyId },
          { 'idempotency-key': randomUUID() },
        );
        times.push(performance.now() - began);
        return answer;
      }),
    );
    const statuses = new Map<number, number>();
    for (const { status } of answers) statuses.set(status, (statuses.get(status) ?? 0) + 1);
    expect(Object.fromEntries(statuses)).toEqual({ 201: 1, 409: RIVALS - 1 });
    const refused = answers.filter(({ status }) => status === 409);
    expect(refused.every(({ body }) => body.code === 'sessions.slot_taken')).toBe(true);
    expect(
      refused.every(
        ({ body }) => (body.alternatives?.length ?? 0) > 0 && !body.alternatives?.includes(startsAt),
      ),
    ).toBe(true);
    const { deadlocks } = await app.database.one(sql<{ deadlocks: number }>`
      select deadlocks::int from pg_stat_database where datname = current_database()`);
    expect(deadlocks).toBe(0);
    expect(await app.brokenInvariants()).toEqual([]);
    const slowest = Math.round(Math.max(...times));
    quote(
      `  ${RIVALS} rivals for one slot: ${[...statuses].map(([status, count]) => `${status} × ${count}`).join(', ')}; 0 deadlocks; all answered after ${slowest} ms`,
    );
  }, 120_000);

  it('A157 refuses an overlap by one minute, by the api and by raw SQL', async () => {
    const http = new HttpClient(processes[0]?.url ?? '', rivals[0]?.http.accessToken);
    const late = await http.post('/v1/sessions', {
      offeringId: offering.id,
      startsAt: '2027-05-03T10:59:00.000Z',
      funding: 'card',
      acceptedPolicyId: offering.policyId,
    });
    expect([409, 422]).toContain(late.status);
    const claim = app.database.execute(sql`
      insert into calendar_claims (coach_id, id, session_id, kind, blocked)
      values (${coach.coachId}::uuid, ${newId()}::uuid, ${newId()}::uuid, 'session', tstzrange('2027-05-03T10:59:00Z', '2027-05-03T11:59:00Z'))`);
    await expect(claim).rejects.toMatchObject({ code: '23P01', constraint: 'claims_never_overlap' });
  });

  it('A158 holds the caps per day and week: whoever comes first, not one more', async () => {
    const capped = await world.coach();
    const free = await world.offering(capped, { priceMinor: 0 });
    const caps = { mostSessionsPerDay: 3, mostSessionsPerWeek: 5 };
    expect((await capped.http.patch('/v1/settings', caps)).status).toBe(200);
    const people = await manyClients(app, capped, 40);
    // Times that do not meet each other, half of them on one day and half on the next.
    const answers = await Promise.all(
      people.map((person, index) => {
        const http = new HttpClient(processes[index % 2]?.url ?? '', person.http.accessToken);
        const hour = String(2 + Math.floor(index / 2)).padStart(2, '0');
        return http.post<{ code?: string }>('/v1/sessions', {
          offeringId: free.id,
          startsAt: `2027-05-0${4 + (index % 2)}T${hour}:00:00.000Z`,
          funding: 'free',
          acceptedPolicyId: free.policyId,
        });
      }),
    );
    const booked = answers.filter(({ status }) => status === 201);
    const refused = answers.filter(({ status }) => status === 422);
    expect([booked.length, refused.length]).toEqual([5, 35]);
    expect(new Set(refused.map(({ body }) => body.code))).toEqual(new Set(['availability.cap_reached']));
    const perDay = await app.database.many(sql<{ day: string; sessions: number }>`
      select local_start::date as day, count(*)::int as sessions from sessions where coach_id = ${capped.coachId} group by 1 order by 1`);
    expect(perDay.map(({ sessions }) => sessions).toSorted((a, b) => a - b)).toEqual([2, 3]);
  });
});
