import { parsePublicId } from '@app/common';
import { sql } from '@app/database';
import { SessionSweeps } from '@app/sessions';
import { announcedOf, auditOf, movesOf } from '../support/history';
import { TestApp } from '../support/test-app';
import { World, type ClientWorld, type CoachWorld, type SessionSummary } from '../support/world';

const HOUR_MS = 3_600_000;
const DAY_SECONDS = 86_400;

let app: TestApp;
let world: World;
let coach: CoachWorld;
let client: ClientWorld;
let free: { id: string; policyId: string };
let slot = 0;

beforeAll(async () => {
  app = await TestApp.start({ now: '2027-06-01T08:00:00Z' });
  world = new World(app);
  coach = await world.coach();
  client = await world.client(coach);
  free = await world.offering(coach, { priceMinor: 0, durationMinutes: 30 });
});
afterEach(async () => {
  expect(await app.brokenInvariants()).toEqual([]);
});
afterAll(() => app.stop());

/** A free session, an hour after the one before; the first an hour from now. */
function book(): Promise<SessionSummary> {
  slot = Math.max(slot, Math.ceil(app.sandbox.now().getTime() / HOUR_MS) * HOUR_MS) + HOUR_MS;
  return world.book(client, free, new Date(slot).toISOString(), { funding: 'free' });
}

const endOf = (session: SessionSummary): number => Date.parse(String(session['endsAt']));

async function countOf({ clientId }: ClientWorld): Promise<{ count: number; last: Date | null }> {
  return app.database.one(sql<{ count: number; last: Date | null }>`
    select completed_sessions as count, last_session_at as last from clients
    where id = ${parsePublicId('client', clientId)}::uuid`);
}

describe('A14 a session completes by itself', () => {
  it('at its end plus the grace of the coach, once', async () => {
    await coach.http.patch('/v1/settings', { completionGraceMinutes: 10 });
    const session = await book();
    await app.advanceTo(new Date(endOf(session) + 9 * 60_000));
    expect((await world.read(coach, session.id)).status).toBe('scheduled');
    await app.advanceTo(new Date(endOf(session) + 10 * 60_000 + 1_000));
    await app.sweep();
    expect(await world.read(coach, session.id)).toMatchObject({ status: 'completed' });
    expect(await movesOf(app, session.id)).toEqual([
      { from: null, to: 'scheduled', outcome: null, by: 'client' },
      { from: 'scheduled', to: 'completed', outcome: null, by: 'worker' },
    ]);
    expect(await auditOf(app, session.id)).toEqual(['session.book', 'session.complete']);
    expect(await announcedOf(app, session.id)).toEqual(['session_scheduled', 'session_completed']);
    await coach.http.patch('/v1/settings', { completionGraceMinutes: 0 });
  });

  it('once, after three days without a worker, by two workers at once; what was cancelled stays as it is', async () => {
    const before = await countOf(client);
    const sessions: SessionSummary[] = [];
    for (let made = 0; made < 12; made += 1) sessions.push(await book());
    const cancelled = await book();
    await coach.http.post(`/v1/sessions/${cancelled.id}/cancel`);
    await app.drain();
    await app.sandbox.advanceClock(3 * DAY_SECONDS);
    const sweeps = [app.worker.get(SessionSweeps), app.api.get(SessionSweeps)];
    // Small batches: the two meet again and again.
    const counts = await Promise.all(
      sweeps.flatMap((sweep) => Array.from({ length: 6 }, () => sweep.completeDue(3))),
    );
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(sessions.length);
    await app.sweep();
    for (const { id } of sessions) {
      const moves = await movesOf(app, id);
      expect(moves.filter(({ to }) => to === 'completed')).toHaveLength(1);
      expect((await announcedOf(app, id)).filter((type) => type === 'session_completed')).toHaveLength(1);
    }
    expect((await world.read(coach, cancelled.id)).status).toBe('cancelled');
    expect(await countOf(client)).toEqual({
      count: before.count + sessions.length,
      last: new Date(String(sessions.at(-1)?.startsAt)),
    });
  });

  it('or by the coach once it has begun, and the worker then leaves it alone', async () => {
    const session = await book();
    const early = await coach.http.post(`/v1/sessions/${session.id}/complete`);
    expect(early).toMatchObject({ status: 409, body: { sessionStatus: 'scheduled' } });
    await app.advanceTo(new Date(Date.parse(session.startsAt) + 1_000));
    expect((await coach.http.post(`/v1/sessions/${session.id}/complete`)).status).toBe(200);
    const { count } = await countOf(client);
    await app.advance(DAY_SECONDS);
    expect((await countOf(client)).count).toBe(count);
    expect((await movesOf(app, session.id)).at(-1)).toMatchObject({ to: 'completed', by: 'coach' });
    expect((await coach.http.post(`/v1/sessions/${session.id}/complete`)).status).toBe(409);
  });
});

describe('every job', () => {
  it('does no harm when it is run twice', async () => {
    const paidCoach = await world.coach({ payouts: true, zoom: true });
    const guest = await world.client(paidCoach);
    const sold = await world.offering(paidCoach);
    const start = new Date(Math.ceil(app.sandbox.now().getTime() / HOUR_MS) * HOUR_MS + 48 * HOUR_MS);
    const session = await world.paidSession(guest, sold, start.toISOString());
    await paidCoach.http.post(`/v1/sessions/${session.id}/cancel`);
    await app.drain();
    const seen = async (): Promise<unknown> => ({
      refunds: app.sandbox.stripe.refunds.length,
      intents: app.sandbox.stripe.paymentIntents.length,
      meetings: app.sandbox.zoom.meetings.length,
      moves: await movesOf(app, session.id),
      session: { ...(await world.read(paidCoach, session.id)), version: 0 },
      notifications: (
        await app.database.one(sql<{ count: number }>`select count(*)::int as count from notifications`)
      ).count,
    });
    const before = await seen();
    // As a queue that lost its memory would: every job there ever was, in no order.
    await app.database.execute(sql`update outbox_deliveries set done_at = null
      where job not in ('tell-email-verification', 'tell-password-reset', 'tell-client-invited')`);
    await app.redrive();
    await app.drain();
    expect(await seen()).toEqual(before);
  });
});
