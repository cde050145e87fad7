import { setTimeout as delay } from 'node:timers/promises';
import { freePort, sql } from '@app/database';
import { createQueue, Deliveries, queueBackend, QUEUES } from '@app/outbox';
import { routesOf } from '../../apps/worker/src/event-routes';
import { AppProcess, ensureBuilt } from '../support/processes';
import { TestApp } from '../support/test-app';
import { World, type ClientWorld, type CoachWorld, type SessionSummary } from '../support/world';

const backendName = process.env['REDIS_URL'] === undefined ? 'PostgreSQL' : 'Redis';

const SLOW_MEETINGS = 5;

/** The same jobs on either backend; `npm run test:redis` runs this file with REDIS_URL. */
describe(`a real worker on queues in ${backendName}`, () => {
  let app: TestApp;
  let world: World;
  let coach: CoachWorld;
  let client: ClientWorld;
  let offering: { id: string; policyId: string };
  let environment: Record<string, string>;
  let worker: AppProcess;
  let hour = 8;

  beforeAll(async () => {
    ensureBuilt();
    app = await TestApp.start({ now: '2027-04-01T09:00:00Z' });
    world = new World(app);
    coach = await world.coach({ zoom: true });
    client = await world.client(coach);
    offering = await world.offering(coach, { priceMinor: 0 });
    environment = {
      ...app.environment,
      LOG_LEVEL: 'error',
      SWEEP_SECONDS: '1',
      REDRIVE_AFTER_SECONDS: '3',
      RELAY_POLL_MS: '500',
    };
    worker = new AppProcess('worker', await freePort(), environment);
  }, 120_000);

  afterAll(async () => {
    await worker.stop();
    await app.stop();
  });

  const book = (): Promise<SessionSummary> => {
    hour += 1;
    return world.book(client, offering, new Date(Date.UTC(2027, 3, 5, hour)).toISOString(), {
      funding: 'free',
    });
  };

  const untilReady = async (session: SessionSummary): Promise<void> => {
    await until(
      async () => (await world.read(client, session.id))['meeting'],
      (meeting) => (meeting as { state: string }).state === 'ready',
    );
  };

  it('does what a commit announced, woken at once', async () => {
    await worker.start();
    const session = await book();
    await untilReady(session);
    expect(app.sandbox.zoom.meetings).toHaveLength(1);
  });

  it('A48 survives the worker being killed twice in one job: one meeting', async () => {
    app.sandbox.faults.inject({
      provider: 'zoom',
      operation: 'POST /v2/users/{userId}/meetings',
      kind: 'slow',
      times: 2,
      delayMs: 3_000,
    });
    const session = await book();
    for (let round = 0; round < 2; round += 1) {
      await delay(1_000);
      await worker.kill();
      await worker.start();
    }
    await untilReady(session);
    expect(app.sandbox.zoom.meetings).toHaveLength(2);
  }, 90_000);

  it('does again from the database what a wiped queue has forgotten', async () => {
    await worker.stop();
    const session = await book();
    // Enqueued, and lost with the queue.
    await app.worker.get(Deliveries).publish(100, routesOf, async () => undefined);
    await wipe(app);
    await worker.start();
    await untilReady(session);
    expect(app.sandbox.zoom.meetings).toHaveLength(3);
  }, 90_000);

  it('does not fill a slow queue with repetitions of what waits in it', async () => {
    await worker.stop();
    const before = new Set((await deliveriesOf(app)).map(({ id }) => id));
    app.sandbox.faults.inject({
      provider: 'zoom',
      operation: 'POST /v2/users/{userId}/meetings',
      kind: 'slow',
      times: SLOW_MEETINGS,
      delayMs: 4_000,
    });
    const sessions: SessionSummary[] = [];
    while (sessions.length < SLOW_MEETINGS) sessions.push(await book());
    const slow = new AppProcess('worker', await freePort(), { ...environment, JOB_CONCURRENCY: '1' });
    await slow.start();
    try {
      for (const session of sessions) await untilReady(session);
    } finally {
      await slow.stop();
    }
    const attempts = (await deliveriesOf(app))
      .filter(({ id, job }) => !before.has(id) && job === 'sync-meeting')
      .map(({ attempt }) => attempt);
    // The last one waits for four times the pause of the re-drive; one that has begun may be repeated.
    expect(attempts).toHaveLength(SLOW_MEETINGS);
    expect(Math.max(...attempts)).toBeLessThanOrEqual(3);
    await worker.start();
  }, 90_000);

  it('leaves nothing open and nothing dead', async () => {
    await until(
      () =>
        app.database.one(
          sql<{ open: number }>`select count(*)::int as open from outbox_deliveries where done_at is null`,
        ),
      ({ open }) => open === 0,
    );
  }, 60_000);
});

async function wipe(app: TestApp): Promise<void> {
  const backend = queueBackend({ databaseUrl: app.databaseUrl, redisUrl: process.env['REDIS_URL'] });
  for (const name of QUEUES) {
    const queue = createQueue(name, backend);
    await queue.obliterate({ force: true });
    await queue.close();
  }
}

async function until<T>(
  read: () => Promise<T>,
  isThere: (value: T) => boolean,
  mostMs = 45_000,
): Promise<void> {
  const end = Date.now() + mostMs;
  let last: T | undefined;
  while (Date.now() < end) {
    last = await read();
    if (isThere(last)) return;
    await delay(100);
  }
  throw new Error(`It did not come: ${JSON.stringify(last)}`);
}

function deliveriesOf(app: TestApp): Promise<{ id: string; job: string; attempt: number }[]> {
  return app.database.many(
    sql<{ id: string; job: string; attempt: number }>`select id, job, attempt from outbox_deliveries`,
  );
}
