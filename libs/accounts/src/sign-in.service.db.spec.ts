import { DomainError, InvalidTime, Unauthenticated } from '@app/common';
import { sql } from '@app/database';
import { Accounts } from './accounts.service';
import { startAccounts, type AccountsUnderTest } from './accounts.test-module';
import { WORKER } from './actor';
import { SignIn, type SignedIn } from './sign-in.service';
import { buildAccount, buildCoach, TEST_PASSWORD } from './testing';

let app: AccountsUnderTest;
let signIn: SignIn;

beforeAll(async () => {
  app = await startAccounts();
  signIn = app.module.get(SignIn);
});
afterAll(() => app.close());

/** Each case signs in from an address of its own. */
let lastAddress = 0;
function newAddress(): string {
  lastAddress += 1;
  return `10.0.${lastAddress >> 8}.${lastAddress & 255}`;
}

async function newCoach(): Promise<{ id: string; email: string }> {
  const id = await buildCoach(app.database);
  const { email } = await app.database.one(
    sql<{ email: string }>`select email from accounts where id = ${id}`,
  );
  return { id, email };
}

async function signedInCoach(): Promise<{ id: string; email: string; tokens: SignedIn }> {
  const coach = await newCoach();
  return { ...coach, tokens: await signIn.signIn(coach.email, TEST_PASSWORD, newAddress()) };
}

async function answerOf(work: Promise<unknown>): Promise<unknown> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof DomainError)) return error;
  return { kind: error.kind, code: error.code, message: error.message, extensions: error.extensions };
}

async function age(accountId: string, seconds: number): Promise<void> {
  await app.database.execute(sql`
    update refresh_tokens set rotated_at = rotated_at - make_interval(secs => ${seconds}) where account_id = ${accountId}`);
}

async function timeOfWrongPassword(email: string): Promise<number> {
  const startedAt = performance.now();
  await answerOf(signIn.signIn(email, 'wrong password', newAddress()));
  return performance.now() - startedAt;
}

describe('SignIn.signIn', () => {
  it('gives tokens that name the person as the database has them', async () => {
    const { id, email, tokens } = await signedInCoach();
    expect(tokens.expiresIn).toBe(900);
    await expect(signIn.verifyAccessToken(tokens.accessToken)).resolves.toEqual({
      accountId: id,
      kind: 'coach',
      email,
      displayName: 'Casey Coach',
      timezone: 'Europe/Berlin',
      locale: 'en',
    });
  });

  it('takes the address in any case', async () => {
    const { email } = await newCoach();
    await expect(
      signIn.signIn(` ${email.toUpperCase()} `, TEST_PASSWORD, newAddress()),
    ).resolves.toMatchObject({ expiresIn: 900 });
  });

  it('answers the same for an unknown address, a wrong password, a disabled account and no address at all', async () => {
    const { email } = await newCoach();
    const disabled = await newCoach();
    await app.module.get(Accounts).disable(disabled.id, WORKER);
    const wrong = await answerOf(signIn.signIn(email, 'wrong password', newAddress()));
    expect(wrong).toMatchObject({ kind: 'unauthenticated', code: 'auth.invalid_credentials' });
    expect(await answerOf(signIn.signIn('nobody@example.test', 'wrong password', newAddress()))).toEqual(
      wrong,
    );
    expect(await answerOf(signIn.signIn(disabled.email, TEST_PASSWORD, newAddress()))).toEqual(wrong);
    expect(await answerOf(signIn.signIn('no address\u0000', TEST_PASSWORD, newAddress()))).toEqual(wrong);
  });

  it('takes as long for an unknown address as for a known one', async () => {
    const { email } = await newCoach();
    const known: number[] = [];
    const unknown: number[] = [];
    for (let round = 0; round < 9; round += 1) {
      known.push(await timeOfWrongPassword(email));
      unknown.push(await timeOfWrongPassword('nobody-at-all@example.test'));
    }
    // The shortest of each: what a busy machine adds is noise. Without the hash, an unknown one took a twentieth.
    const ratio = Math.min(...unknown) / Math.min(...known);
    expect(ratio).toBeGreaterThan(0.4);
    expect(ratio).toBeLessThan(2.5);
  });

  it('keeps no token and no network address in the clear', async () => {
    const { id, email } = await newCoach();
    const { refreshToken } = await signIn.signIn(email, TEST_PASSWORD, '198.51.100.201');
    const stored = await app.database.many(sql<{ row: string }>`
      select t::text as row from refresh_tokens t where account_id = ${id}
      union all select k::text from known_addresses k where account_id = ${id}
      union all select r::text from rate_limits r`);
    expect(stored.length).toBeGreaterThan(2);
    const text = JSON.stringify(stored);
    expect(text).not.toContain(refreshToken);
    expect(text).not.toContain('198.51.100.201');
    expect(text).not.toContain(email);
    expect(text).not.toContain(Buffer.from(refreshToken).toString('hex'));
  });

  it('A174 keeps the zone the device was last seen in, and refuses one that does not exist', async () => {
    const { id, email } = await newCoach();
    const { refreshToken } = await signIn.signIn(email, TEST_PASSWORD, newAddress(), {
      timezone: 'america/new_york',
    });
    const seen = (): Promise<{ zone: string }> =>
      app.database.one(
        sql<{ zone: string }>`select last_seen_timezone as zone from accounts where id = ${id}`,
      );
    await expect(seen()).resolves.toEqual({ zone: 'America/New_York' });
    await signIn.refresh(refreshToken, { timezone: 'Asia/Tokyo' });
    await expect(seen()).resolves.toEqual({ zone: 'Asia/Tokyo' });
    await expect(
      signIn.signIn(email, TEST_PASSWORD, newAddress(), { timezone: 'Mars/Olympus' }),
    ).rejects.toThrow(InvalidTime);
  });
});

describe('SignIn.verifyAccessToken', () => {
  it('A173 reads the zone per request, not from the token', async () => {
    const { id, tokens } = await signedInCoach();
    await signIn.verifyAccessToken(tokens.accessToken);
    await app.database.execute(sql`update accounts set timezone = 'Asia/Tokyo' where id = ${id}`);
    await expect(signIn.verifyAccessToken(tokens.accessToken)).resolves.toMatchObject({
      timezone: 'Asia/Tokyo',
    });
  });

  it('stops at once when the account is disabled', async () => {
    const { id, tokens } = await signedInCoach();
    await signIn.verifyAccessToken(tokens.accessToken);
    await app.module.get(Accounts).disable(id, WORKER);
    await expect(signIn.verifyAccessToken(tokens.accessToken)).rejects.toThrow(Unauthenticated);
    await expect(signIn.refresh(tokens.refreshToken)).rejects.toThrow(Unauthenticated);
  });

  it('stops at once after signing out everywhere, on every device', async () => {
    const { id, email, tokens } = await signedInCoach();
    const second = await signIn.signIn(email, TEST_PASSWORD, newAddress());
    await signIn.signOutEverywhere(id, { kind: 'coach', accountId: id });
    for (const { accessToken, refreshToken } of [tokens, second]) {
      await expect(signIn.verifyAccessToken(accessToken)).rejects.toThrow(Unauthenticated);
      await expect(signIn.refresh(refreshToken)).rejects.toThrow(Unauthenticated);
    }
    const third = await signIn.signIn(email, TEST_PASSWORD, newAddress());
    await expect(signIn.verifyAccessToken(third.accessToken)).resolves.toMatchObject({ accountId: id });
  });
});

describe('SignIn.refresh', () => {
  it('replaces the token; the chain goes on', async () => {
    const { id, tokens } = await signedInCoach();
    const second = await signIn.refresh(tokens.refreshToken);
    const third = await signIn.refresh(second.refreshToken);
    expect(new Set([tokens, second, third].map(({ refreshToken }) => refreshToken)).size).toBe(3);
    await expect(signIn.verifyAccessToken(third.accessToken)).resolves.toMatchObject({ accountId: id });
  });

  it('ends the family when a spent token comes back after 30 seconds, and only that family', async () => {
    const { id, email, tokens } = await signedInCoach();
    const elsewhere = await signIn.signIn(email, TEST_PASSWORD, newAddress());
    const second = await signIn.refresh(tokens.refreshToken);
    await age(id, 31);
    await expect(signIn.refresh(tokens.refreshToken)).rejects.toThrow(Unauthenticated);
    await expect(signIn.refresh(second.refreshToken)).rejects.toThrow(Unauthenticated);
    await expect(signIn.refresh(elsewhere.refreshToken)).resolves.toMatchObject({ expiresIn: 900 });
    const audited = await app.database.many(sql`
      select 1 from audit_entries where object_id = ${id} and action = 'account.refresh_token_reused'`);
    expect(audited).toHaveLength(1);
  });

  it('gives parallel tabs a token each, all of one family', async () => {
    const { id, tokens } = await signedInCoach();
    const tabs = await Promise.all(Array.from({ length: 8 }, () => signIn.refresh(tokens.refreshToken)));
    expect(new Set(tabs.map(({ refreshToken }) => refreshToken)).size).toBe(8);
    const families = await app.database.many(
      sql`select distinct family_id from refresh_tokens where account_id = ${id}`,
    );
    expect(families).toHaveLength(1);
    for (const tab of tabs)
      await expect(signIn.refresh(tab.refreshToken)).resolves.toMatchObject({ expiresIn: 900 });
  });

  it('leaves nothing alive when a copied token comes back while the owner refreshes', async () => {
    const { id, tokens } = await signedInCoach();
    const second = await signIn.refresh(tokens.refreshToken);
    await age(id, 31);
    const results = await Promise.allSettled([
      signIn.refresh(second.refreshToken),
      signIn.refresh(tokens.refreshToken),
      signIn.refresh(second.refreshToken),
    ]);
    expect(results[1].status).toBe('rejected');
    const alive = await app.database.many(
      sql`select 1 from refresh_tokens where account_id = ${id} and revoked_at is null`,
    );
    expect(alive).toHaveLength(0);
  });

  it('ends after 60 days, after signing out, and for what never was a token', async () => {
    const { id, email, tokens } = await signedInCoach();
    await signIn.signOut(tokens.refreshToken);
    await expect(signIn.refresh(tokens.refreshToken)).rejects.toThrow(Unauthenticated);
    const other = await signIn.signIn(email, TEST_PASSWORD, newAddress());
    const [life] = await app.database.many(sql<{ days: number }>`
      select extract(epoch from expires_at - created_at)::float8 / 86400 as days from refresh_tokens where account_id = ${id}`);
    expect(life).toEqual({ days: 60 });
    await app.database.execute(
      sql`update refresh_tokens set expires_at = clock_timestamp() - interval '1 second' where account_id = ${id}`,
    );
    await expect(signIn.refresh(other.refreshToken)).rejects.toThrow(Unauthenticated);
    await expect(signIn.refresh('never was one')).rejects.toThrow(Unauthenticated);
    await expect(signIn.signOut('never was one')).resolves.toBeUndefined();
  });
});

describe('accounts of each kind', () => {
  it.each(['coach', 'client', 'admin'] as const)('A176 a token of %s says so', async (kind) => {
    const email = `${kind}-kind@example.test`;
    await buildAccount(app.database, { kind, email });
    const { accessToken } = await signIn.signIn(email, TEST_PASSWORD, newAddress());
    await expect(signIn.verifyAccessToken(accessToken)).resolves.toMatchObject({ kind });
  });
});
