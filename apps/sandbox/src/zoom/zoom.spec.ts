import { createHash, createHmac } from 'node:crypto';
import { DEMO_ZOOM_CLIENT, startSandbox, type Sandbox, type SandboxOptions } from '../sandbox';
import { control, startReceiver } from '../testing';

let sandbox: Sandbox;

async function start(options: SandboxOptions = {}): Promise<void> {
  sandbox = await startSandbox(options);
}

afterEach(() => sandbox.close());

interface Tokens {
  access_token: string;
  refresh_token: string;
  expires_in: number;
}

const REDIRECT = 'http://127.0.0.1:9/oauth/zoom/callback';
const BASIC = `Basic ${Buffer.from(`${DEMO_ZOOM_CLIENT.id}:${DEMO_ZOOM_CLIENT.secret}`).toString('base64')}`;

async function consent(parameters: Record<string, string> = {}): Promise<URL> {
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: DEMO_ZOOM_CLIENT.id,
    redirect_uri: REDIRECT,
    state: 'state-1',
    sandbox_auto_approve: 'true',
    ...parameters,
  });
  const answer = await fetch(`${sandbox.urls.zoom}/oauth/authorize?${query.toString()}`, {
    redirect: 'manual',
  });
  return new URL(answer.headers.get('location') ?? 'about:blank');
}

async function token(parameters: Record<string, string>, authorization = BASIC) {
  const answer = await fetch(`${sandbox.urls.zoom}/oauth/token`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(parameters).toString(),
  });
  return { status: answer.status, body: (await answer.json()) as Tokens };
}

const refresh = (refreshToken: string) => token({ grant_type: 'refresh_token', refresh_token: refreshToken });

const exchange = async (extra: Record<string, string> = {}, consentExtra: Record<string, string> = {}) => {
  const code = (await consent(consentExtra)).searchParams.get('code') ?? '';
  return token({ grant_type: 'authorization_code', code, redirect_uri: REDIRECT, ...extra });
};

async function api(accessToken: string, method: string, path: string, body?: unknown) {
  const answer = await fetch(`${sandbox.urls.zoom}/v2${path}`, {
    method,
    headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return {
    status: answer.status,
    headers: answer.headers,
    body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>,
  };
}

const inAnHour = (sandboxed: Sandbox) =>
  `${new Date(sandboxed.now().getTime() + 3_600_000).toISOString().slice(0, 19)}Z`;

describe('connecting by OAuth', () => {
  beforeEach(() => start());

  it('leads back with code and state, by the button and by the shortcut', async () => {
    const shortcut = await consent();
    expect(`${shortcut.origin}${shortcut.pathname}`).toBe(REDIRECT);
    expect(shortcut.searchParams.get('state')).toBe('state-1');
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: DEMO_ZOOM_CLIENT.id,
      redirect_uri: REDIRECT,
      state: 's',
    });
    const url = `${sandbox.urls.zoom}/oauth/authorize?${query.toString()}`;
    const shown = await fetch(url);
    expect(await shown.text()).toMatch(/SANDBOX[\s\S]*Allow/);
    const press = (decision: string) =>
      fetch(url, {
        method: 'POST',
        body: new URLSearchParams({ decision, email: 'anna@example.test' }),
        redirect: 'manual',
      });
    expect(
      new URL((await press('allow')).headers.get('location') ?? '').searchParams.get('code'),
    ).toBeTruthy();
    expect(new URL((await press('deny')).headers.get('location') ?? '').searchParams.get('error')).toBe(
      'access_denied',
    );
    expect((await fetch(url.replace(DEMO_ZOOM_CLIENT.id, 'another'))).status).toBe(400);
  });

  it('gives tokens for a code once, to the right client, redirect and verifier', async () => {
    const tokens = await exchange();
    expect(tokens).toMatchObject({ status: 200, body: { token_type: 'bearer', expires_in: 3_600 } });
    const code = (await consent()).searchParams.get('code') ?? '';
    const use = { grant_type: 'authorization_code', code, redirect_uri: REDIRECT };
    expect((await token(use, 'Basic d3Jvbmc6d3Jvbmc=')).status).toBe(401);
    expect((await token(use)).status).toBe(200);
    expect((await token(use)).status).toBe(400);
    expect((await exchange({ redirect_uri: 'http://127.0.0.1:9/elsewhere' })).status).toBe(400);
    const challenge = createHash('sha256').update('verifier').digest('base64url');
    const pkce = { code_challenge: challenge, code_challenge_method: 'S256' };
    expect((await exchange({}, pkce)).status).toBe(400);
    expect((await exchange({ code_verifier: 'wrong' }, pkce)).status).toBe(400);
    expect((await exchange({ code_verifier: 'verifier' }, pkce)).status).toBe(200);
  });

  it('rotates the refresh token: the old one is worth nothing at once', async () => {
    const { body: first } = await exchange();
    const second = await refresh(first.refresh_token);
    expect(second.status).toBe(200);
    expect(second.body.refresh_token).not.toBe(first.refresh_token);
    expect(await refresh(first.refresh_token)).toEqual({
      status: 400,
      body: { reason: 'Invalid Token!', error: 'invalid_request' },
    });
    expect((await refresh(second.body.refresh_token)).status).toBe(200);
    expect((await api(second.body.access_token, 'GET', '/users/me')).status).toBe(200);
  });

  it('loses a connection that is revoked, by us or at Zoom', async () => {
    const { body: first } = await exchange();
    await fetch(`${sandbox.urls.zoom}/oauth/revoke`, {
      method: 'POST',
      headers: { authorization: BASIC },
      body: new URLSearchParams({ token: first.access_token }),
    });
    expect(await api(first.access_token, 'GET', '/users/me')).toMatchObject({
      status: 401,
      body: { code: 124 },
    });
    const { body: second } = await exchange({}, { sandbox_user: 'anna@example.test' });
    expect((await control(sandbox, 'POST', 'zoom/revoke', { email: 'anna@example.test' })).body).toEqual({
      revoked: 1,
    });
    expect((await api(second.access_token, 'GET', '/users/me')).status).toBe(401);
    expect((await token({ grant_type: 'refresh_token', refresh_token: second.refresh_token })).status).toBe(
      400,
    );
  });
});

describe('meetings', () => {
  let access: string;
  const connect = async (options: SandboxOptions = {}) => {
    await start(options);
    access = (await exchange()).body.access_token;
  };

  it('is made, read, moved and deleted', async () => {
    await connect();
    const startTime = inAnHour(sandbox);
    const made = await api(access, 'POST', '/users/me/meetings', {
      type: 2,
      topic: 'Session',
      agenda: 'ref ses_1',
      start_time: startTime,
      timezone: 'Europe/Berlin',
      duration: 50,
      settings: { waiting_room: true, join_before_host: true, global_dial_in_countries: ['US', 'DE'] },
    });
    expect(made).toMatchObject({
      status: 201,
      body: {
        type: 2,
        start_time: startTime,
        settings: {
          waiting_room: true,
          join_before_host: false,
          global_dial_in_numbers: expect.any(Array) as unknown,
        },
      },
    });
    const { id, password, join_url: joinUrl } = made.body;
    expect(String(id)).toMatch(/^\d{11}$/);
    expect(String(password).length).toBeLessThanOrEqual(10);
    expect(String(joinUrl)).toMatch(new RegExp(`/j/${String(id)}\\?pwd=`));
    const listed = await api(access, 'GET', '/users/me/meetings?type=upcoming&page_size=300');
    expect(listed.body['meetings']).toMatchObject([{ id, agenda: 'ref ses_1' }]);

    const moved = inAnHour(sandbox).replace(/\d\d:\d\dZ$/, '59:59Z');
    expect((await api(access, 'PATCH', `/meetings/${String(id)}`, { start_time: moved })).status).toBe(204);
    expect(
      (await api(access, 'PATCH', `/meetings/${String(id)}`, { start_time: '2020-01-01T10:00:00Z' })).status,
    ).toBe(204);
    const read = await api(access, 'GET', `/meetings/${String(id)}`);
    expect(read.body).toMatchObject({ id, start_time: moved, password });
    const [first, second] = [
      read.body['start_url'],
      (await api(access, 'GET', `/meetings/${String(id)}`)).body['start_url'],
    ];
    expect(first).not.toBe(second);
    expect(await (await fetch(String(first))).text()).toContain('SANDBOX');
    expect((await fetch(String(first).replace(/zak=.*/, 'zak=wrong'))).status).toBe(403);

    expect((await api(access, 'DELETE', `/meetings/${String(id)}?cancel_meeting_reminder=true`)).status).toBe(
      204,
    );
    expect(await api(access, 'DELETE', `/meetings/${String(id)}`)).toMatchObject({
      status: 404,
      body: { code: 3001 },
    });
    expect(sandbox.zoom.meetings).toEqual([]);
    expect(sandbox.zoom.calls.filter((call) => call.method === 'POST')).toMatchObject([{ status: 201 }]);
  });

  it('takes a local time in its zone, and becomes instant without a start', async () => {
    await connect();
    const local = await api(access, 'POST', '/users/me/meetings', {
      type: 2,
      start_time: '2030-07-01T09:00:00',
      timezone: 'America/New_York',
    });
    expect(local.body).toMatchObject({ start_time: '2030-07-01T13:00:00Z', timezone: 'America/New_York' });
    const instant = await api(access, 'POST', '/users/me/meetings', { type: 2, topic: 'Oops' });
    expect(instant.body).toMatchObject({ type: 1, topic: 'Oops' });
    expect(instant.body).not.toHaveProperty('start_time');
  });

  it.each([
    ['an unknown property', { topicc: 'x' }, 'topicc'],
    ['an unknown setting', { settings: { waitingRoom: true } }, 'settings.waitingRoom'],
    ['a passcode of 11 characters', { password: '12345678901' }, 'password'],
    ['a time with an offset', { start_time: '2030-07-01T09:00:00+02:00' }, 'start_time'],
    ['a day that does not exist', { start_time: '2030-02-31T09:00:00Z' }, 'start_time'],
    ['an unknown zone', { timezone: 'Mars/Olympus' }, 'timezone'],
    ['a number that is text', { duration: '50' }, 'duration'],
  ])('refuses %s', async (_title, body, field) => {
    await connect();
    expect(await api(access, 'POST', '/users/me/meetings', body)).toMatchObject({
      status: 400,
      body: { code: 300, errors: [{ field }] },
    });
  });

  it('stops after the daily limit, without Retry-After, until the next UTC day', async () => {
    await connect({ zoomDailyLimit: 2 });
    const create = () =>
      api(access, 'POST', '/users/me/meetings', { topic: 'x', start_time: '2040-01-01T10:00:00Z' });
    const made = await create();
    await create();
    const refused = await create();
    expect(refused).toMatchObject({ status: 429, body: { code: 429 } });
    expect(refused.headers.has('retry-after')).toBe(false);
    expect((await api(access, 'PATCH', `/meetings/${String(made.body['id'])}`, { topic: 'y' })).status).toBe(
      429,
    );
    await sandbox.advanceClock(86_400);
    expect((await create()).status).toBe(201);
  });

  it('is there after a call whose answer was lost, and can be found by its agenda', async () => {
    await connect();
    sandbox.faults.inject({
      provider: 'zoom',
      operation: 'POST /v2/users/{userId}/meetings',
      kind: 'timeout_after_commit',
      times: 1,
    });
    const body = { type: 2, topic: 'Session', agenda: 'ref ses_9', start_time: inAnHour(sandbox) };
    await expect(api(access, 'POST', '/users/me/meetings', body)).rejects.toThrow('fetch failed');
    const listed = await api(access, 'GET', '/users/me/meetings?type=upcoming');
    expect(listed.body['meetings']).toMatchObject([{ agenda: 'ref ses_9' }]);
  });

  it("hides other people's meetings", async () => {
    await connect();
    const made = await api(access, 'POST', '/users/me/meetings', {
      topic: 'Mine',
      start_time: inAnHour(sandbox),
    });
    const other = (await exchange({}, { sandbox_user: 'other@example.test' })).body.access_token;
    expect(await api(other, 'GET', `/meetings/${String(made.body['id'])}`)).toMatchObject({
      status: 404,
      body: { code: 3001 },
    });
    expect(await api(other, 'GET', '/users/somebody/meetings')).toMatchObject({
      status: 404,
      body: { code: 1001 },
    });
  });

  it('tells what happens in it by signed webhooks', async () => {
    const receiver = await startReceiver();
    await connect({ zoomWebhook: { url: receiver.url, secret: 'zoom-secret' } });
    const made = await api(access, 'POST', '/users/me/meetings', {
      topic: 'Session',
      start_time: inAnHour(sandbox),
    });
    const path = `zoom/meetings/${String(made.body['id'])}/events`;
    const guest = { name: 'Client', email: '' };
    const happen = (event: string) => control(sandbox, 'POST', path, { event, participant: guest });
    expect((await happen('started')).status).toBe(200);
    const whileRunning = await api(access, 'DELETE', `/meetings/${String(made.body['id'])}`);
    expect(whileRunning).toMatchObject({ status: 400, body: { code: 3002 } });
    for (const event of ['joined', 'left', 'ended']) expect((await happen(event)).status).toBe(200);
    expect((await control(sandbox, 'POST', path, { event: 'ended' })).status).toBe(400);
    await sandbox.drainWebhooks();
    const events = receiver.received.map(({ body }) => (JSON.parse(body) as { event: string }).event);
    expect(events).toEqual([
      'meeting.started',
      'meeting.participant_joined',
      'meeting.participant_left',
      'meeting.ended',
    ]);
    for (const { headers, body } of receiver.received) {
      const message = `v0:${String(headers['x-zm-request-timestamp'])}:${body}`;
      expect(headers['x-zm-signature']).toBe(
        `v0=${createHmac('sha256', 'zoom-secret').update(message).digest('hex')}`,
      );
    }
    const past = await api(access, 'GET', `/past_meetings/${String(made.body['id'])}/participants`);
    expect(past.body).toMatchObject({ participants: [], total_records: 0 }); // one person alone: Zoom shows nobody
    await receiver.close();
  });
});
