import { randomUUID } from 'node:crypto';
import { sql } from '@app/database';
import { parsePublicId } from '@app/common';
import { addressOf, documentedOperations, exampleOf } from '../support/api-document';
import type { Answer, HttpClient } from '../support/http-client';
import { heldOpen, untilWaiting } from '../support/interleaving';
import { TestApp } from '../support/test-app';
import { World, type ClientWorld, type CoachWorld, type SessionSummary } from '../support/world';

interface ProblemBody {
  code: string;
  requestId: string;
}

interface Versioned {
  id: string;
  version: number;
}

const CALLS = 50;
const DAY_MS = 24 * 3_600_000;
const UNKNOWN_ID = '01kaxbt6r8e9tbm3v0c1d2e3f4';

describe('one effect per key, versions, pages', () => {
  let app: TestApp;
  let world: World;
  let coach: CoachWorld;
  let client: ClientWorld;
  let free: { id: string; policyId: string };
  let day = 0;

  beforeAll(async () => {
    app = await TestApp.start({ now: '2027-02-01T09:00:00Z' });
    world = new World(app);
    coach = await world.coach();
    client = await world.client(coach);
    free = await world.offering(coach, { priceMinor: 0, durationMinutes: 30 });
  }, 60_000);

  afterAll(() => app.stop());

  /** What books a free session, on a day of its own. */
  const booking = (): Record<string, unknown> => {
    day += 1;
    const startsAt = new Date(Date.parse('2027-02-10T10:00:00Z') + day * DAY_MS).toISOString();
    return { offeringId: free.id, startsAt, funding: 'free', acceptedPolicyId: free.policyId };
  };
  const bookBy = (
    http: HttpClient,
    key: string,
    body: unknown,
  ): Promise<Answer<SessionSummary & ProblemBody>> =>
    http.post<SessionSummary & ProblemBody>('/v1/sessions', body, { 'idempotency-key': key });
  const count = async (table: string): Promise<number> =>
    (await app.database.one(sql<{ rows: number }>`select count(*)::int as rows from ${sql.table(table)}`))
      .rows;

  describe('Idempotency-Key', () => {
    it(`has one effect for ${CALLS} calls at once, and the same answer for each that gets one`, async () => {
      const [key, body, before] = [randomUUID(), booking(), await count('sessions')];
      const answers = await Promise.all(Array.from({ length: CALLS }, () => bookBy(client.http, key, body)));
      const done = answers.filter(({ status }) => status === 201);
      const waiting = answers.filter(({ status }) => status === 409);
      expect(done.length + waiting.length).toBe(CALLS);
      expect(done.length).toBeGreaterThan(0);
      for (const answer of waiting) {
        expect(answer.body.code).toBe('idempotency.in_progress');
        expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      }
      expect(await count('sessions')).toBe(before + 1);

      const repeated = await bookBy(client.http, key, body);
      expect(repeated.status).toBe(201);
      expect(repeated.headers.get('idempotency-replayed')).toBe('true');
      for (const answer of done) expect(answer.body).toEqual(repeated.body);
      expect(done.filter(({ headers }) => headers.get('idempotency-replayed') === null)).toHaveLength(1);
      expect(await count('sessions')).toBe(before + 1);
    });

    it('answers with what the first call did, also when that was done after the second had looked', async () => {
      const { body: session } = await bookBy(client.http, randomUUID(), booking());
      const key = randomUUID();
      const cancel = (): Promise<Answer<ProblemBody>> =>
        client.http.post<ProblemBody>(`/v1/sessions/${session.id}/cancel`, {}, { 'idempotency-key': key });
      const first = await cancel();
      const { row } = await app.database.one(sql<{ row: string }>`
        delete from idempotency_keys where key = ${key} returning to_jsonb(idempotency_keys)::text as row`);
      const holder = await heldOpen(app.database, () =>
        app.database.one(
          sql`select from sessions where id = ${parsePublicId('session', session.id)} for update`,
        ),
      );
      const second = cancel();
      await untilWaiting(app.database, 1);
      await holder.commit(() =>
        app.database.execute(sql`
          insert into idempotency_keys select * from jsonb_populate_record(null::idempotency_keys, ${row}::jsonb)`),
      );
      expect(await second).toMatchObject({ status: 200, body: first.body });
      expect((await second).headers.get('idempotency-replayed')).toBe('true');
    });

    it('takes the same body in another order as the same, and any other body as a fault', async () => {
      const [key, body] = [randomUUID(), booking()];
      const first = await bookBy(client.http, key, body);
      const turned = Object.fromEntries(Object.entries(body).toReversed());
      expect(await bookBy(client.http, key, turned)).toMatchObject({ status: 201, body: first.body });
      const other = await bookBy(client.http, key, { ...body, startsAt: booking()['startsAt'] });
      expect(other).toMatchObject({ status: 422, body: { code: 'idempotency.key_reused' } });
    });

    it('belongs to one person and one operation', async () => {
      const key = randomUUID();
      const second = await world.client(coach);
      const answers = [await bookBy(client.http, key, booking()), await bookBy(second.http, key, booking())];
      const quote = await client.http.post(
        `/v1/sessions/${answers[0]?.body.id}/cancellation-quotes`,
        {},
        { 'idempotency-key': key },
      );
      expect([...answers, quote].map(({ status }) => status)).toEqual([201, 201, 201]);
      expect(answers[0]?.body.id).not.toBe(answers[1]?.body.id);
    });

    it('is demanded by every operation that the document says demands it, before anything else is looked at', async () => {
      const admin = await world.admin();
      const people = { coach, client, admin };
      const demanding = documentedOperations().filter(({ parameters }) =>
        parameters.some(({ name, required }) => name === 'Idempotency-Key' && required === true),
      );
      expect(demanding.map(({ id }) => id)).toEqual(
        expect.arrayContaining(['POST /v1/sessions', 'POST /v1/sessions/{id}/cancel']),
      );
      for (const operation of demanding) {
        const [role] = operation.access.roles === 'anyone' ? [] : operation.access.roles;
        if (role === undefined) throw new Error(`${operation.id} is open to anyone.`);
        const idOf = (prefix: string): string => `${prefix}_${UNKNOWN_ID}`;
        const body = operation.body === undefined ? undefined : exampleOf(operation.body, idOf);
        const path = addressOf(operation, idOf);
        const without = await people[role].http.send<ProblemBody>(operation.method, path, body, {});
        expect([operation.id, without.status, without.body.code]).toEqual([
          operation.id,
          400,
          'idempotency.key_required',
        ]);
        for (const key of ['x'.repeat(256), 'with space', 'ümlaut']) {
          const odd = await people[role].http.send<ProblemBody>(operation.method, path, body, {
            'idempotency-key': key,
          });
          expect([operation.id, odd.status, odd.body.code]).toEqual([
            operation.id,
            400,
            'idempotency.key_invalid',
          ]);
        }
      }
    });

    it('stores nothing for an error, so that the same key can succeed later', async () => {
      const [key, body, before] = [randomUUID(), booking(), await count('idempotency_keys')];
      const answers = [
        await bookBy(client.http, key, { ...body, unknown: true }),
        await bookBy(client.http, key, { ...body, acceptedPolicyId: undefined }),
        await bookBy(client.http, key, { ...body, offeringId: `off_${UNKNOWN_ID}` }),
      ];
      expect(answers.map(({ status }) => status)).toEqual([400, 422, 404]);
      expect(await count('idempotency_keys')).toBe(before);
      expect((await bookBy(client.http, key, body)).status).toBe(201);
      expect(await count('idempotency_keys')).toBe(before + 1);
    });
  });

  describe('ETag and If-Match', () => {
    const match = (version: number): Record<string, string> => ({ 'if-match': `"${version}"` });

    it.each([
      ['settings', async () => '/v1/settings', { bufferAfterMinutes: 5 }],
      ['account', async () => '/v1/me', { displayName: 'Carla Changed' }],
      ['client', async () => `/v1/clients/${client.clientId}`, { displayName: 'Clara Changed' }],
      [
        'offering',
        async () => `/v1/offerings/${(await world.offering(coach, { priceMinor: 0 })).id}`,
        { name: 'Changed' },
      ],
    ])('of the %s: a stale one is 412 and changes nothing', async (_, pathOf, change) => {
      const path = await pathOf();
      const read = await coach.http.get<Versioned>(path);
      expect(read.headers.get('etag')).toBe(`"${read.body.version}"`);
      const changed = await coach.http.patch<Versioned>(path, change, match(read.body.version));
      expect(changed).toMatchObject({ status: 200, body: change });
      expect(changed.headers.get('etag')).toBe(`"${changed.body.version}"`);
      expect(changed.body.version).toBe(read.body.version + 1);

      const stale = await coach.http.patch<ProblemBody & { currentEtag: string }>(
        path,
        change,
        match(read.body.version),
      );
      expect(stale).toMatchObject({
        status: 412,
        body: { code: 'http.version_mismatch', currentEtag: `"${changed.body.version}"` },
      });
      const odd = await coach.http.patch<ProblemBody>(path, change, { 'if-match': 'W/"1"' });
      expect(odd).toMatchObject({ status: 400, body: { code: 'http.if_match' } });
      expect((await coach.http.get<Versioned>(path)).body).toEqual(changed.body);
    });

    it('lets one of many who read the same version win', async () => {
      const { body } = await coach.http.get<Versioned>('/v1/settings');
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          coach.http.patch('/v1/settings', { prepMinutes: index + 1 }, match(body.version)),
        ),
      );
      expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
        200,
        ...Array.from({ length: 9 }, () => 412),
      ]);
      await coach.http.patch('/v1/settings', { prepMinutes: 0, bufferAfterMinutes: 0 });
    });
  });

  describe('pages by key', () => {
    it.each(['startsAt', '-startsAt', 'clientName', '-clientName', 'revenue', '-revenue'])(
      'A1 sorted by %s: no row twice and none missed while rows are added before and after',
      async (sort) => {
        for (let index = 0; index < 3; index += 1) await bookBy(client.http, randomUUID(), booking());
        const all = await coach.http.get<{ data: SessionSummary[] }>(
          `/v1/sessions?view=all&limit=100&sort=${sort}`,
        );
        const seen: string[] = [];
        let cursor: string | null = null;
        do {
          const next: string = cursor === null ? '' : `&cursor=${cursor}`;
          const page: Answer<{ data: SessionSummary[]; nextCursor: string | null }> = await coach.http.get(
            `/v1/sessions?view=all&limit=4&sort=${sort}${next}`,
          );
          expect(page.status).toBe(200);
          seen.push(...page.body.data.map(({ id }) => id));
          cursor = page.body.nextCursor;
          if (seen.length < 12) expect((await bookBy(client.http, randomUUID(), booking())).status).toBe(201);
        } while (cursor !== null);
        expect(new Set(seen).size).toBe(seen.length);
        const wanted = all.body.data.map(({ id }) => id);
        expect(seen.filter((id) => wanted.includes(id))).toEqual(wanted);
      },
    );

    it('refuses a cursor of another list, and one made by hand', async () => {
      const page = await coach.http.get<{ nextCursor: string }>(
        '/v1/sessions?view=all&limit=1&sort=startsAt',
      );
      const forged = Buffer.from(JSON.stringify(['startsAt', { $ne: null }, 1])).toString('base64url');
      for (const query of [
        `sort=-startsAt&cursor=${page.body.nextCursor}`,
        `sort=startsAt&cursor=${forged}`,
        'cursor=%7B%7D',
      ]) {
        const refused = await coach.http.get<ProblemBody>(`/v1/sessions?view=all&${query}`);
        expect([query, refused.status, refused.body.code]).toEqual([query, 400, 'page.cursor']);
      }
    });
  });

  it('A181 keeps every invariant', async () => {
    await app.drain();
    expect(await app.brokenInvariants()).toEqual([]);
  });
});
