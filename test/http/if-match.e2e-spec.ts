import { randomUUID } from 'node:crypto';
import type { Role } from '../../apps/api/src/http/access';
import {
  addressOf,
  documentedOperations,
  exampleOf,
  idPrefixOf,
  type IdOf,
  type Operation,
} from '../support/api-document';
import { contentsOf } from '../support/database-contents';
import type { Answer, HttpClient } from '../support/http-client';
import { PracticeWorld, WHOLE_WEEK } from '../support/practice-world';
import { TestApp } from '../support/test-app';
import { World } from '../support/world';

/** Changes of what has no version, and why it has none. */
const WITHOUT_VERSION: Record<string, string> = {
  'DELETE /v1/availability/overrides/{id}': 'a date is given hours and loses them; between, nothing changes',
  'DELETE /v1/availability/time-off/{id}': 'time off is taken and given back; between, nothing changes',
  'DELETE /v1/payments/{id}/checkout-links': 'a page is opened and closed; between, nothing changes',
};
/** Changes that only a session in a certain state takes; their stories show them done to the version named. */
const NEEDS_A_STATE = ['DELETE /v1/sessions/{id}/no-show', 'PUT /v1/sessions/{id}/rating'];
const CHANGING = ['PATCH', 'PUT', 'DELETE'];
const NEVER = '"999999999"';

const operations = documentedOperations();
const takesIfMatch = ({ parameters }: Operation): boolean =>
  parameters.some(({ in: place, name }) => place === 'header' && name === 'If-Match');
const versioned = operations.filter(takesIfMatch);

/** Every change of the document is made only to the version that was read, if one is named (domain.md 17). */
describe('If-Match', () => {
  it('is documented with its 412 on every change of what has a version, and the others have a reason', () => {
    const changes = operations.filter(({ method }) => CHANGING.includes(method)).map(({ id }) => id);
    const reasons = Object.keys(WITHOUT_VERSION);
    expect(changes).toEqual(expect.arrayContaining(reasons));
    expect([...versioned.map(({ id }) => id), ...reasons].toSorted()).toEqual(
      expect.arrayContaining(changes.toSorted()),
    );
    expect(versioned.map(({ id }) => id).filter((id) => reasons.includes(id))).toEqual([]);
    const with412 = operations.filter(({ statuses }) => statuses.includes('412'));
    expect(with412.map(({ id }) => id)).toEqual(versioned.map(({ id }) => id));
  });

  describe('as it works', () => {
    let app: TestApp;
    let practice: PracticeWorld;
    let adminHttp: HttpClient;

    beforeAll(async () => {
      app = await TestApp.start({ now: '2026-11-20T08:00:00Z' });
      practice = await PracticeWorld.make(app);
      await practice.fill();
      adminHttp = (await new World(app).admin()).http;
    }, 120_000);

    afterAll(() => app.stop());

    it.each(versioned.map((operation) => [operation.id, operation] as const))(
      '%s does nothing to another version than the one named',
      async (_, operation) => {
        const role = firstRole(operation);
        const fresh = new Map<string, string>();
        for (const { in: place, schema } of operation.parameters) {
          const prefix = place === 'path' ? idPrefixOf(schema) : undefined;
          if (prefix !== undefined) fresh.set(prefix, await practice.fresh(prefix, role));
        }
        const idOf: IdOf = (prefix) => fresh.get(prefix) ?? practice.idOf(prefix, role);
        const body = bodyOf(operation, idOf);
        const call = (ifMatch: string): Promise<Answer> =>
          httpOf(role).send(operation.method, addressOf(operation, idOf), body, {
            'if-match': ifMatch,
            ...(operation.method === 'POST' ? { 'idempotency-key': randomUUID() } : {}),
          });

        const before = await contentsOf(app.database);
        const stale = await call(NEVER);
        expect(stale).toMatchObject({
          status: 412,
          body: { code: 'http.version_mismatch', currentEtag: expect.stringMatching(/^"\d+"$/) },
        });
        const weak = await call('W/"1"');
        expect(weak).toMatchObject({ status: 400, body: { code: 'http.if_match' } });
        expect(await contentsOf(app.database)).toEqual(before);

        const named = await call(String(stale.body['currentEtag']));
        expect([named.status, named.body?.['code']]).not.toEqual([412, 'http.version_mismatch']);
        if (CHANGING.includes(operation.method) && !NEEDS_A_STATE.includes(operation.id))
          expect(named.status).toBeLessThan(300);
      },
    );

    const httpOf = (role: Role): HttpClient =>
      ({ coach: practice.coach.http, client: practice.client.http, admin: adminHttp })[role];
  });
});

function firstRole({ id, access: { roles } }: Operation): Role {
  const role = roles === 'anyone' ? undefined : roles[0];
  if (role === undefined) throw new Error(`${id} is open to anyone.`);
  return role;
}

function bodyOf({ id, body }: Operation, idOf: IdOf): unknown {
  if (id === 'PUT /v1/availability/weekly-hours') return { intervals: WHOLE_WEEK };
  return body === undefined ? undefined : exampleOf(body, idOf);
}
