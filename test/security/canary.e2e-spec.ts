import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort, sql } from '@app/database';
import { addressOf, documentedOperations } from '../support/api-document';
import { tablesWith } from '../support/database-contents';
import { HttpClient } from '../support/http-client';
import { PracticeWorld } from '../support/practice-world';
import { AppProcess, ensureBuilt } from '../support/processes';
import { TestApp } from '../support/test-app';
import { World } from '../support/world';

/** Searched for everywhere. Long enough to be in no random value. */
const CANARY = 'canary-5e81-doubts-about-the-merger';

/** What a coach writes for themselves is found nowhere but in their own answers (A62, A63, A66; issue: point 9). */
describe('the words of a private note', () => {
  let folder: string;
  let capture: string;
  let app: TestApp;
  let practice: PracticeWorld;
  let other: PracticeWorld;
  let api: AppProcess;
  let worker: AppProcess;
  let coach: HttpClient;
  let sessionId: string;
  let upcomingId: string;
  let noteId: string;

  beforeAll(async () => {
    ensureBuilt();
    folder = mkdtempSync(join(tmpdir(), 'practice-canary-'));
    capture = join(folder, 'outbound.jsonl');
    app = await TestApp.start({ now: '2026-11-20T08:00:00Z', environment: { OUTBOUND_CAPTURE: capture } });
    practice = await PracticeWorld.make(app);
    other = await PracticeWorld.make(app);
    await practice.fill();
    await other.fill();
    upcomingId = await practice.fresh('ses');
    const environment = {
      ...app.environment,
      LOG_LEVEL: 'trace',
      SWEEP_SECONDS: '1',
      REDRIVE_AFTER_SECONDS: '1',
      RELAY_POLL_MS: '200',
    };
    api = new AppProcess('api', await freePort(), environment);
    worker = new AppProcess('worker', await freePort(), environment);
    await Promise.all([api.start(), worker.start()]);
    coach = new HttpClient(api.url, practice.coach.http.accessToken);
    sessionId = practice.idOf('ses');
    await write();
    await untilAtRest();
  }, 120_000);

  afterAll(async () => {
    await Promise.all([api.stop(), worker.stop()]);
    await app.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Every way in: new, changed, repeated, made private, refused, removed; before and after the session. */
  async function write(): Promise<void> {
    const notes = `/v1/sessions/${sessionId}/notes`;
    const words = {
      visibility: 'private',
      body: `Body: ${CANARY}`,
      observations: CANARY,
      approachChanges: CANARY,
      sensitiveInformation: CANARY,
    };
    const repeated = { 'idempotency-key': randomUUID() };
    const [first, again] = [
      await coach.post<{ id: string }>(notes, words, repeated),
      await coach.post<{ id: string }>(notes, words, repeated),
    ];
    expect([first.status, again.status, again.headers.get('idempotency-replayed')]).toEqual([
      201,
      201,
      'true',
    ]);
    expect(again.body).toEqual(first.body);
    expect(JSON.stringify(again.body)).toContain(CANARY);
    noteId = first.body.id;
    expect((await coach.patch(`/v1/notes/${noteId}`, { body: `Changed: ${CANARY}` })).status).toBe(200);

    const shared = await coach.post<{ id: string }>(notes, { visibility: 'shared', body: 'What we said.' });
    expect(
      (await coach.patch(`/v1/notes/${shared.body.id}`, { visibility: 'private', body: CANARY })).status,
    ).toBe(200);
    const removed = await coach.post<{ id: string }>(notes, words);
    expect((await coach.delete(`/v1/notes/${removed.body.id}`)).status).toBe(204);

    const preparation = await coach.post(`/v1/sessions/${upcomingId}/notes`, {
      kind: 'preparation',
      visibility: 'private',
      body: CANARY,
    });
    expect(preparation.status).toBe(201);

    const refusals = [
      await coach.post(notes, { ...words, visibility: 'both' }),
      await coach.post(notes, { ...words, [CANARY]: CANARY }),
      await coach.post(notes, { visibility: 'shared', body: 'x', observations: CANARY }),
      await coach.post(notes, words, { 'idempotency-key': 'not a key' }),
      await coach.patch(`/v1/notes/${noteId}`, { body: CANARY }, { 'if-match': '"99"' }),
      await coach.patch(`/v1/notes/${noteId}`, { body: CANARY, visibility: 'shared' }),
      await new HttpClient(api.url, practice.client.http.accessToken).post(notes, words),
      await new HttpClient(api.url, other.coach.http.accessToken).post(notes, words),
      await new HttpClient(api.url).post(notes, words),
    ];
    expect(refusals.map(({ status }) => status)).toEqual([400, 400, 422, 400, 412, 422, 403, 404, 401]);
    // The session that was prepared is called off, so that all its mails are written.
    expect((await coach.post(`/v1/sessions/${upcomingId}/cancel`, { message: 'Sorry.' })).status).toBe(200);
  }

  async function untilAtRest(): Promise<void> {
    for (const end = Date.now() + 30_000; Date.now() < end; await delay(100)) {
      await app.sandbox.drainWebhooks();
      const { open } = await app.database.one(sql<{ open: number }>`
        select (select count(*) from outbox_messages where published_at is null) + (select count(*) from outbox_deliveries where done_at is null)::bigint as open`);
      if (open === 0) return;
    }
    throw new Error(`The worker did not come to rest.\n${worker.log}`);
  }

  it('A17 A53 stand in the answers to the coach who wrote them', async () => {
    for (const path of [
      `/v1/sessions/${sessionId}/notes`,
      `/v1/notes/${noteId}`,
      `/v1/notes/${noteId}/history`,
    ]) {
      const { status, body } = await coach.get(path);
      expect([path, status, JSON.stringify(body).includes(CANARY)]).toEqual([path, 200, true]);
    }
  });

  it('A11 A62 stand in no answer to anybody else, whatever is read', async () => {
    const admin = await new World(app).admin();
    const tokens = {
      'own client': practice.client.http.accessToken,
      'other client': practice.secondClient.http.accessToken,
      'other coach': other.coach.http.accessToken,
      'client of the other coach': other.client.http.accessToken,
      admin: admin.http.accessToken,
      anonymous: undefined,
    };
    const ids = (prefix: string): string => (prefix === 'nte' ? noteId : practice.idOf(prefix));
    const readable = documentedOperations().filter(({ method }) => method === 'GET');
    let answered = 0;
    for (const [name, token] of Object.entries(tokens)) {
      const http = new HttpClient(api.url, token);
      for (const operation of readable) {
        const answer = await http.get(addressOf(operation, ids));
        if (answer.status === 200) answered += 1;
        const text = JSON.stringify([answer.body, Object.fromEntries(answer.headers)]);
        expect([name, operation.id, text.includes(CANARY)]).toEqual([name, operation.id, false]);
      }
    }
    expect(answered).toBeGreaterThan(readable.length);
  });

  it('A63 A66 stand in no table: not in notes and their history, answers kept for a key, queues, outbox, messages or audit', async () => {
    expect(await tablesWith(app.database, practice.client.email)).toEqual(
      expect.arrayContaining(['public.clients', 'public.notifications']),
    );
    const { answers, audited, jobs } = await app.database.one(sql<{
      answers: number;
      audited: number;
      jobs: number;
    }>`
      select (select count(*) from idempotency_keys where route like '%/notes')::int as answers,
             (select count(*) from audit_entries where object_type = 'note')::int as audited,
             (select count(*) from pg_tables where schemaname = 'bullmq')::int as jobs`);
    expect([answers > 0, audited > 0, jobs > 0 || process.env['REDIS_URL'] !== undefined]).toEqual([
      true,
      true,
      true,
    ]);
    expect(await tablesWith(app.database, CANARY)).toEqual([]);
  });

  it('A66 stand in no mail and no invitation', () => {
    const { messages } = app.sandbox.mailbox;
    expect(messages.some((mail) => mail.icalendar !== null)).toBe(true);
    expect(messages.some((mail) => /cancelled/i.test(mail.subject))).toBe(true);
    expect(messages.filter((mail) => JSON.stringify(mail).includes(CANARY))).toEqual([]);
  });

  it('stand in nothing that Stripe or Zoom were told', () => {
    const { stripe, zoom } = app.sandbox;
    const told = [
      readFileSync(capture, 'utf8'),
      JSON.stringify([stripe.paymentIntents, stripe.refunds, stripe.customers, zoom.meetings, zoom.calls]),
    ];
    expect(told.map((text) => [text.length > 100, text.includes(CANARY)])).toEqual([
      [true, false],
      [true, false],
    ]);
  });

  it('stand in no log line and no metric of api and worker, however much they log', async () => {
    for (const running of [api, worker]) {
      expect(running.wholeLog.length).toBeGreaterThan(100);
      expect(running.wholeLog.split('\n').filter((line) => line.includes(CANARY))).toEqual([]);
      const metrics = await fetch(`${running.url}/metrics`, {
        headers: { authorization: `Bearer ${app.environment['METRICS_TOKEN']}` },
      });
      const text = await metrics.text();
      expect([metrics.status, text.includes(CANARY)]).toEqual([200, false]);
      if (running === api) expect(text).toContain('process_cpu_user_seconds_total');
    }
    expect(api.wholeLog).toContain(`/v1/sessions/${sessionId}/notes`);
  });

  it('A39 and neither does a password, a token or a passcode stand in a log line', () => {
    const secrets = [
      practice.coach.http.accessToken ?? '',
      app.environment['STRIPE_SECRET_KEY'] ?? '',
      app.environment['ZOOM_CLIENT_SECRET'] ?? '',
      ...app.sandbox.zoom.tokens.flatMap((row) => [row.id, row.refreshToken]),
    ];
    const logs = api.wholeLog + worker.wholeLog;
    expect(secrets.filter((secret) => secret.length < 8 || logs.includes(secret))).toEqual([]);
  });
});
