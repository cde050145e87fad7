import { sql } from '@app/database';
import { SessionSweeps } from '@app/sessions';
import { heldOpen, untilWaiting } from '../support/interleaving';
import { manyClients } from '../support/many-clients';
import { TestApp } from '../support/test-app';
import { World, type ClientWorld, type CoachWorld } from '../support/world';

const CLIENTS = 20;
const BATCH = 8;
const QUARTER_MS = 15 * 60_000;
const HALF_DAY_MS = 48 * QUARTER_MS;

/** Workers that complete a backlog of sessions at once, and count them for the same clients. */
describe('two workers', () => {
  let app: TestApp;
  let world: World;
  let coach: CoachWorld;
  let clients: ClientWorld[];
  let offering: { id: string; policyId: string };
  let nextMs = Date.parse('2027-05-02T00:00:00Z');

  beforeAll(async () => {
    app = await TestApp.start({ now: '2027-05-01T09:00:00Z' });
    world = new World(app);
    coach = await world.coach();
    const settings = await coach.http.patch('/v1/settings', { startIncrementMinutes: 15 });
    expect(settings.status).toBe(200);
    offering = await world.offering(coach, { priceMinor: 0, durationMinutes: 15 });
    clients = await manyClients(app, coach, CLIENTS);
  });
  afterEach(async () => expect(await app.brokenInvariants()).toEqual([]));
  afterAll(() => app.stop());

  /** Sessions that are over, one after the other, and nobody has completed yet. */
  async function backlog(sessions: number): Promise<void> {
    for (let index = 0; index < sessions; index += 1) {
      // Neighbours in time, which one batch takes, have clients in ever another order.
      const client = clients[(index * 7 + Math.floor(index / CLIENTS) * 3) % CLIENTS];
      if (client === undefined) throw new Error('There is no such client.');
      await world.book(client, offering, new Date(nextMs).toISOString(), { funding: 'free' });
      nextMs += QUARTER_MS;
    }
    const seconds = Math.ceil((nextMs + HALF_DAY_MS - app.sandbox.now().getTime()) / 1_000);
    nextMs += 2 * HALF_DAY_MS;
    await app.sandbox.advanceClock(seconds);
  }

  it('A14 complete each session once, whoever takes it', async () => {
    await backlog(120);
    const catchUp = async (sweeps: SessionSweeps): Promise<number> => {
      let completed = 0;
      for (let some = BATCH; some > 0; completed += some) some = await sweeps.completeDue(BATCH);
      return completed;
    };
    const workers = [app.worker, app.api].map((each) => each.get(SessionSweeps, { strict: false }));
    const done = await Promise.all([...workers, ...workers].map(catchUp));
    expect(done.reduce((sum, completed) => sum + completed, 0)).toBe(120);
    const told = await app.database.one(sql`
      select (select count(*)::int from session_timeline where to_status = 'completed') as entries,
        (select count(*)::int from outbox_messages where type = 'sessions.session_completed') as events,
        (select count(distinct session_id)::int from session_timeline where to_status = 'completed') as sessions,
        (select sum(completed_sessions)::int from clients) as counted`);
    expect(told).toEqual({ entries: 120, events: 120, sessions: 120, counted: 120 });
  }, 60_000);

  it('take the clients that they share in one order, so that they never wait for each other in a circle', async () => {
    await backlog(2 * CLIENTS);
    // Whoever waits for the first of the clients has none of the others yet.
    const holder = await heldOpen(app.database, () =>
      app.database.one(sql`select id from clients order by coach_id, id limit 1 for no key update`),
    );
    const completing = app.worker.get(SessionSweeps).completeDue(100);
    await untilWaiting(app.database, 1);
    const free = await app.database.many(sql`select id from clients for no key update skip locked`);
    await holder.commit();
    expect(await completing).toBe(2 * CLIENTS);
    expect(free).toHaveLength(CLIENTS - 1);
  }, 60_000);
});
