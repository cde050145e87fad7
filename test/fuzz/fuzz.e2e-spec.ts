import { documentedOperations } from '../support/api-document';
import { PracticeWorld } from '../support/practice-world';
import { quote } from '../support/quote';
import { Random } from '../support/random';
import { sendRaw, type RawAnswer } from '../support/raw-request';
import { TestApp } from '../support/test-app';
import { World } from '../support/world';
import { HostileRequests, type HostileRequest } from './hostile-requests';

const REQUESTS = 2_000;
const LANES = 6;
const SEED = Number(process.env['FUZZ_SEED'] ?? Math.floor(Math.random() * 1_000_000));
const CANARY = 'canary-c41f-of-a-private-note';
/** Words of stack traces, of SQL, of its errors, and of files. */
const LEAKS =
  /\bat (?:Object|async|new|[A-Z]\w+)\.?[\w.]* ?\(|node_modules|\.[jt]s:\d+|\/libs\/|\bselect\b.+\bfrom\b|\binsert into\b|syntax error|violates \w+ constraint|\bpg_(?:catalog|advisory|stat|temp)|kysely|ECONNREFUSED|TypeError|ReferenceError|\$argon2/i;

describe(`${REQUESTS} hostile requests, seed ${SEED}`, () => {
  let app: TestApp;
  let practice: PracticeWorld;
  let other: PracticeWorld;
  const answers: { request: HostileRequest; caller: string; seen: RawAnswer }[] = [];
  const secrets = new Map<string, string>();

  beforeAll(async () => {
    quote(`  fuzz: seed ${SEED} (repeat: FUZZ_SEED=${SEED} npm run jest -- test/fuzz)`);
    app = await TestApp.start({
      now: '2026-11-20T08:00:00Z',
      environment: { SIGN_IN_TRIES_PER_ADDRESS: '1000000', SIGN_IN_TRIES_PER_ACCOUNT: '1000000' },
    });
    practice = await PracticeWorld.make(app);
    other = await PracticeWorld.make(app);
    await practice.fill();
    await other.fill();
    const written = await other.coach.http.post(`/v1/sessions/${other.idOf('ses')}/notes`, {
      visibility: 'private',
      body: CANARY,
    });
    expect(written.status).toBe(201);
    secrets
      .set('private note', CANARY)
      .set('access token', other.coach.http.accessToken ?? '')
      .set('Stripe key', app.environment['STRIPE_SECRET_KEY'] ?? '')
      .set('webhook secret', app.environment['STRIPE_WEBHOOK_SECRETS'] ?? '')
      .set('signing key', app.environment['TOKEN_SIGNING_KEY'] ?? '')
      .set('encryption key', (app.environment['ENCRYPTION_KEYS'] ?? '').split(':')[1] ?? '')
      .set('metrics token', app.environment['METRICS_TOKEN'] ?? '');
    await fire();
  }, 120_000);

  afterAll(() => app.stop());

  async function fire(): Promise<void> {
    const world = new World(app);
    const admin = await world.admin();
    const accounts = {
      coach: practice.coach.accountId,
      client: practice.client.accountId,
      admin: admin.accountId,
    };
    const random = new Random(SEED);
    const requests = new HostileRequests(documentedOperations(), random);
    const roles = ['anonymous', 'client', 'coach', 'coach', 'admin'] as const;
    const planned = Array.from({ length: REQUESTS }, () => {
      const role = random.pick(roles);
      const isForeign = random.next() < 0.15;
      return {
        role,
        request: requests.next((prefix) =>
          (isForeign ? other : practice).idOf(prefix, role === 'client' ? 'client' : 'coach'),
        ),
      };
    });
    const lane = async (): Promise<void> => {
      for (let next = planned.pop(); next !== undefined; next = planned.pop()) {
        // A request may end every sign-in of its caller, so each has a token of its own.
        const token =
          next.role === 'anonymous' ? undefined : (await world.signedIn(accounts[next.role])).accessToken;
        answers.push({ request: next.request, caller: next.role, seen: await send(next.request, token) });
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
  }

  function send(
    { method, address, headers, body }: HostileRequest,
    token: string | undefined,
  ): Promise<RawAnswer> {
    const all = token === undefined ? headers : { ...headers, authorization: `Bearer ${token}` };
    return sendRaw(app.url, method, address, all, body);
  }

  /** The first few that break a rule, with what repeats them. */
  const offenders = (isWrong: (answer: (typeof answers)[number]) => boolean): unknown[] =>
    answers
      .filter(isWrong)
      .slice(0, 5)
      .map(({ request, caller, seen }) => ({
        operation: request.operation.id,
        caller,
        address: request.address.slice(0, 300),
        headers: request.headers,
        body: request.body?.slice(0, 500),
        status: seen.status,
        text: seen.text.slice(0, 500),
      }));

  it('reaches every operation and every kind of answer', () => {
    const statuses = new Map<number, number>();
    for (const { seen } of answers) statuses.set(seen.status, (statuses.get(seen.status) ?? 0) + 1);
    quote(`  fuzz: answers by status ${JSON.stringify(Object.fromEntries(statuses))}`);
    expect(answers).toHaveLength(REQUESTS);
    expect(new Set(answers.map(({ request }) => request.operation.id)).size).toBe(
      documentedOperations().length,
    );
    expect(answers.filter(({ seen }) => seen.status < 300).length).toBeGreaterThan(REQUESTS / 20);
    expect([...statuses.keys()]).toEqual(expect.arrayContaining([200, 400, 401, 403, 404, 409, 422]));
  });

  it('causes no error of the server', () => {
    expect(offenders(({ seen }) => seen.status >= 500)).toEqual([]);
  });

  it('gets a problem with code and request id for every refusal', () => {
    const isProblem = ({ mediaType, text, status }: RawAnswer): boolean => {
      if (!mediaType.startsWith('application/problem+json')) return false;
      const problem = JSON.parse(text) as Record<string, unknown>;
      return (
        problem['status'] === status &&
        /^[a-z][a-z0-9_.-]+$/.test(String(problem['code'])) &&
        String(problem['requestId']).startsWith('req_')
      );
    };
    // A page for people answers in HTML where HTML was asked for.
    const isPage = ({ request, seen }: (typeof answers)[number]): boolean =>
      request.headers['accept'] === 'text/html' && seen.mediaType.startsWith('text/html');
    expect(
      offenders((answer) => answer.seen.status >= 400 && !isPage(answer) && !isProblem(answer.seen)),
    ).toEqual([]);
  });

  it('learns nothing of the inside: no stack, no SQL, no file', () => {
    expect(offenders(({ seen }) => LEAKS.test(seen.text))).toEqual([]);
  });

  it('A62 learns no secret, whoever asks', () => {
    expect([...secrets].filter(([, secret]) => secret.length < 8)).toEqual([]);
    for (const [name, secret] of secrets)
      expect([name, offenders(({ seen }) => seen.text.includes(secret))]).toEqual([name, []]);
  });

  it('A181 leaves the process sound, every job doable and every invariant whole', async () => {
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
    expect((await app.http().get('/health/ready')).status).toBe(200);
    await app.drain();
    expect(await app.brokenInvariants()).toEqual([]);
  }, 120_000);
});
