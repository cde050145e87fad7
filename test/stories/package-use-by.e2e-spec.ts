import { InvariantChecker, sql } from '@app/database';
import { PackageSale, type EntitlementAnswer } from '../support/packages';
import { TestApp } from '../support/test-app';
import { World, type Person, type SessionSummary } from '../support/world';

let app: TestApp;
let sale: PackageSale;
let entitlement: EntitlementAnswer;
let session: SessionSummary;

/** The last day is the 21st of June in Berlin. */
const INSIDE = '2027-06-21T14:00:00Z';
const BEYOND = '2027-06-22T08:00:00Z';
const REFUSED = { status: 422, body: { code: 'packages.starts_after_expiry', expiresOn: '2027-06-21' } };

beforeAll(async () => {
  app = await TestApp.start({ now: '2027-06-01T08:00:00Z' });
});
beforeEach(async () => {
  sale = await PackageSale.make(new World(app));
});
afterEach(async () => expect(await app.brokenInvariants()).toEqual([]));
afterAll(() => app.stop());

async function bookedBy(expiryMeaning: 'bookBy' | 'useBy'): Promise<void> {
  entitlement = await sale.bought({ validityDays: 20, expiryMeaning });
  const answer = await sale.client.http.post<SessionSummary>('/v1/sessions', {
    offeringId: sale.offering.id,
    startsAt: '2027-06-15T08:00:00Z',
    funding: 'package',
    acceptedPolicyId: sale.offering.policyId,
  });
  expect(answer.status).toBe(201);
  session = answer.body;
}

const move = (person: Person, startsAt: string, more: Record<string, unknown> = {}) =>
  person.http.post(`/v1/sessions/${session.id}/reschedule`, { startsAt, ...more });

async function slots(): Promise<string[]> {
  const { body } = await sale.client.http.get<{ data: { startsAt: string }[] }>(
    `/v1/sessions/${session.id}/slots?from=2027-06-20&to=2027-06-24`,
  );
  return body.data.map(({ startsAt }) => startsAt);
}

describe('a session that a package pays which is to be used by its last day', () => {
  it('moves within that day at most, whoever moves it, until the coach extends the package', async () => {
    await bookedBy('useBy');
    for (const person of [sale.client, sale.coach]) expect(await move(person, BEYOND)).toMatchObject(REFUSED);
    expect(await move(sale.coach, BEYOND, { override: true })).toMatchObject(REFUSED);
    expect((await slots()).filter((start) => start >= '2027-06-21T22:00')).toEqual([]);
    const explained = await sale.client.http.get(
      `/v1/sessions/${session.id}/slots/explain?startsAt=${encodeURIComponent(BEYOND)}`,
    );
    expect(explained.body).toMatchObject({ free: false, reasons: [{ code: 'package_expired' }] });
    expect(await move(sale.client, INSIDE)).toMatchObject({ status: 200 });
    const extension = { expiresOn: '2027-06-30', reason: 'A holiday' };
    await sale.coach.http.post(`/v1/entitlements/${entitlement.id}/extend`, extension);
    expect((await slots()).some((start) => start.startsWith('2027-06-22'))).toBe(true);
    expect(await move(sale.client, BEYOND)).toMatchObject({ status: 200 });
  });

  it('110 reports one that begins too late', async () => {
    await bookedBy('useBy');
    let broken: string[] = [];
    const undone = sale.world.database.transaction(async () => {
      await sale.world.database.execute(sql`set local session_replication_role = replica`);
      await sale.world.database.execute(
        sql`update sessions set starts_at = '2027-06-24T08:00:00Z', ends_at = '2027-06-24T09:00:00Z' where funding = 'package'`,
      );
      broken = (await app.api.get(InvariantChecker).check())
        .filter(({ violations }) => violations > 0)
        .map(({ name }) => name);
      throw new Error('undo');
    });
    await expect(undone).rejects.toThrow('undo');
    expect(broken).toContain('110-packages-are-used-in-time');
  });

  it('is neither proposed nor asked for later times', async () => {
    await bookedBy('useBy');
    const propose = (person: Person, times: string[]) =>
      person.http.post(`/v1/sessions/${session.id}/reschedule-proposals`, { times });
    for (const person of [sale.client, sale.coach])
      expect(await propose(person, [INSIDE, BEYOND])).toMatchObject(REFUSED);
    expect(await propose(sale.coach, [INSIDE])).toMatchObject({ status: 201 });
  });
});

describe('a session that a package pays which is to be booked by its last day', () => {
  it('may begin later', async () => {
    await bookedBy('bookBy');
    expect((await slots()).some((start) => start.startsWith('2027-06-22'))).toBe(true);
    expect(await move(sale.client, BEYOND)).toMatchObject({ status: 200 });
  });
});
