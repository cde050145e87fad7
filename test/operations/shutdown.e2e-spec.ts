import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort, sql } from '@app/database';
import { createQueue, queueBackend, QUEUES } from '@app/outbox';
import { HttpClient, type Answer } from '../support/http-client';
import { AppProcess, ensureBuilt } from '../support/processes';
import { TestApp } from '../support/test-app';
import { World, type ClientWorld, type SessionSummary } from '../support/world';

/** One wish to book, and what came back: no answer means that the connection ended without one. */
interface Call {
  key: string;
  body: Record<string, unknown>;
  answer?: Answer<SessionSummary>;
}

const CALLERS = 20;
const GRACE_MS = 1_000;
const HALF_HOUR_MS = 1_800_000;
const FIRST_START_MS = Date.parse('2027-03-02T00:00:00Z');
/** Stripe answers later than the grace ends. */
const SLOW_MS = 1_500;
/** The process gives up after 10 s. */
const MOST_DRAIN_MS = 8_000;

/** Asked to stop while they work, the processes lose nothing and leave nothing half done (reliability.md R13, G18). */
describe('SIGTERM under load', () => {
  let app: TestApp;
  let client: ClientWorld;
  let free: { id: string; policyId: string };
  let paid: { id: string; policyId: string };
  let starts = 0;

  beforeAll(async () => {
    ensureBuilt();
    app = await TestApp.start({ now: '2027-03-01T09:00:00Z' });
    const world = new World(app);
    const coach = await world.coach({ payouts: true });
    client = await world.client(coach);
    free = await world.offering(coach, { priceMinor: 0, durationMinutes: 30 });
    paid = await world.offering(coach, { durationMinutes: 30 });
  }, 300_000);

  afterAll(() => app.stop());

  const nextCall = (offering = free, funding = 'free'): Call => {
    starts += 1;
    const startsAt = new Date(FIRST_START_MS + starts * HALF_HOUR_MS).toISOString();
    const body = { offeringId: offering.id, startsAt, funding, acceptedPolicyId: offering.policyId };
    return { key: randomUUID(), body };
  };
  const ask = async (http: HttpClient, call: Call): Promise<void> => {
    const headers = { 'idempotency-key': call.key };
    call.answer = await http.post<SessionSummary>('/v1/sessions', call.body, headers).catch(() => undefined);
  };
  const sessionsAt = async ({ body }: Call): Promise<string[]> => {
    const rows = await app.database.many(sql<{ status: string }>`
      select status from sessions where starts_at = ${String(body['startsAt'])}::timestamptz`);
    return rows.map(({ status }) => status);
  };

  it('the api is not ready first, answers what it accepted, and ends with 0', async () => {
    const api = new AppProcess('api', await freePort(), {
      ...app.environment,
      SHUTDOWN_GRACE_MS: String(GRACE_MS),
    });
    await api.start();
    const http = new HttpClient(api.url, client.http.accessToken);
    // A browser opens connections on suspicion; one that never asks anything must not hold up the end.
    const idle = connect(api.port, '127.0.0.1').on('error', () => undefined);
    await once(idle, 'connect');

    const calls: Call[] = [];
    const callUntilGone = async (): Promise<void> => {
      for (;;) {
        const call = nextCall();
        calls.push(call);
        await ask(http, call);
        if (call.answer === undefined) return;
      }
    };
    const callers = Array.from({ length: CALLERS }, callUntilGone);
    await delay(300);
    api.askToStop();
    const askedAt = performance.now();
    // The signal needs a moment to arrive; what is booked from then on is still answered.
    let ready = await http.get('/health/ready');
    while (ready.status === 200) ready = await http.get('/health/ready');
    await delay(GRACE_MS - 300 - (performance.now() - askedAt));
    app.sandbox.faults.inject({
      provider: 'stripe',
      operation: 'POST /v1/payment_intents',
      kind: 'slow',
      times: 1,
      delayMs: SLOW_MS,
    });
    const slow = nextCall(paid, 'card');
    await Promise.all([ask(http, slow), ...callers]);
    await api.ended();
    const tookMs = performance.now() - askedAt;
    idle.destroy();

    expect(ready).toMatchObject({ status: 503, body: { code: 'service.not_ready' } });
    expect([api.exitCode, api.log]).toEqual([0, api.log]);
    expect(tookMs).toBeLessThan(GRACE_MS + MOST_DRAIN_MS);
    expect(app.sandbox.faults.list()).toEqual([]);
    expect([slow.answer?.status, slow.answer?.body]).toEqual([201, slow.answer?.body]);
    const answered = calls.filter(({ answer }) => answer !== undefined);
    expect(answered.length).toBeGreaterThan(0);
    for (const call of answered) {
      expect([call.answer?.status, call.answer?.body]).toEqual([201, call.answer?.body]);
      expect([call.answer?.body.startsAt, await sessionsAt(call)]).toEqual([
        call.body['startsAt'],
        ['scheduled'],
      ]);
    }
    // Whoever got no answer asks again under the same key, elsewhere: then it is done, once.
    for (const call of calls.filter(({ answer }) => answer === undefined)) {
      await ask(client.http, call);
      expect([call.answer?.status, await sessionsAt(call)]).toEqual([201, ['scheduled']]);
    }
    expect(await app.brokenInvariants()).toEqual([]);
    console.log(
      `shutdown: ${answered.length} of ${calls.length} answered, gone after ${Math.round(tookMs)} ms`,
    );
  }, 60_000);

  it('the worker ends its jobs and leaves the others to the next one', async () => {
    app.sandbox.faults.inject({
      provider: 'smtp',
      operation: 'DATA',
      kind: 'slow',
      times: 1_000,
      delayMs: 400,
    });
    // Only what the queue itself keeps may bring a job back: no re-drive in this time.
    const environment = { ...app.environment, REDRIVE_AFTER_SECONDS: '3600', RELAY_POLL_MS: '200' };
    const first = new AppProcess('worker', await freePort(), environment);
    await first.start();
    const open = async (): Promise<number> =>
      (
        await app.database.one(sql<{ open: number }>`
          select (select count(*) from outbox_messages where published_at is null)
               + (select count(*) from outbox_deliveries where done_at is null)::bigint as open`)
      ).open;
    const sent = async (): Promise<number> =>
      (
        await app.database.one(sql<{ sent: number }>`
          select count(*)::int as sent from notifications where state = 'sent'`)
      ).sent;
    for (const end = Date.now() + 20_000; (await sent()) === 0 && Date.now() < end;) await delay(50);
    first.askToStop();
    const askedAt = performance.now();
    await first.ended();
    expect([first.exitCode, first.log]).toEqual([0, first.log]);
    expect(performance.now() - askedAt).toBeLessThan(25_000);
    expect(await open()).toBeGreaterThan(0);
    expect(await activeJobs(app.databaseUrl)).toBe(0);

    app.sandbox.faults.clear();
    const second = new AppProcess('worker', await freePort(), environment);
    await second.start();
    for (const end = Date.now() + 40_000; (await open()) > 0 && Date.now() < end;) await delay(100);
    await second.stop();
    expect([await open(), second.log]).toEqual([0, second.log]);
    const failed = await app.database.many(sql`select job, last_error from outbox_deliveries
      where attempt > 1 or last_error is not null or dead_at is not null`);
    expect(failed).toEqual([]);
    const messageIds = app.sandbox.mailbox.messages.map(({ messageId }) => messageId);
    expect(new Set(messageIds).size).toBe(messageIds.length);
    expect(await app.brokenInvariants()).toEqual([]);
  }, 120_000);
});

/** Jobs that a worker has taken and not finished, in all queues. */
async function activeJobs(databaseUrl: string): Promise<number> {
  const backend = queueBackend({ databaseUrl, redisUrl: process.env['REDIS_URL'] });
  const counts: number[] = [];
  for (const name of QUEUES) {
    const queue = createQueue(name, backend);
    counts.push(await queue.getActiveCount());
    await queue.close();
  }
  return counts.reduce((sum, count) => sum + count, 0);
}
