import { setTimeout as delay } from 'node:timers/promises';
import { buildCoach } from '@app/accounts/testing';
import { DomainError } from '@app/common';
import { sql } from '@app/database';
import { z } from 'zod';
import { ConnectionAttempts } from './connection-attempts.service';
import { startConnections, type ConnectionsUnderTest } from './connections.test-module';
import { AccessTokenRefused } from './connections.errors';
import { Connections } from './connections.service';
import { connectZoom, consentAtZoom } from './testing';

let app: ConnectionsUnderTest;
let attempts: ConnectionAttempts;
let connections: Connections;

beforeAll(async () => {
  app = await startConnections();
  attempts = app.module.get(ConnectionAttempts);
  connections = app.module.get(Connections);
});
afterAll(() => app.close());
afterEach(() => app.sandbox.faults.clear());

let hosts = 0;
async function connectedCoach(): Promise<{ coachId: string; connectionId: string; email: string }> {
  hosts += 1;
  const email = `host-${hosts}@zoom.example.test`;
  const coachId = await buildCoach(app.database);
  return { coachId, connectionId: (await connectZoom(attempts, coachId, email)).id, email };
}

async function codeOf(work: Promise<unknown>): Promise<string | undefined> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof DomainError ? error.code : String(error);
}

/** As if the hour of the access token were nearly over. */
async function nearlyExpire(connectionId: string): Promise<void> {
  await app.database.execute(sql`
    update connections set access_expires_at = clock_timestamp() + interval '4 minutes' where id = ${connectionId}`);
}

async function refreshCalls(email: string): Promise<number> {
  const accountId = await hostId(email);
  return app.sandbox.zoom.tokens.filter((token) => token.user === accountId && token.refreshedFrom !== null)
    .length;
}

async function hostId(email: string): Promise<string> {
  const { id } = await app.database.one(sql<{ id: string }>`
    select external_account_id as id from connections where external_email = ${email} limit 1`);
  return id;
}

/** The coach takes the permission back in Zoom's own settings. */
async function revokeAtZoom(connectionId: string): Promise<void> {
  const token = await connections.withAccessToken(await coachOf(connectionId), connectionId, (value) =>
    Promise.resolve(value),
  );
  await fetch(`${app.sandbox.urls.zoom}/oauth/revoke`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from('sandbox-zoom-client:sandbox-zoom-secret').toString('base64')}`,
    },
    body: new URLSearchParams({ token }),
  });
}

async function coachOf(connectionId: string): Promise<string> {
  const row = await app.database.one(sql<{ coachId: string }>`
    select coach_id as "coachId" from connections where id = ${connectionId}`);
  return row.coachId;
}

/** A call to Zoom's API as video makes it. */
async function whoAmI(accessToken: string): Promise<string> {
  const response = await fetch(`${app.sandbox.urls.zoom}/v2/users/me`, {
    headers: { authorization: `Bearer ${accessToken}` },
  });
  if (response.status === 401) throw new AccessTokenRefused();
  const account: unknown = await response.json();
  return z.object({ email: z.string() }).parse(account).email;
}

function alwaysRefused(): Promise<never> {
  return Promise.reject(new AccessTokenRefused());
}

describe('connecting', () => {
  it('connects an account with state and PKCE, and says so', async () => {
    const coachId = await buildCoach(app.database);
    const { url, expiresAt } = await attempts.authorize(coachId, 'zoom', '/docs');
    const asked = new URL(url);
    expect(asked.searchParams.get('code_challenge_method')).toBe('S256');
    expect(asked.searchParams.get('redirect_uri')).toBe(
      'https://practice.example.test/v1/connections/zoom/callback',
    );
    expect(expiresAt.getTime() - Date.now()).toBeLessThanOrEqual(600_000);

    const { state, code } = await consentAtZoom(url, 'mary@zoom.example.test');
    const { connection, returnTo } = await attempts.callback('zoom', state, code);
    expect(connection).toMatchObject({
      platform: 'zoom',
      status: 'connected',
      health: 'healthy',
      accountEmail: 'mary@zoom.example.test',
    });
    expect(returnTo).toBe('https://practice.example.test/docs');
    expect(await connections.list(coachId)).toEqual([connection]);
    expect(await app.messages('connections.connected', coachId)).toEqual([{ connectionId: connection.id }]);
  });

  it('takes a state once, for ten minutes, for its own platform only', async () => {
    const coachId = await buildCoach(app.database);
    const first = await consentAtZoom(
      (await attempts.authorize(coachId, 'zoom')).url,
      'once@zoom.example.test',
    );
    await attempts.callback('zoom', first.state, first.code);
    expect(await codeOf(attempts.callback('zoom', first.state, first.code))).toBe(
      'connections.state_invalid',
    );
    expect(await codeOf(attempts.callback('zoom', 'invented', first.code))).toBe('connections.state_invalid');
    expect(await codeOf(attempts.callback('google', first.state, first.code))).toBe(
      'connections.platform_not_supported',
    );

    const late = await consentAtZoom(
      (await attempts.authorize(coachId, 'zoom')).url,
      'once@zoom.example.test',
    );
    await app.database.execute(
      sql`update oauth_states set expires_at = clock_timestamp() - interval '1 second' where coach_id = ${coachId} and used_at is null`,
    );
    expect(await codeOf(attempts.callback('zoom', late.state, late.code))).toBe('connections.state_invalid');
  });

  it('is refused when the coach says no, or the code is not good; the state is then used up', async () => {
    const coachId = await buildCoach(app.database);
    const declined = await consentAtZoom(
      (await attempts.authorize(coachId, 'zoom')).url,
      'no@zoom.example.test',
    );
    expect(await codeOf(attempts.callback('zoom', declined.state, undefined))).toBe('connections.refused');
    expect(await codeOf(attempts.callback('zoom', declined.state, declined.code))).toBe(
      'connections.state_invalid',
    );
    const wrong = await consentAtZoom(
      (await attempts.authorize(coachId, 'zoom')).url,
      'no@zoom.example.test',
    );
    expect(await codeOf(attempts.callback('zoom', wrong.state, 'not-a-code'))).toBe('connections.refused');
    expect(await connections.list(coachId)).toEqual([]);
  });

  it.each(['https://evil.example', '//evil.example/x', 'javascript:alert(1)'])(
    'does not lead to %s afterwards',
    async (target) => {
      expect(await codeOf(attempts.authorize(await buildCoach(app.database), 'zoom', target))).toBe(
        'connections.return_to',
      );
    },
  );

  it('renews the same connection when the coach connects again, also twice at the same time', async () => {
    const { coachId, connectionId, email } = await connectedCoach();
    const [one, two] = await Promise.all([
      connectZoom(attempts, coachId, email),
      connectZoom(attempts, coachId, email),
    ]);
    expect([one.id, two.id]).toEqual([connectionId, connectionId]);
    expect(await connections.list(coachId)).toHaveLength(1);
    expect(await connections.withAccessToken(coachId, connectionId, whoAmI)).toBe(email);
  });

  it('keeps tokens sealed: no token of the platform is found in any column', async () => {
    const { connectionId, email } = await connectedCoach();
    const { row } = await app.database.one(sql<{ row: string }>`
      select row_to_json(c)::text as row from connections c where id = ${connectionId}`);
    const tokens = app.sandbox.zoom.tokens.flatMap(({ id, refreshToken }) => [id, refreshToken]);
    expect(row).toContain(email);
    for (const token of tokens) {
      expect(row).not.toContain(token);
      expect(row).not.toContain(Buffer.from(token).toString('hex'));
    }
  });

  it('does not open a ciphertext that was moved to another row', async () => {
    const mine = await connectedCoach();
    const other = await connectedCoach();
    await app.database.execute(sql`
      update connections m set access_token_ciphertext = o.access_token_ciphertext from connections o
      where m.id = ${mine.connectionId} and o.id = ${other.connectionId}`);
    await expect(connections.withAccessToken(mine.coachId, mine.connectionId, whoAmI)).rejects.toThrow(
      /authenticate data/,
    );
  });
});

describe('access tokens', () => {
  it('are used as they are while more than five minutes are left', async () => {
    const { coachId, connectionId, email } = await connectedCoach();
    expect(await connections.withAccessToken(coachId, connectionId, whoAmI)).toBe(email);
    expect(await refreshCalls(email)).toBe(0);
  });

  it('are refreshed once by 10 callers in two processes', async () => {
    const { coachId, connectionId, email } = await connectedCoach();
    await nearlyExpire(connectionId);
    app.sandbox.faults.inject({
      provider: 'zoom',
      operation: 'POST /oauth/token',
      kind: 'slow',
      times: 10,
      delayMs: 300,
    });
    const processes = [connections, app.otherProcess.get(Connections)];
    const answers = await Promise.all(
      Array.from({ length: 5 }, () =>
        processes.map((each) => each.withAccessToken(coachId, connectionId, whoAmI)),
      ).flat(),
    );
    expect(answers).toEqual(Array.from({ length: 10 }, () => email));
    expect(app.sandbox.faults.list()).toMatchObject([{ times: 9 }]); // only one call was slowed down
    expect(await refreshCalls(email)).toBe(1);
  });

  it('are refreshed and the call repeated once after a 401', async () => {
    const { coachId, connectionId, email } = await connectedCoach();
    let calls = 0;
    const answer = await connections.withAccessToken(coachId, connectionId, (token) => {
      calls += 1;
      return calls === 1 ? Promise.reject(new AccessTokenRefused()) : whoAmI(token);
    });
    expect([answer, calls, await refreshCalls(email)]).toEqual([email, 2, 1]);
  });

  it('need the coach when a token just given out is refused too', async () => {
    const { coachId, connectionId } = await connectedCoach();
    expect(await codeOf(connections.withAccessToken(coachId, connectionId, alwaysRefused))).toBe(
      'connections.needs_attention',
    );
    expect(await app.messages('connections.needs_attention', coachId)).toHaveLength(1);
  });

  it('survive a process that died while it held the refresh', async () => {
    const { coachId, connectionId, email } = await connectedCoach();
    await nearlyExpire(connectionId);
    await app.database.execute(sql`
      update connections set refreshing_until = clock_timestamp() + interval '700 milliseconds' where id = ${connectionId}`);
    expect(await connections.withAccessToken(coachId, connectionId, whoAmI)).toBe(email);
    expect(await refreshCalls(email)).toBe(1);
  });

  it('C17 tell the coach once when the permission has ended, however many calls find out', async () => {
    const { coachId, connectionId } = await connectedCoach();
    await revokeAtZoom(connectionId);
    await nearlyExpire(connectionId);
    const codes = await Promise.all(
      Array.from({ length: 5 }, () => codeOf(connections.withAccessToken(coachId, connectionId, whoAmI))),
    );
    expect(new Set(codes)).toEqual(new Set(['connections.needs_attention']));
    expect(await app.messages('connections.needs_attention', coachId)).toEqual([{ connectionId }]);
    expect(await connections.usable(coachId, 'zoom')).toBeUndefined();
    expect((await connections.list(coachId))[0]).toMatchObject({
      status: 'needs_attention',
      health: 'broken',
    });
  });

  it('use what a faster process has stored when theirs is refused', async () => {
    const { coachId, connectionId, email } = await connectedCoach();
    await nearlyExpire(connectionId);
    app.sandbox.faults.inject({
      provider: 'zoom',
      operation: 'POST /oauth/token',
      kind: 'slow',
      times: 1,
      delayMs: 600,
    });
    const slow = connections.withAccessToken(coachId, connectionId, whoAmI);
    await delay(300);
    // Its claim runs out while it waits, so another process refreshes with the same token.
    await app.database.execute(
      sql`update connections set refreshing_until = null where id = ${connectionId}`,
    );
    expect(await app.otherProcess.get(Connections).withAccessToken(coachId, connectionId, whoAmI)).toBe(
      email,
    );
    expect(await slow).toBe(email);
    expect(await refreshCalls(email)).toBe(1);
    expect(await app.messages('connections.needs_attention', coachId)).toEqual([]);
  });

  it('are lost with the answer of a refresh; connecting again mends the same connection', async () => {
    const { coachId, connectionId, email } = await connectedCoach();
    await nearlyExpire(connectionId);
    app.sandbox.faults.inject({
      provider: 'zoom',
      operation: 'POST /oauth/token',
      kind: 'timeout_after_commit',
      times: 1,
    });
    expect(await codeOf(connections.withAccessToken(coachId, connectionId, whoAmI))).toBe(
      'connections.platform_unavailable',
    );
    expect(await codeOf(connections.withAccessToken(coachId, connectionId, whoAmI))).toBe(
      'connections.needs_attention',
    );
    expect((await connectZoom(attempts, coachId, email)).id).toBe(connectionId);
    expect(await connections.withAccessToken(coachId, connectionId, whoAmI)).toBe(email);
  });

  it('stay connected when the platform is down for a while', async () => {
    const { coachId, connectionId, email } = await connectedCoach();
    await nearlyExpire(connectionId);
    app.sandbox.faults.inject({
      provider: 'zoom',
      operation: 'POST /oauth/token',
      kind: 'server_error',
      times: 1,
    });
    expect(await codeOf(connections.withAccessToken(coachId, connectionId, whoAmI))).toBe(
      'connections.platform_unavailable',
    );
    expect(await connections.withAccessToken(coachId, connectionId, whoAmI)).toBe(email);
  });
});

describe('A162 check', () => {
  it('asks the platform and keeps what it found', async () => {
    const { coachId, connectionId } = await connectedCoach();
    const checked = await connections.check(coachId, connectionId);
    expect(checked).toMatchObject({ health: 'healthy', whatBreaksNext: null, howToFix: null });
    expect(checked.lastCheckedAt).toBeInstanceOf(Date);

    app.sandbox.faults.inject({
      provider: 'zoom',
      operation: 'GET /v2/users/me',
      kind: 'server_error',
      times: 1,
    });
    expect(await connections.check(coachId, connectionId)).toMatchObject({
      status: 'connected',
      health: 'broken',
    });
    expect(await connections.check(coachId, connectionId)).toMatchObject({
      status: 'connected',
      health: 'healthy',
    });

    await revokeAtZoom(connectionId);
    const broken = await connections.check(coachId, connectionId);
    expect(broken).toMatchObject({ status: 'needs_attention', health: 'broken' });
    expect(broken.howToFix).toMatch(/Connect the platform again/);
  });

  it('renews a permission that was not used for long', async () => {
    const { coachId, connectionId } = await connectedCoach();
    await app.database.execute(sql`
      update connections set tokens_issued_at = clock_timestamp() - interval '70 days',
        access_expires_at = clock_timestamp() - interval '69 days' where id = ${connectionId}`);
    expect((await connections.list(coachId))[0]).toMatchObject({ health: 'expiring' });
    expect(await connections.check(coachId, connectionId)).toMatchObject({ health: 'healthy' });
  });

  it("answers 404 for somebody else's connection", async () => {
    const { connectionId } = await connectedCoach();
    const stranger = await buildCoach(app.database);
    expect(await codeOf(connections.check(stranger, connectionId))).toBe('connections.not_found');
    expect(
      await codeOf(connections.remove(stranger, connectionId, { kind: 'coach', accountId: stranger })),
    ).toBe('connections.not_found');
  });
});

describe('remove', () => {
  it('ends the connection here, then at the platform, and forgets the tokens; twice is once', async () => {
    const { coachId, connectionId, email } = await connectedCoach();
    const account = await hostId(email);
    await connections.remove(coachId, connectionId, { kind: 'coach', accountId: coachId });
    expect(await connections.list(coachId)).toEqual([]);
    expect(await app.messages('connections.removed', coachId)).toEqual([{ connectionId }]);
    expect(await codeOf(connections.withAccessToken(coachId, connectionId, whoAmI))).toBe(
      'connections.needs_attention',
    );

    app.sandbox.faults.inject({
      provider: 'zoom',
      operation: 'POST /oauth/revoke',
      kind: 'server_error',
      times: 1,
    });
    expect(await codeOf(connections.revokeAtPlatform(coachId, connectionId))).toBe(
      'connections.platform_unavailable',
    );
    await connections.revokeAtPlatform(coachId, connectionId);
    await connections.revokeAtPlatform(coachId, connectionId);
    expect(
      app.sandbox.zoom.tokens.filter((token) => token.user === account).map((token) => token.state),
    ).toEqual(['revoked']);

    const again = await connectZoom(attempts, coachId, email);
    expect(again.id).not.toBe(connectionId);
    expect(await connections.withAccessToken(coachId, again.id, whoAmI)).toBe(email);
  });

  it('leaves a connection that lives alone when the job comes for it', async () => {
    const { coachId, connectionId, email } = await connectedCoach();
    await connections.revokeAtPlatform(coachId, connectionId);
    expect(await connections.withAccessToken(coachId, connectionId, whoAmI)).toBe(email);
  });

  it('audits who connected and who removed', async () => {
    const { coachId, connectionId } = await connectedCoach();
    await connections.remove(coachId, connectionId, { kind: 'coach', accountId: coachId });
    const actions = await app.database.many(sql<{ action: string }>`
      select action from audit_entries where coach_id = ${coachId} and object_id = ${connectionId} order by id`);
    expect(actions.map(({ action }) => action)).toEqual(['connection.connect', 'connection.remove']);
  });
});
