import { randomUUID } from 'node:crypto';
import { sql } from '@app/database';
import type { Role } from '../../apps/api/src/http/access';
import {
  addressOf,
  documentedOperations,
  exampleOf,
  idPrefixOf,
  resolved,
  type IdOf,
  type Operation,
} from '../support/api-document';
import { contentsOf } from '../support/database-contents';
import type { Answer, HttpClient } from '../support/http-client';
import { TestApp } from '../support/test-app';
import { World, type Person } from '../support/world';
import { SealedAnswers } from './sealed-answers';
import { PERSONAL, PracticeWorld, WHOLE_WEEK } from '../support/practice-world';

interface Caller {
  name: string;
  role: Role;
  http: HttpClient;
}

type Body = Record<string, unknown>;

const UNKNOWN = '01kaxbt6r8e9tbm3v0c1d2e3f4';
/** Only whom a message was sent to marks it as read; an admin is sent none of these. */
const RECIPIENT_ONLY = ['PATCH /v1/notifications/{id}'];

/** Every operation of the document, called by everybody there is (issue: point 5; reliability.md section 6, API1 and API5). */
describe('who may call what', () => {
  const operations = documentedOperations();
  const sealedAnswers = new SealedAnswers();
  let app: TestApp;
  let practice: PracticeWorld;
  let other: PracticeWorld;
  let admin: Person;

  beforeAll(async () => {
    app = await TestApp.start({ now: '2026-11-20T08:00:00Z' });
    practice = await PracticeWorld.make(app);
    other = await PracticeWorld.make(app);
    await practice.fill();
    await other.fill();
    admin = await new World(app).admin();
  }, 120_000);

  afterAll(() => app.stop());

  const signedIn = async (name: string, role: Role, person: Person): Promise<Caller> => ({
    name,
    role,
    http: await new World(app).signedIn(person.accountId),
  });
  const owners = (): Promise<Caller[]> =>
    Promise.all([
      signedIn('coach', 'coach', practice.coach),
      signedIn('client', 'client', practice.client),
      signedIn('admin', 'admin', admin),
    ]);
  const strangers = (): Promise<Caller[]> =>
    Promise.all([
      signedIn('other coach', 'coach', other.coach),
      signedIn('client of the other coach', 'client', other.client),
      signedIn('other client of the same coach', 'client', practice.secondClient),
    ]);

  const bodyOf = (operation: Operation, idOf: IdOf, role: Role): unknown => {
    if (operation.id === 'PUT /v1/availability/weekly-hours') return { intervals: WHOLE_WEEK };
    if (operation.body === undefined) return undefined;
    const body = exampleOf(operation.body, idOf) as Body;
    if (operation.id !== 'POST /v1/sessions') return body;
    return {
      ...body,
      ...(role === 'client' ? { acceptedPolicyId: idOf('pol') } : { clientId: idOf('cli') }),
    };
  };
  const call = (
    operation: Operation,
    http: HttpClient,
    idOf: IdOf,
    role: Role,
    change: Body = {},
  ): Promise<Answer> => {
    const given = bodyOf(operation, idOf, role);
    const body = given === undefined ? undefined : { ...(given as Body), ...change };
    return http.send<Body>(operation.method, addressOf(operation, idOf), body, keyFor(operation));
  };
  /** Whatever an admin looks at in a practice is audited (domain.md 2). */
  const expectOnRecord = async ({ headers }: Answer): Promise<void> => {
    const requestId = headers.get('x-request-id');
    const { entries } = await app.database.one(sql<{ entries: number }>`
      select count(*)::int as entries from audit_entries where request_id = ${requestId} and actor_kind = 'admin'`);
    expect(entries).toBeGreaterThan(0);
  };
  const ofPractice =
    (role: Role): IdOf =>
    (prefix) =>
      practice.idOf(prefix, role);

  it('has a rule for every operation, and a reason for each that is open to anyone', () => {
    expect(operations.length).toBeGreaterThan(60);
    for (const { id, access } of operations) {
      const isReasoned =
        access.roles === 'anyone' ? (access.because ?? '').length > 10 : access.roles.length > 0;
      expect([id, isReasoned]).toEqual([id, true]);
    }
  });

  describe.each(operations.map((operation) => [operation.id, operation] as const))('%s', (_, operation) => {
    const { roles } = operation.access;
    const named: readonly Role[] = roles === 'anyone' ? [] : roles;
    const pathPrefix = operation.parameters
      .filter((parameter) => parameter.in === 'path')
      .map(({ schema }) => idPrefixOf(schema))[0];

    if (roles === 'anyone') {
      it('A176 answers a caller without a token, and gives nothing away', async () => {
        const idOf = (prefix: string): string => `${prefix}_${UNKNOWN}`;
        const answer = await call(operation, app.http(), idOf, 'client');
        expect(answer.status).toBeLessThan(500);
        expect(answer.status).not.toBe(403);
        expectNoTraceIn(answer, [...practice.traces, ...other.traces]);
      });
      return;
    }

    it('A176 refuses who is not named: 401 without a token, 403 for another role, 404 for what is somebody else’s', async () => {
      const [own, foreign] = [await owners(), await strangers()];
      const before = await contentsOf(app.database);

      const anonymous = await call(operation, app.http(), ofPractice('coach'), 'coach');
      expect([anonymous.status, anonymous.body['code']]).toEqual([401, 'auth.token_missing']);
      for (const path of variantsOf(addressOf(operation, ofPractice('coach')))) {
        const varied = await app.http().send(operation.method, path, undefined, {
          ...keyFor(operation),
          'x-http-method-override': 'GET',
        });
        expect([path, [400, 401, 404].includes(varied.status)]).toEqual([path, true]);
      }
      for (const caller of own.filter(({ role }) => !named.includes(role))) {
        const refused = await call(operation, caller.http, ofPractice(caller.role), caller.role);
        expect([caller.name, refused.status, refused.body['code']]).toEqual([
          caller.name,
          403,
          'access.role',
        ]);
      }
      for (const caller of foreign.filter(({ role }) => pathPrefix !== undefined && named.includes(role))) {
        if (caller.name.includes('same coach') && !PERSONAL.includes(pathPrefix ?? '')) continue;
        const idOf = ofPractice(caller.role);
        const refused = await call(operation, caller.http, idOf, caller.role);
        const unknown = await call(operation, caller.http, withUnknown(pathPrefix ?? '', idOf), caller.role);
        expect([caller.name, refused.status, refused.body['code']]).toEqual([
          caller.name,
          404,
          unknown.body['code'],
        ]);
        expect(withoutOwnWords(refused)).toEqual(withoutOwnWords(unknown));
      }
      expect(await contentsOf(app.database)).toEqual(before);
    });

    it('A176 lets whom it names reach what is theirs', async () => {
      for (const caller of (await owners()).filter(({ role }) => named.includes(role))) {
        const isReading = operation.method === 'GET';
        const fresh = new Map<string, string>();
        if (!isReading && pathPrefix !== undefined)
          fresh.set(pathPrefix, await practice.fresh(pathPrefix, caller.role));
        const idOf: IdOf = (prefix) => fresh.get(prefix) ?? practice.idOf(prefix, caller.role);
        const answer = await call(operation, caller.http, idOf, caller.role);
        const isAllowed = isReading
          ? answer.status === 200
          : ![401, 403, 404].includes(answer.status) && answer.status < 500;
        const isRefused =
          caller.role === 'admin' && RECIPIENT_ONLY.includes(operation.id) && answer.status === 404;
        // It was reached: only the quote at hand is one of something else.
        const lacksQuote = answer.status === 404 && answer.body['code'] === 'quotes.not_found';
        expect([caller.name, answer.status, answer.body, isAllowed || isRefused || lacksQuote]).toEqual([
          caller.name,
          answer.status,
          answer.body,
          true,
        ]);
        const faults = answer.status < 300 ? sealedAnswers.faultsOf(operation, answer) : [];
        expect([caller.name, faults]).toEqual([caller.name, []]);
        if (caller.role !== 'admin') expectNoTraceIn(answer, other.traces);
        else if (isReading && operation.access.object !== undefined) await expectOnRecord(answer);
      }
    });

    if (operation.method === 'GET' && pathPrefix === undefined) {
      it('A176 shows others nothing of it', async () => {
        for (const caller of (await strangers()).filter(({ role }) => named.includes(role))) {
          const isColleague = caller.name.includes('same coach');
          const idOf: IdOf = (prefix) => (isColleague ? practice : other).idOf(prefix, caller.role);
          const answer = await call(operation, caller.http, idOf, caller.role);
          expect([caller.name, answer.status]).toEqual([caller.name, 200]);
          expectNoTraceIn(answer, isColleague ? practice.personalTraces : practice.traces);
        }
      });
    }

    if (pathPrefix !== undefined) {
      it('answers what cannot be an id like an id that nothing has', async () => {
        for (const caller of (await owners()).filter(({ role }) => named.includes(role))) {
          const unknown = await call(
            operation,
            caller.http,
            withUnknown(pathPrefix, ofPractice(caller.role)),
            caller.role,
          );
          for (const odd of [
            'x',
            `${pathPrefix}_`,
            `acc_${UNKNOWN}`,
            `${pathPrefix}_${'z'.repeat(26)}`,
            '00000000-0000-0000-0000-000000000000',
          ]) {
            const idOf: IdOf = (prefix) => (prefix === pathPrefix ? odd : practice.idOf(prefix, caller.role));
            const answer = await call(operation, caller.http, idOf, caller.role);
            expect([odd, answer.status, withoutOwnWords(answer)]).toEqual([
              odd,
              404,
              withoutOwnWords(unknown),
            ]);
          }
        }
      });
    }

    const foreignIds = idsTakenBy(operation);
    if (foreignIds.length > 0) {
      it('A176 treats an id of somebody else in query and body as one that does not exist', async () => {
        for (const caller of (await owners()).filter(
          ({ role }) => role !== 'admin' && named.includes(role),
        )) {
          for (const { place, name, prefix } of foreignIds) {
            const ask = (id: string): Promise<Answer> => {
              if (place === 'body')
                return call(operation, caller.http, ofPractice(caller.role), caller.role, { [name]: id });
              const address = addressOf(operation, ofPractice(caller.role), { [name]: id });
              return caller.http.send<Body>(
                operation.method,
                address,
                bodyOf(operation, ofPractice(caller.role), caller.role),
                keyFor(operation),
              );
            };
            const before = await contentsOf(app.database);
            const [refused, unknown] = [await ask(other.idOf(prefix)), await ask(`${prefix}_${UNKNOWN}`)];
            const where = `${caller.name}: ${place} ${name}`;
            expect([where, refused.status, withoutOwnWords(refused)]).toEqual([
              where,
              unknown.status,
              withoutOwnWords(unknown),
            ]);
            if (operation.method === 'GET')
              expectNoTraceIn(
                refused,
                other.traces.filter((trace) => trace !== other.idOf(prefix)),
              );
            else
              expect([where, refused.status, [400, 404, 409, 422].includes(refused.status)]).toEqual([
                where,
                refused.status,
                true,
              ]);
            expect(await contentsOf(app.database)).toEqual(before);
          }
        }
      });
    }
  });

  it('A11 A62 gives a private note to its coach alone: a client finds none, an admin no text', async () => {
    const path = `/v1/notes/${practice.privateNoteId}`;
    const [coach, client, adminCaller] = await owners();
    expect(await coach?.http.get(path)).toMatchObject({ status: 200, body: { body: 'For me alone.' } });
    expect(await client?.http.get(path)).toMatchObject({ status: 404 });
    expect(await adminCaller?.http.get(path)).toMatchObject({ status: 200, body: { body: null } });
    for (const stranger of await strangers())
      expect(await stranger.http.get(path)).toMatchObject({ status: 404 });
    const list = await client?.http.get(`/v1/sessions/${practice.idOf('ses')}/notes`);
    expect(JSON.stringify(list?.body)).not.toContain(practice.privateNoteId);
  });

  it('A181 keeps every invariant', async () => {
    await app.drain();
    expect(await app.brokenInvariants()).toEqual([]);
  });
});

function keyFor({ method }: Operation): Record<string, string> {
  return method === 'POST' ? { 'idempotency-key': randomUUID() } : {};
}

/** Other spellings of an address that a careless router or proxy takes for the same (API5). */
function variantsOf(address: string): string[] {
  const [path = '', query] = address.split('?');
  const search = query === undefined ? '' : `?${query}`;
  return [
    `${path}/${search}`,
    `/${path}${search}`,
    `${path.toUpperCase()}${search}`,
    `${path.replace('/v1/', '/v1/./')}${search}`,
    `${path.replace('/v1/', '/v1%2f')}${search}`,
  ];
}

function withUnknown(prefix: string, idOf: IdOf): IdOf {
  return (wanted) => (wanted === prefix ? `${prefix}_${UNKNOWN}` : idOf(wanted));
}

/** Ids that an operation takes beside the one in its path. */
function idsTakenBy(operation: Operation): { place: 'query' | 'body'; name: string; prefix: string }[] {
  const query = operation.parameters
    .filter((parameter) => parameter.in === 'query')
    .map(({ name, schema }) => ({ place: 'query' as const, name, prefix: idPrefixOf(schema) }));
  const properties = operation.body === undefined ? {} : (resolved(operation.body).properties ?? {});
  const body = Object.entries(properties).map(([name, schema]) => ({
    place: 'body' as const,
    name,
    prefix: idPrefixOf(resolved(schema)),
  }));
  return [...query, ...body].flatMap(({ prefix, ...rest }) =>
    prefix === undefined ? [] : [{ ...rest, prefix }],
  );
}

/** An answer without what names the request itself. */
function withoutOwnWords({ body }: Answer): unknown {
  if (typeof body !== 'object' || body === null) return body;
  const { requestId: _requestId, instance: _instance, ...rest } = body;
  return rest;
}

function expectNoTraceIn({ body }: Answer, traces: string[]): void {
  const text = JSON.stringify(body) ?? '';
  expect(traces.filter((trace) => text.includes(trace))).toEqual([]);
}
