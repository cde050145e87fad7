import { Accounts } from '@app/accounts';
import { parsePublicId, publicId } from '@app/common';
import { sql } from '@app/database';
import { Offerings } from '@app/offerings';
import type { Answer, HttpClient } from '../support/http-client';
import { TestApp } from '../support/test-app';
import { World } from '../support/world';

const PASSWORD = 'correct horse battery';

interface Tokens {
  accessToken: string;
  expiresIn: number;
  refreshToken: string;
}

let app: TestApp;

beforeAll(async () => {
  app = await TestApp.start();
});
afterAll(() => app.stop());

function post<T = Record<string, unknown>>(path: string, body: unknown): Promise<Answer<T>> {
  return app.http().post<T>(`/v1/auth/${path}`, body);
}

async function signIn(email: string, password = PASSWORD): Promise<{ http: HttpClient; tokens: Tokens }> {
  const { status, body } = await post<Tokens>('sign-in', { email, password });
  expect(status).toBe(200);
  return { http: app.http(body.accessToken), tokens: body };
}

async function idOf(email: string): Promise<string> {
  const { id } = await app.database.one(sql<{ id: string }>`select id from accounts where email = ${email}`);
  return id;
}

function issueToken(subject: Parameters<Accounts['issueToken']>[0]): Promise<string> {
  return app.api.get(Accounts).issueToken(subject);
}

function signUp(email: string): Promise<Answer> {
  return post('sign-up', {
    email,
    password: PASSWORD,
    displayName: 'Casey Coach',
    timezone: 'Europe/Berlin',
    currency: 'EUR',
  });
}

async function coach(email: string): Promise<HttpClient> {
  expect((await signUp(email)).status).toBe(202);
  return (await signIn(email)).http;
}

async function tokenOfInvitation(coachEmail: string, publicClientId: unknown): Promise<string> {
  const clientId = parsePublicId('client', String(publicClientId)) ?? '';
  return issueToken({ purpose: 'accept_invitation', coachId: await idOf(coachEmail), clientId });
}

function said({ status, body }: Answer): unknown {
  return { status, ...body, requestId: undefined };
}

function namesOf({ body }: Answer): unknown[] {
  const rows: unknown = body['data'];
  return Array.isArray(rows) ? rows.map((row: Record<string, unknown>) => row['displayName']) : [];
}

describe('a coach signs up', () => {
  it('A176 verifies the address, signs in, refreshes, signs out; nothing is cached or stored', async () => {
    const email = 'first@demo.test';
    const signedUp = await signUp(email);
    expect(signedUp).toMatchObject({ status: 202, body: { status: 'check_your_mail' } });
    expect(await signUp(email)).toMatchObject({ status: 202, body: { status: 'check_your_mail' } });
    const { http, tokens } = await signIn(email);
    expect(tokens.expiresIn).toBe(900);
    const me = await http.get('/v1/me');
    expect(me.body).toMatchObject({ kind: 'coach', email, emailVerified: false, version: 1 });
    expect(String(me.body['id'])).toMatch(/^acc_[0-9a-z]{26}$/);
    expect(me.headers.get('etag')).toBe('"1"');
    expect(me.headers.get('cache-control')).toBe('no-store');

    const token = await issueToken({ purpose: 'verify_email', accountId: await idOf(email) });
    expect((await post('verify-email', { token })).status).toBe(204);
    expect(await post('verify-email', { token })).toMatchObject({
      status: 422,
      body: { code: 'auth.link_invalid' },
    });
    expect((await http.get('/v1/me')).body).toMatchObject({ emailVerified: true });

    const fresh = await post<Tokens>('refresh', { refreshToken: tokens.refreshToken });
    expect(fresh.status).toBe(200);
    expect((await post('sign-out', { refreshToken: fresh.body.refreshToken })).status).toBe(204);
    expect(await post('refresh', { refreshToken: fresh.body.refreshToken })).toMatchObject({
      status: 401,
      body: { code: 'auth.refresh_invalid' },
    });
    const second = await signIn(email);
    expect((await second.http.post('/v1/auth/sign-out-everywhere')).status).toBe(204);
    expect(await second.http.get('/v1/me')).toMatchObject({
      status: 401,
      body: { code: 'auth.token_invalid' },
    });
    const stored = await app.database.many(sql`select 1 from idempotency_keys where route like '%/auth/%'`);
    expect(stored).toEqual([]);
  });

  it('A176 gets the same answer for a wrong password and an unknown address; a password by mail', async () => {
    const email = 'forgetful@demo.test';
    await coach(email);
    const wrong = await post('sign-in', { email, password: 'not that one' });
    const unknown = await post('sign-in', { email: 'nobody@demo.test', password: 'not that one' });
    expect(wrong.status).toBe(401);
    expect(said(unknown)).toEqual(said(wrong));
    const asked = await post('password-resets', { email });
    expect(said(await post('password-resets', { email: 'nobody@demo.test' }))).toEqual(said(asked));
    const token = await issueToken({ purpose: 'reset_password', accountId: await idOf(email) });
    const weak = await post('password-resets/confirm', { token, password: email });
    expect(weak).toMatchObject({
      status: 400,
      body: { code: 'accounts.password_weak', errors: [{ pointer: '/password' }] },
    });
    expect((await post('password-resets/confirm', { token, password: 'a wholly new one' })).status).toBe(204);
    await signIn(email, 'a wholly new one');
  });

  it.each([
    ['a field nobody knows', { role: 'admin' }],
    ['no zone', { timezone: undefined }],
    ['null for a text', { displayName: null }],
    ['a currency nobody charges in', { currency: 'XAU' }],
  ])('refuses %s', async (_, fault) => {
    const body = {
      email: 'fault@demo.test',
      password: PASSWORD,
      displayName: 'F',
      timezone: 'UTC',
      currency: 'EUR',
    };
    expect((await post('sign-up', { ...body, ...fault })).status).toBe(400);
  });

  it('slows guessing down with 429 and Retry-After', async () => {
    const answers = await Promise.all(
      Array.from({ length: 14 }, () =>
        post('sign-in', { email: 'guessed@demo.test', password: 'not that one' }),
      ),
    );
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(10);
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(4);
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0);
  });
});

describe('settings', () => {
  it('A172 change under If-Match, act at once, and move the zone the coach reads in', async () => {
    const http = await coach('settings@demo.test');
    const first = await http.get('/v1/settings');
    expect(first).toMatchObject({
      status: 200,
      body: { timezone: 'Europe/Berlin', currency: 'EUR', version: 1 },
    });
    const changed = await http.patch(
      '/v1/settings',
      { timezone: 'Asia/Tokyo', mostSessionsPerDay: 4 },
      { 'if-match': '"1"' },
    );
    expect(changed).toMatchObject({
      status: 200,
      body: { timezone: 'Asia/Tokyo', mostSessionsPerDay: 4, version: 2 },
    });
    expect(changed.headers.get('etag')).toBe('"2"');
    const stale = await http.patch('/v1/settings', { prepMinutes: 5 }, { 'if-match': '"1"' });
    expect(stale).toMatchObject({ status: 412, body: { code: 'http.version_mismatch', currentEtag: '"2"' } });
    expect((await http.get('/v1/me')).body).toMatchObject({ timezone: 'Asia/Tokyo' });
    expect((await http.patch('/v1/settings', { mostSessionsPerDay: null })).body).toMatchObject({
      mostSessionsPerDay: null,
    });
  });

  it.each([
    { prepMinutes: 481 },
    { prepMinutes: 1.5 },
    { prepMinutes: null },
    { applicationFeeBps: 0 },
    { platforms: ['zoom', 'zoom'] },
    { platforms: ['skype'] },
    { timezone: '+02:00' },
    { defaultPolicyId: 'pol_01kaxbt6r8e9tbm3v0c1d2e3f4' },
  ])('refuses %j', async (body) => {
    const http = (await signIn('settings@demo.test')).http;
    expect((await http.patch('/v1/settings', body)).status).toBe(400);
  });
});

describe('clients', () => {
  it('A176 are invited, accept, and belong to two coaches, who see nothing of each other', async () => {
    const one = await coach('one@demo.test');
    const other = await coach('other@demo.test');
    const invited = await one.post('/v1/clients', { email: 'kim@demo.test', displayName: 'Kim Client' });
    expect(invited).toMatchObject({
      status: 201,
      body: { status: 'invited', timezone: 'Europe/Berlin', sessionCount: 0 },
    });
    expect(
      (await one.post('/v1/clients', { email: 'kim@demo.test', displayName: 'Kim Client' })).status,
    ).toBe(201);
    const accepted = await post<Tokens>('accept-invitation', {
      token: await tokenOfInvitation('one@demo.test', invited.body['id']),
      password: PASSWORD,
      timezone: 'America/New_York',
    });
    expect(accepted.status).toBe(200);
    const kim = app.http(accepted.body.accessToken);
    expect((await kim.get('/v1/me')).body).toMatchObject({
      kind: 'client',
      coaches: [{ displayName: 'Casey Coach' }],
    });

    const again = await other.post('/v1/clients', {
      email: 'kim@demo.test',
      displayName: 'Kimmy',
      timezone: 'America/Chicago',
    });
    const token = await tokenOfInvitation('other@demo.test', again.body['id']);
    expect((await post('accept-invitation', { token, password: 'not that one' })).status).toBe(401);
    expect((await post('accept-invitation', { token, password: PASSWORD })).status).toBe(200);

    const path = `/v1/clients/${String(invited.body['id'])}`;
    expect((await one.get(path)).body).toMatchObject({
      status: 'active',
      timezone: 'America/New_York',
      timezoneMismatch: false,
    });
    expect((await other.get(path)).status).toBe(404);
    expect((await kim.get(path)).status).toBe(403);
    expect((await other.patch(path, { phone: '12345' })).status).toBe(404);
    expect((await other.delete(path)).status).toBe(404);
    const seen = (await other.get(`/v1/clients/${String(again.body['id'])}`)).body;
    expect(seen).toMatchObject({ displayName: 'Kimmy', timezone: 'America/Chicago', timezoneMismatch: true });
  });

  it('are listed by family name, page by page, and found by part of it', async () => {
    const http = await coach('lists@demo.test');
    for (const displayName of ['Zoë Adams', 'Ben Zimmer', 'Ána Brown']) {
      const email = `${displayName.split(' ')[1]}@lists.test`;
      expect((await http.post('/v1/clients', { email, displayName })).status).toBe(201);
    }
    const first = await http.get('/v1/clients?limit=2');
    expect(namesOf(first)).toEqual(['Zoë Adams', 'Ána Brown']);
    const second = await http.get(`/v1/clients?limit=2&cursor=${String(first.body['nextCursor'])}`);
    expect(namesOf(second)).toEqual(['Ben Zimmer']);
    expect(second.body).toMatchObject({ hasMore: false, nextCursor: null });
    expect(namesOf(await http.get('/v1/clients?name=ANA'))).toEqual(['Ána Brown']);
    const forged = Buffer.from(JSON.stringify(['name', 'a\u0000', 'cli_x'])).toString('base64url');
    expect((await http.get(`/v1/clients?cursor=${forged}`)).status).toBe(400);
    expect((await http.get('/v1/clients?sort=password')).status).toBe(400);
  });

  it('are renamed under If-Match and removed', async () => {
    const http = await coach('changes@demo.test');
    const { body } = await http.post('/v1/clients', { email: 'kim@changes.test', displayName: 'Kim Client' });
    const path = `/v1/clients/${String(body['id'])}`;
    const renamed = await http.patch(path, { displayName: 'Kim\r\nNew', phone: null }, { 'if-match': '"1"' });
    expect(renamed).toMatchObject({ status: 200, body: { displayName: 'Kim New', version: 2 } });
    expect((await http.patch(path, { displayName: 'X' }, { 'if-match': '"1"' })).status).toBe(412);
    expect((await http.patch(path, { displayName: null })).status).toBe(400);
    expect((await http.patch(path, { email: 'new@changes.test' })).status).toBe(400);
    expect((await http.delete(path)).status).toBe(204);
    expect((await http.get(path)).body).toMatchObject({ status: 'removed' });
    expect((await http.get('/v1/clients')).body).toMatchObject({ data: [] });
  });

  it('are not removed while sessions are to come: the answer lists them', async () => {
    const world = new World(app);
    const owner = await world.coach({ hours: false });
    const client = await world.client(owner);
    const actor = { kind: 'coach', accountId: owner.accountId } as const;
    const free = {
      name: 'First talk',
      durationMinutes: 30,
      priceMinor: 0,
      currency: 'EUR',
      fundingOptions: ['free' as const],
    };
    const { id: offeringId } = await app.api.get(Offerings).create(owner.coachId, free, actor);
    const session = await owner.http.post('/v1/sessions', {
      offeringId: publicId('offering', offeringId),
      clientId: client.clientId,
      startsAt: new Date(Math.ceil(Date.now() / 3_600_000 + 48) * 3_600_000).toISOString(),
      funding: 'free',
      override: true,
    });
    expect(session.status).toBe(201);
    const id = String(session.body['id']);
    const path = `/v1/clients/${client.clientId}`;
    const refused = await owner.http.delete(path);
    expect(refused).toMatchObject({
      status: 409,
      body: { code: 'clients.has_future_sessions', sessions: [id] },
    });
    expect((await client.http.post(`/v1/sessions/${id}/cancel`)).status).toBe(200);
    expect((await owner.http.delete(path)).status).toBe(204);
    expect((await client.http.get('/v1/me')).body).toMatchObject({ coaches: [] });
  });

  it('leave every invariant whole', async () => {
    expect(await app.brokenInvariants()).toEqual([]);
  });
});
