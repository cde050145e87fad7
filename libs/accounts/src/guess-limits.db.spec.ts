import { TooMany, Unauthenticated } from '@app/common';
import { sql } from '@app/database';
import { Accounts } from './accounts.service';
import { startAccounts, type AccountsUnderTest } from './accounts.test-module';
import { SignIn } from './sign-in.service';
import { buildCoach, TEST_PASSWORD } from './testing';

const HOME = '198.51.100.7';

let app: AccountsUnderTest;
let signIn: SignIn;

beforeAll(async () => {
  app = await startAccounts();
  signIn = app.module.get(SignIn);
});
afterAll(() => app.close());

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

interface Guess {
  outcome: 'verified' | 'refused';
  retryAfterSeconds?: unknown;
}

/** A guess that was verified answers 401, one that was refused before hashing 429. */
async function guess(email: string, address: string): Promise<Guess> {
  const error: unknown = await signIn
    .signIn(email, 'a wrong guess', address)
    .catch((reason: unknown) => reason);
  if (error instanceof TooMany)
    return { outcome: 'refused', retryAfterSeconds: error.extensions['retryAfterSeconds'] };
  if (error instanceof Unauthenticated) return { outcome: 'verified' };
  throw error;
}

function verifiedOf(guesses: Guess[]): number {
  return guesses.filter(({ outcome }) => outcome === 'verified').length;
}

async function storm(email: string, tries: number, addresses: number): Promise<number> {
  let verified = 0;
  let next = 0;
  const guesser = async (): Promise<void> => {
    while (next < tries) {
      const address = `203.${(next % addresses) >> 8}.${(next % addresses) & 255}.9`;
      next += 1;
      if ((await guess(email, address)).outcome === 'verified') verified += 1;
    }
  };
  await Promise.all(Array.from({ length: 20 }, guesser));
  return verified;
}

async function forgetTries(): Promise<void> {
  await app.database.execute(sql`delete from rate_limits`);
}

async function pass(minutes: number): Promise<void> {
  await app.database.execute(sql`update rate_limits set expire = expire - ${minutes * 60_000}::bigint`);
}

describe('guessing', () => {
  beforeEach(forgetTries);

  it('A176 2,000 tries from 200 addresses get at most 10, while the owner still signs in', async () => {
    const { email } = await newCoach();
    await signIn.signIn(email, TEST_PASSWORD, HOME);
    const storming = storm(email, 2_000, 200);
    for (let round = 0; round < 5; round += 1) {
      await expect(signIn.signIn(email, TEST_PASSWORD, HOME)).resolves.toMatchObject({ expiresIn: 900 });
    }
    expect(await storming).toBe(10);
    await expect(signIn.signIn(email, TEST_PASSWORD, HOME)).resolves.toMatchObject({ expiresIn: 900 });
    // Even the right password is not looked at from a stranger's address.
    await expect(signIn.signIn(email, TEST_PASSWORD, '192.0.2.77')).rejects.toThrow(TooMany);
  });

  it('limits an address without an account in the same way', async () => {
    expect(await storm('nobody-here@example.test', 60, 60)).toBe(10);
  });

  it('lets an owner far from home back in by a password reset', async () => {
    const { id, email } = await newCoach();
    await storm(email, 30, 30);
    const accounts = app.module.get(Accounts);
    const token = await accounts.issueToken({ purpose: 'reset_password', accountId: id });
    await expect(signIn.signIn(email, TEST_PASSWORD, '192.0.2.78')).rejects.toThrow(TooMany);
    await accounts.confirmPasswordReset(token, 'an entirely new one', '192.0.2.78');
    await expect(signIn.signIn(email, 'an entirely new one', '192.0.2.78')).resolves.toMatchObject({
      expiresIn: 900,
    });
  });

  it('limits the known address, too, and forgets it after 30 days', async () => {
    const { id, email } = await newCoach();
    await signIn.signIn(email, TEST_PASSWORD, HOME);
    const fromHome = await Promise.all(Array.from({ length: 15 }, () => guess(email, HOME)));
    expect(verifiedOf(fromHome)).toBe(10);
    const refused = fromHome.filter(({ outcome }) => outcome === 'refused');
    expect(refused).toHaveLength(5);
    for (const { retryAfterSeconds } of refused) {
      expect(retryAfterSeconds).toBeGreaterThan(890);
      expect(retryAfterSeconds).toBeLessThanOrEqual(900);
    }
    await forgetTries();
    await storm(email, 12, 12);
    await app.database.execute(sql`
      update known_addresses set last_used_at = last_used_at - interval '30 days 1 second' where account_id = ${id}`);
    await expect(signIn.signIn(email, TEST_PASSWORD, HOME)).rejects.toThrow(TooMany);
  });

  it('limits one address over all accounts to 50 tries', async () => {
    const outcomes: Guess[] = [];
    for (let batch = 0; batch < 12; batch += 1) {
      const emails = Array.from({ length: 5 }, (_, index) => `guess-${batch}-${index}@example.test`);
      outcomes.push(...(await Promise.all(emails.map((email) => guess(email, '203.0.113.250')))));
    }
    expect(verifiedOf(outcomes)).toBe(50);
  });

  it('counts a right password as no try', async () => {
    const { email } = await newCoach();
    for (let round = 0; round < 25; round += 1) await signIn.signIn(email, TEST_PASSWORD, '203.0.113.251');
    const [account] = await app.database.many(
      sql<{ points: number }>`select max(points)::int as points from rate_limits`,
    );
    expect(account).toEqual({ points: 0 });
  });

  it('holds for every stretch of 15 minutes, not only for those that begin with the first try', async () => {
    const email = 'slowly-guessed@example.test';
    const tries = async (count: number): Promise<number> => {
      const outcomes = await Promise.all(Array.from({ length: count }, () => guess(email, newAddress())));
      return verifiedOf(outcomes);
    };
    expect(await tries(1)).toBe(1);
    await pass(14);
    expect(await tries(8)).toBe(8);
    await pass(2);
    expect(await tries(5)).toBe(1);
    await pass(14);
    expect(await tries(5)).toBe(0);
    await pass(2);
    expect(await tries(15)).toBe(10);
  });

  it('stays limited while the table of counters cannot be reached', async () => {
    await app.database.execute(sql`alter table rate_limits rename to rate_limits_away`);
    try {
      expect(await storm('nobody-now@example.test', 60, 60)).toBe(10);
    } finally {
      await app.database.execute(sql`alter table rate_limits_away rename to rate_limits`);
    }
  });
});
