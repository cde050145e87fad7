import { sql } from '@app/database';
import { quote } from '../support/quote';
import { sendRaw, type RawAnswer } from '../support/raw-request';
import { TestApp } from '../support/test-app';
import { PASSWORD, World, type CoachWorld } from '../support/world';

const TRIES = 10_000;
const ADDRESSES = 1_000;
const LANES = 50;
const OWNERS_ADDRESS = '203.0.113.7';
const MOST_GUESSES = 10;
const WINDOW_MS = 15 * 60_000;

describe(`guessing a password ${TRIES} times from ${ADDRESSES} addresses`, () => {
  let app: TestApp;
  let coach: CoachWorld;
  let begins: number;
  /** Of a block that began after the first guess. */
  const leastLeftMs = (): number => WINDOW_MS - (performance.now() - begins);

  beforeAll(async () => {
    // The addresses come by a proxy that is trusted, as in production.
    app = await TestApp.start({ environment: { TRUST_PROXY: '127.0.0.1' } });
    coach = await new World(app).coach({ hours: false });
    expect((await signIn(coach.email, PASSWORD, OWNERS_ADDRESS)).status).toBe(200);
  }, 60_000);

  afterAll(() => app.stop());

  const signIn = (email: string, password: string, address: string): Promise<RawAnswer> =>
    sendRaw(
      app.url,
      'POST',
      '/v1/auth/sign-in',
      { 'content-type': 'application/json', 'x-forwarded-for': address },
      JSON.stringify({ email, password }),
    );
  const addressOf = (index: number): string => `198.18.${Math.floor(index / 250)}.${index % 250}`;

  /** Every address in turn; the owner comes in between, every thousand tries. */
  const attack = async (
    email: string,
    tries: number,
    asOwner?: () => Promise<void>,
  ): Promise<Map<string, number>> => {
    const answers = new Map<string, number>();
    let next = 0;
    const lane = async (): Promise<void> => {
      while (next < tries) {
        const index = next;
        next += 1;
        if (index % 1_000 === 500) await asOwner?.();
        const { status, text } = await signIn(email, `guess number ${index}`, addressOf(index % ADDRESSES));
        const name = `${status} ${String((JSON.parse(text) as { code?: string }).code)}`;
        answers.set(name, (answers.get(name) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    return answers;
  };

  it('A176 lets ten guesses reach the password, while the owner signs in from where they always do', async () => {
    const owner: number[] = [];
    begins = performance.now();
    const answers = await attack(
      coach.email,
      TRIES,
      async () => void owner.push((await signIn(coach.email, PASSWORD, OWNERS_ADDRESS)).status),
    );
    expect(Object.fromEntries(answers)).toEqual({
      '401 auth.invalid_credentials': MOST_GUESSES,
      '429 auth.too_many_tries': TRIES - MOST_GUESSES,
    });
    expect(owner).toEqual(Array.from({ length: TRIES / 1_000 }, () => 200));
    quote(
      `  ${TRIES} guesses from ${ADDRESSES} addresses: ${[...answers].map(([answer, count]) => `${answer} × ${count}`).join(', ')}; the owner signed in ${owner.length} times meanwhile`,
    );
    // Whoever comes from an unknown address has to wait, the right password or not, and learns nothing of it.
    const late = await signIn(coach.email, PASSWORD, addressOf(1));
    expect(late.status).toBe(429);
    expect((JSON.parse(late.text) as { retryAfterSeconds: number }).retryAfterSeconds).toBeGreaterThanOrEqual(
      Math.floor(leastLeftMs() / 1_000),
    );
    expect((await signIn(coach.email, PASSWORD, OWNERS_ADDRESS)).status).toBe(200);
  }, 240_000);

  it('counts for 15 minutes and for all processes: in the database', async () => {
    const rows = await app.database.many(sql<{ points: number; expire: number }>`
      select points, expire from rate_limits where key like 'sign-in-account:%' and points > ${MOST_GUESSES}`);
    expect(rows).toHaveLength(1);
    expect(rows[0]?.points).toBeGreaterThanOrEqual(TRIES);
    expect(rows[0]?.expire).toBeGreaterThanOrEqual(Date.now() + leastLeftMs());
  });

  it('treats an address without an account the same', async () => {
    const answers = await attack('nobody-at-all@demo.test', 200);
    expect(Object.fromEntries(answers)).toEqual({
      '401 auth.invalid_credentials': MOST_GUESSES,
      '429 auth.too_many_tries': 200 - MOST_GUESSES,
    });
  });

  it('stops one address that tries many accounts', async () => {
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        signIn(`somebody-${index}@demo.test`, 'the same password', '198.51.100.9'),
      ),
    );
    const statuses = answers.map(({ status }) => status);
    expect([
      statuses.filter((status) => status === 401).length,
      statuses.filter((status) => status === 429).length,
    ]).toEqual([50, 10]);
  });

  it('believes no address that comes without the trusted proxy', async () => {
    const direct = await TestApp.start();
    try {
      const statuses: number[] = [];
      for (let index = 0; index < 52; index += 1) {
        const body = JSON.stringify({ email: `forged-${index}@demo.test`, password: 'the same password' });
        const headers = { 'content-type': 'application/json', 'x-forwarded-for': `192.0.2.${index}` };
        statuses.push((await sendRaw(direct.url, 'POST', '/v1/auth/sign-in', headers, body)).status);
      }
      expect(statuses.slice(50)).toEqual([429, 429]);
    } finally {
      await direct.stop();
    }
  }, 60_000);
});
