import { randomUUID } from 'node:crypto';
import { newId } from '@app/common';
import { freePort, sql } from '@app/database';
import { SignIn } from '@app/accounts';
import { PLATFORM } from '@app/outbox';
import { HttpClient } from '../support/http-client';
import { AppProcess, ensureBuilt } from '../support/processes';
import { quote } from '../support/quote';
import { TestApp } from '../support/test-app';
import { World, type CoachWorld } from '../support/world';

const RIVALS = Number(process.env['RIVALS'] ?? 500);

describe('one slot, many clients, two api processes', () => {
  const startsAt = '2027-05-03T10:00:00.000Z';
  let app: TestApp;
  let coach: CoachWorld;
  let offering: { id: string; policyId: string };
  let processes: AppProcess[] = [];
  let tokens: string[];

  beforeAll(async () => {
    ensureBuilt();
    app = await TestApp.start({ now: '2027-05-01T09:00:00Z' });
    const world = new World(app);
    coach = await world.coach({ payouts: true });
    offering = await world.offering(coach);
    tokens = await rivals(app, coach, RIVALS);
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
      tokens.map(async (token, index) => {
        const http = new HttpClient(processes[index % 2]?.url ?? '', token);
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
    const http = new HttpClient(processes[0]?.url ?? '', tokens[0]);
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
});

/** Clients of one coach, made in one statement, each with a token. */
async function rivals(app: TestApp, coach: CoachWorld, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => newId());
  await app.database.execute(sql`
    insert into accounts (id, kind, email, password_hash, display_name, timezone, email_verified_at, created_at, updated_at)
    select id, 'client', 'rival-' || id || '@demo.test', 'none', 'Rival', 'Europe/Berlin', app_now(), app_now(), app_now()
    from unnest(${ids}::uuid[]) as t (id)`);
  await app.database.execute(sql`
    insert into clients (coach_id, id, account_id, email, display_name, sort_name, timezone, invited_at, accepted_at, created_at, updated_at)
    select ${coach.coachId}::uuid, uuidv7(), id, 'rival-' || id || '@demo.test', 'Rival', 'Rival', 'Europe/Berlin', app_now(), app_now(), app_now(), app_now()
    from unnest(${ids}::uuid[]) as t (id)`);
  await app.database.execute(sql`
    insert into audit_entries (coach_id, id, at, actor_kind, action, object_type, object_id)
    select ${PLATFORM}::uuid, uuidv7(), app_now(), 'worker', 'account.create', 'account', id from accounts where kind = 'client'
    union all
    select coach_id, uuidv7(), app_now(), 'worker', 'client.invite', 'client', id from clients`);
  const signIn = app.api.get(SignIn);
  const opened: string[] = [];
  for (const id of ids) opened.push((await signIn.open(id, '127.0.0.1')).accessToken);
  return opened;
}
