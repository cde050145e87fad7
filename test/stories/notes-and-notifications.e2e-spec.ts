import { publicId } from '@app/common';
import { sql } from '@app/database';
import { buildSession } from '@app/notes/testing';
import { Outbox } from '@app/outbox';
import { TestApp } from '../support/test-app';
import { World, type ClientWorld, type CoachWorld, type Person } from '../support/world';

interface Note {
  id: string;
  kind: string;
  visibility: string;
  body: string | null;
  keyPoints: string | null;
  firstSharedAt: string | null;
  seenByClientAt: string | null;
  version: number;
}

interface Notification {
  id: string;
  kind: string;
  deliveryState: string;
  subject: string | null;
  recipient: { role: string; email: string };
  readAt: string | null;
}

interface Page<T> {
  data: T[];
  nextCursor: string | null;
  hasMore: boolean;
}

const CANARY = 'canary-9d4e: he fears his father';

let app: TestApp;
let coach: CoachWorld;
let client: ClientWorld;
let admin: Person;
let stranger: CoachWorld;

beforeAll(async () => {
  app = await TestApp.start();
  const world = new World(app);
  coach = await world.coach({ hours: false });
  stranger = await world.coach({ hours: false });
  client = await world.client(coach);
  admin = await world.admin();
});
afterAll(() => app.stop());

async function pairId(): Promise<string> {
  const { id } = await app.database.one(
    sql<{ id: string }>`select id from clients where coach_id = ${coach.coachId}::uuid`,
  );
  return id;
}

async function completedSession(): Promise<string> {
  const id = await buildSession(app.database, coach.coachId, await pairId(), {
    startsInMinutes: -90,
    status: 'completed',
  });
  return publicId('session', id);
}

/** As booking announces it. */
async function scheduledSession(): Promise<string> {
  const id = await buildSession(app.database, coach.coachId, await pairId());
  await app.database.transaction(() =>
    app.api.get(Outbox).add({
      type: 'sessions.session_scheduled',
      coachId: coach.coachId,
      payload: { sessionId: id, version: 1 },
    }),
  );
  return publicId('session', id);
}

describe('notes over HTTP', () => {
  it('A65 A63 one POST saves; repeated with its key it answers the same, and no stored answer holds a word of it', async () => {
    const path = `/v1/sessions/${await completedSession()}/notes`;
    const body = { visibility: 'private', body: CANARY, keyPoints: '- one' };
    const key = { 'idempotency-key': 'note-1' };
    const first = await coach.http.post<Note>(path, body, key);
    const second = await coach.http.post<Note>(path, body, key);
    expect(first).toMatchObject({
      status: 201,
      body: { kind: 'session', body: CANARY, keyPoints: '- one', version: 1 },
    });
    expect(second.body).toEqual(first.body);
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    const list = await coach.http.get<Page<Note>>(path);
    expect(list.body.data).toEqual([first.body]);
    const stored = await app.database.many(sql<{ row: string }>`
      select t::text as row from idempotency_keys t union all select t::text from outbox_messages t union all select t::text from audit_entries t`);
    expect(stored.length).toBeGreaterThan(3);
    expect(stored.filter(({ row }) => row.includes('canary-9d4e'))).toEqual([]);
  });

  it('A66 visibility has no default, and what is not known is refused', async () => {
    const path = `/v1/sessions/${await completedSession()}/notes`;
    for (const body of [
      { body: 'x' },
      { body: 'x', visibility: 'public' },
      { body: 'x', visibility: 'shared', extra: 1 },
      { body: 7, visibility: 'shared' },
      { body: 'x'.repeat(50_001), visibility: 'shared' },
      { body: 'x', visibility: 'shared', keyPoints: null },
    ]) {
      expect((await coach.http.post(path, body)).status).toBe(400);
    }
    expect((await client.http.post(path, { body: 'x', visibility: 'shared' })).status).toBe(403);
    expect((await stranger.http.post(path, { body: 'x', visibility: 'shared' })).status).toBe(404);
  });

  it('A55 A62 A66 the client reads what is shared, an admin no private word, a stranger nothing', async () => {
    const path = `/v1/sessions/${await completedSession()}/notes`;
    const secret = await coach.http.post<Note>(path, { visibility: 'private', body: CANARY });
    const open = await coach.http.post<Note>(path, { visibility: 'shared', body: 'Practise **this**.' });
    const seen = await client.http.get<Page<Note>>(path);
    expect(seen.body.data.map(({ id, body }) => [id, body])).toEqual([[open.body.id, 'Practise **this**.']]);
    expect((await client.http.get(`/v1/notes/${secret.body.id}`)).status).toBe(404);
    expect((await client.http.get(`/v1/notes/${open.body.id}/history`)).status).toBe(403);
    const byAdmin = await admin.http.get<Page<Note>>(path);
    expect(byAdmin.body.data.map(({ visibility, body }) => [visibility, body])).toEqual([
      ['shared', 'Practise **this**.'],
      ['private', null],
    ]);
    expect(
      JSON.stringify([byAdmin, await admin.http.get(`/v1/notes/${secret.body.id}/history`)]),
    ).not.toContain('canary-9d4e');
    for (const id of [secret.body.id, open.body.id]) {
      expect((await stranger.http.get(`/v1/notes/${id}`)).status).toBe(404);
      expect((await stranger.http.patch(`/v1/notes/${id}`, { body: 'x' })).status).toBe(404);
      expect((await stranger.http.delete(`/v1/notes/${id}`)).status).toBe(404);
      expect((await stranger.http.get(`/v1/notes/${id}/history`)).status).toBe(404);
    }
    expect((await stranger.http.get(path)).status).toBe(404);
  });

  it('A66 A65 changes carry their version, sharing is confirmed, history and removal are the coach’s', async () => {
    const path = `/v1/sessions/${await completedSession()}/notes`;
    const { body: note } = await coach.http.post<Note>(path, { visibility: 'private', body: 'first' });
    const at = `/v1/notes/${note.id}`;
    const read = await coach.http.get<Note>(at);
    expect(read.headers.get('etag')).toBe('"1"');
    expect(await coach.http.patch(at, { body: 'second' }, { 'if-match': '"7"' })).toMatchObject({
      status: 412,
    });
    expect(await coach.http.patch(at, { body: 'second' }, { 'if-match': '"1"' })).toMatchObject({
      status: 200,
      body: { version: 2 },
    });
    expect(await coach.http.patch(at, { visibility: 'shared' })).toMatchObject({
      status: 422,
      body: { code: 'notes.sharing_not_confirmed' },
    });
    expect(await coach.http.patch(at, { visibility: 'shared', share: true })).toMatchObject({
      status: 200,
      body: { visibility: 'shared' },
    });
    expect((await client.http.get(at)).status).toBe(200);
    const back = await coach.http.patch<Note>(at, { visibility: 'private' });
    expect(back.body).toMatchObject({
      visibility: 'private',
      seenByClientAt: expect.any(String),
      firstSharedAt: expect.any(String),
    });
    expect((await client.http.get(at)).status).toBe(404);
    const history = await coach.http.get<{ data: { change: string; body: string }[] }>(`${at}/history`);
    expect(history.body.data.map(({ change, body }) => [change, body])).toEqual([
      ['created', 'first'],
      ['edited', 'second'],
      ['shared', 'second'],
      ['made_private', 'second'],
    ]);
    expect((await coach.http.delete(at)).status).toBe(204);
    expect((await coach.http.get(at)).status).toBe(404);
  });

  it('A11 preparation is written before the session and stays with the coach', async () => {
    const path = `/v1/sessions/${await scheduledSession()}/notes`;
    expect(await coach.http.post(path, { visibility: 'private', body: 'too early' })).toMatchObject({
      status: 409,
      body: { code: 'notes.not_possible', allowedActions: expect.arrayContaining(['add_preparation_note']) },
    });
    const added = await coach.http.post<Note>(path, {
      kind: 'preparation',
      visibility: 'private',
      body: CANARY,
    });
    expect(added).toMatchObject({ status: 201, body: { kind: 'preparation', body: CANARY } });
    expect((await client.http.get<Page<Note>>(path)).body.data).toEqual([]);
    expect(
      await coach.http.post(path, { kind: 'preparation', visibility: 'shared', body: 'x' }),
    ).toMatchObject({
      status: 422,
      body: { code: 'notes.preparation_is_private' },
    });
  });

  it('A65 a cursor that was not made here is refused', async () => {
    const path = `/v1/sessions/${await completedSession()}/notes`;
    for (let index = 0; index < 3; index += 1)
      await coach.http.post(path, { visibility: 'shared', body: `note ${index}` });
    const first = await coach.http.get<Page<Note>>(`${path}?limit=2`);
    expect(first.body).toMatchObject({ hasMore: true, nextCursor: expect.any(String) });
    const second = await coach.http.get<Page<Note>>(`${path}?limit=2&cursor=${first.body.nextCursor}`);
    expect([...first.body.data, ...second.body.data].map(({ body }) => body)).toEqual([
      'note 2',
      'note 1',
      'note 0',
    ]);
    const crafted = (content: unknown): string => Buffer.from(JSON.stringify(content)).toString('base64url');
    for (const cursor of [
      'x',
      crafted(['-createdAt', "' or 1=1"]),
      crafted(['-createdAt', 7]),
      crafted(['-createdAt', null]),
    ]) {
      expect((await coach.http.get(`${path}?cursor=${cursor}`)).status).toBe(400);
    }
  });
});

describe('notifications over HTTP', () => {
  it('A77 A168 booking tells both; each sees the own mail with its delivery state, the coach both', async () => {
    const sessionId = await scheduledSession();
    await app.drain();
    const mine = await client.http.get<Page<Notification>>('/v1/notifications?limit=1');
    expect(mine.body.data).toMatchObject([
      {
        kind: 'booking_confirmed',
        deliveryState: 'sent',
        sessionId,
        subject: expect.stringContaining('Confirmed'),
        recipient: { role: 'client', email: client.email },
      },
    ]);
    const both = await coach.http.get<Page<Notification>>(`/v1/notifications?sessionId=${sessionId}`);
    const confirmed = both.body.data.filter(({ kind }) => kind === 'booking_confirmed');
    expect(confirmed.map(({ recipient }) => recipient.role).toSorted()).toEqual(['client', 'coach']);
    const byClient = await client.http.get<Page<Notification>>(`/v1/notifications?sessionId=${sessionId}`);
    expect(byClient.body.data.map(({ recipient }) => recipient.role)).toEqual(['client']);
    expect(
      (await stranger.http.get<Page<Notification>>(`/v1/notifications?sessionId=${sessionId}`)).body.data,
    ).toEqual([]);
    expect((await app.http().get('/v1/notifications')).status).toBe(401);
  });

  it('A168 is marked as read, and sent again on demand', async () => {
    await scheduledSession();
    await app.drain();
    const [unread] = (await client.http.get<Page<Notification>>('/v1/notifications?unread=true&limit=1')).body
      .data;
    const at = `/v1/notifications/${unread?.id}`;
    expect(await client.http.patch(at, { read: true })).toMatchObject({
      status: 200,
      body: { readAt: expect.any(String) },
    });
    expect((await coach.http.patch(at, { read: true })).status).toBe(404);
    const left = await client.http.get<Page<Notification>>('/v1/notifications?unread=true&limit=100');
    expect(left.body.data.map(({ id }) => id)).not.toContain(unread?.id);

    expect(await client.http.send('POST', `${at}/resend`, undefined, {})).toMatchObject({
      status: 400,
      body: { code: 'idempotency.key_required' },
    });
    const tooSoon = await client.http.post<{ code: string }>(`${at}/resend`);
    expect(tooSoon).toMatchObject({ status: 429, body: { code: 'notifications.sent_just_now' } });
    expect(Number(tooSoon.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await stranger.http.post(`${at}/resend`)).status).toBe(404);
    await app.sandbox.advanceClock(61);
    const before = app.sandbox.mailbox.to(client.email).length;
    expect(await coach.http.post(`${at}/resend`)).toMatchObject({
      status: 202,
      body: { deliveryState: 'queued' },
    });
    await app.drain();
    expect(app.sandbox.mailbox.to(client.email)).toHaveLength(before + 1);
  });

  it('A55 A62 the client is told of a shared note; no mail, queue row or list holds a private word', async () => {
    const path = `/v1/sessions/${await completedSession()}/notes`;
    await coach.http.post(path, { visibility: 'private', body: CANARY });
    await coach.http.post(path, { visibility: 'shared', body: 'shared-text' });
    await app.drain();
    const told = app.sandbox.mailbox
      .to(client.email)
      .filter(({ subject }) => subject.includes('shared notes'));
    expect(told.length).toBeGreaterThan(0);
    expect(told.at(-1)?.text).not.toContain('shared-text');
    const jobs = await app.database.many(sql<{ row: string }>`
      select t::text as row from outbox_deliveries t union all select t::text from notifications t`);
    const seen = JSON.stringify([
      app.sandbox.mailbox.messages,
      jobs,
      await client.http.get('/v1/notifications?limit=100'),
    ]);
    expect(seen).not.toContain('canary-9d4e');
  });

  it('A181 keeps the invariants of notes and notifications', async () => {
    await app.drain();
    const broken = JSON.stringify(await app.brokenInvariants());
    expect(broken).not.toMatch(/"7\d-/);
  });
});
