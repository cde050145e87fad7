import { localDateOf } from '@app/common';
import { sql } from '@app/database';
import { EntitlementSweeps } from '@app/packages';
import {
  PackageSale,
  type EntitlementAnswer,
  type EntriesAnswer,
  type PackageAnswer,
} from '../support/packages';
import { TestApp } from '../support/test-app';
import { World, type ClientWorld, type CoachWorld, type Person } from '../support/world';

const DAY_SECONDS = 86_400;

let app: TestApp;
let world: World;
let sale: PackageSale;
let coach: CoachWorld;
let client: ClientWorld;
let offering: { id: string; policyId: string };

beforeAll(async () => {
  app = await TestApp.start({ now: '2027-06-01T08:00:00Z' });
  world = new World(app);
});
beforeEach(async () => {
  sale = await PackageSale.make(world);
  ({ coach, client, offering } = sale);
});
afterEach(async () => {
  app.sandbox.faults.clear();
  expect(await app.brokenInvariants()).toEqual([]);
});
afterAll(() => app.stop());

describe('what a coach sells as a package', () => {
  it('is made, changed, taken from sale and put back, each with its version', async () => {
    const made = await sale.sold();
    expect(made).toMatchObject({
      expiryMeaning: 'bookBy',
      archivedAt: null,
      version: 1,
      offeringIds: [offering.id],
    });
    const second = await world.offering(coach, { fundingOptions: ['package'] });
    const changed = await coach.http.patch<PackageAnswer>(`/v1/packages/${made.id}`, {
      name: 'Summer package',
      price: { amount: 41_000, currency: 'EUR' },
      offeringIds: [second.id],
      expiryMeaning: 'useBy',
    });
    expect(changed).toMatchObject({
      status: 200,
      body: { name: 'Summer package', price: { amount: 41_000 }, offeringIds: [second.id], version: 2 },
    });
    const list = async (person: Person, query = ''): Promise<string[]> =>
      (await person.http.get<{ data: { id: string }[] }>(`/v1/packages${query}`)).body.data.map(
        ({ id }) => id,
      );
    expect(await list(client)).toEqual([made.id]);
    expect(await coach.http.patch(`/v1/packages/${made.id}`, { archived: true })).toMatchObject({
      status: 200,
      body: { archivedAt: expect.any(String) as string },
    });
    expect(await coach.http.patch(`/v1/packages/${made.id}`, { name: 'Again' })).toMatchObject({
      status: 409,
      body: { code: 'packages.archived' },
    });
    expect([await list(client), await list(coach), await list(coach, '?include=archived')]).toEqual([
      [],
      [],
      [made.id],
    ]);
    expect(await client.http.post(`/v1/packages/${made.id}/purchases`)).toMatchObject({ status: 404 });
    expect(await coach.http.patch(`/v1/packages/${made.id}`, { archived: false })).toMatchObject({
      status: 200,
      body: { archivedAt: null, version: 4 },
    });
  });

  it.each([
    [{ price: { amount: 40_000, currency: 'USD' } }, 'packages.currency_differs'],
    [{ price: { amount: 10, currency: 'EUR' } }, 'packages.price_below_minimum'],
    [{ price: { amount: 0, currency: 'EUR' } }, 'packages.price_below_minimum'],
    [{ offeringIds: ['off_01kaxbt6r8e9tbm3v0c1d2e3f4'] }, 'packages.offering_unknown'],
  ])('%j is refused', async (override, code) => {
    const answer = await coach.http.post('/v1/packages', {
      name: 'Five sessions',
      sessionCount: 5,
      price: { amount: 40_000, currency: 'EUR' },
      offeringIds: [offering.id],
      validityDays: 30,
      ...override,
    });
    expect(answer).toMatchObject({ status: 422, body: { code } });
  });
});

describe('a client buys a package', () => {
  it('A116 A121 A122 pays, and has what was bought: name, count, day and amount stay as they were', async () => {
    const { id: packageId } = await sale.sold();
    const open = await sale.purchase(packageId);
    expect(open).toMatchObject({
      status: 'awaiting_payment',
      total: 0,
      remaining: 0,
      purchasedOn: null,
      expiresOn: null,
    });
    expect(open.payment.clientSecret).toMatch(/_secret_/);
    await sale.pay(open);
    await coach.http.patch(`/v1/packages/${packageId}`, { name: 'Renamed', sessionCount: 9 });
    const entitlement = await sale.read(client, open.id);
    expect(entitlement).toMatchObject({
      status: 'active',
      packageName: 'Five sessions',
      total: 5,
      remaining: 5,
      purchasedOn: '2027-06-01',
      expiresOn: '2027-07-01',
      expiresAt: '2027-07-01T22:00:00.000Z',
      price: { amount: 40_000, currency: 'EUR' },
      payment: { status: 'paid', paid: { amount: 40_000, currency: 'EUR' } },
    });
    await expect(
      world.database.execute(
        sql`update entitlements set purchased_on = '2027-05-01' where status = 'active'`,
      ),
    ).rejects.toThrow('set once');
    expect(await coach.http.get(`/v1/payments/${entitlement.payment.id}`)).toMatchObject({
      body: { sessionId: null, entitlementId: entitlement.id, status: 'paid' },
    });
  });

  it('gives the secret again to the same key and on reading, and opens one purchase', async () => {
    const { id } = await sale.sold();
    const key = { 'idempotency-key': 'buy-once' };
    const twice = await Promise.all(
      [1, 2].map(() => client.http.post<EntitlementAnswer>(`/v1/packages/${id}/purchases`, undefined, key)),
    );
    const won = twice.filter(({ status }) => status === 201);
    const ids = new Set(won.map(({ body }) => body.id));
    expect(ids.size).toBe(1);
    const list = await client.http.get<{ data: EntitlementAnswer[] }>(
      '/v1/entitlements?status=awaiting_payment',
    );
    expect(list.body.data).toHaveLength(1);
    const shown = await sale.read(client, [...ids][0] ?? '');
    expect(shown.payment.clientSecret).toBe(won[0]?.body.payment.clientSecret);
    expect((await sale.read(coach, shown.id)).payment.clientSecret).toBeUndefined();
  });

  it('cannot let more than three wait for payment', async () => {
    const { id } = await sale.sold();
    for (let count = 0; count < 3; count += 1) await sale.purchase(id);
    expect(await client.http.post(`/v1/packages/${id}/purchases`)).toMatchObject({
      status: 429,
      body: { code: 'packages.too_many_purchases' },
    });
  });

  it('is refused while the coach cannot be paid, and finds no package of a stranger', async () => {
    const beginner = await world.coach();
    const theirs = await world.client(beginner);
    const theirOffering = await world.offering(beginner);
    const made = await beginner.http.post<PackageAnswer>('/v1/packages', {
      name: 'Three',
      sessionCount: 3,
      price: { amount: 20_000, currency: 'EUR' },
      offeringIds: [theirOffering.id],
      validityDays: 30,
    });
    const path = `/v1/packages/${made.body.id}`;
    expect(await theirs.http.post(`${path}/purchases`)).toMatchObject({
      status: 409,
      body: { code: 'payouts-not-ready' },
    });
    expect(await client.http.get(path)).toMatchObject({ status: 404 });
    expect(await client.http.post(`${path}/purchases`)).toMatchObject({ status: 404 });
    expect(await coach.http.patch(path, { name: 'Mine' })).toMatchObject({ status: 404 });
  });

  it('who does not pay within 24 hours has none, and the payment is called off', async () => {
    const open = await sale.purchase((await sale.sold()).id);
    await app.drain();
    await app.advance(DAY_SECONDS - 60);
    expect(await sale.read(client, open.id)).toMatchObject({ status: 'awaiting_payment' });
    await app.advance(60);
    expect(await sale.read(client, open.id)).toMatchObject({
      status: 'cancelled',
      payment: { status: 'canceled' },
    });
    expect(await sale.entries(open.id)).toEqual([]);
  });

  it('whose payment comes late has the package all the same, from that day on', async () => {
    const open = await sale.purchase((await sale.sold()).id);
    await app.sandbox.advanceClock(DAY_SECONDS + 3_600);
    const day = localDateOf(app.sandbox.now(), 'Europe/Berlin');
    // Called off while the client's browser is paying: the worker has not got to Stripe yet.
    await app.worker.get(EntitlementSweeps, { strict: false }).cancelUnpaid(100);
    expect(await sale.read(client, open.id)).toMatchObject({ status: 'cancelled' });
    await sale.pay(open);
    expect(await sale.read(client, open.id)).toMatchObject({
      status: 'active',
      remaining: 5,
      purchasedOn: day,
    });
  });
});

describe('a bought package', () => {
  it('A119 counts what was bought and what the coach gave with a reason, and never falls below nothing', async () => {
    const { id, version } = await sale.bought();
    const path = `/v1/entitlements/${id}/adjust`;
    expect(await coach.http.post(path, { credits: 2 })).toMatchObject({ status: 400 });
    expect(await client.http.post(path, { credits: 2, reason: 'Please' })).toMatchObject({ status: 403 });
    const given = await coach.http.post(
      path,
      { credits: 2, reason: 'A gift' },
      { 'if-match': `"${version}"` },
    );
    expect(given).toMatchObject({ status: 200, body: { total: 7, remaining: 7 } });
    expect(
      await coach.http.post(path, { credits: 1, reason: 'Again' }, { 'if-match': `"${version}"` }),
    ).toMatchObject({ status: 412 });
    expect(await coach.http.post(path, { credits: -8, reason: 'Too many' })).toMatchObject({
      status: 422,
      body: { code: 'entitlements.credits_out_of_range', remaining: 7 },
    });
    expect(await sale.entries(id)).toMatchObject([
      { kind: 'grant', amount: 5, balance: 5, cause: 'purchase', actor: 'stripe' },
      { kind: 'adjust', amount: 2, balance: 7, cause: 'A gift', actor: 'coach' },
    ]);
    const page = await coach.http.get<EntriesAnswer>(`/v1/entitlements/${id}/entries?limit=1`);
    const next = await coach.http.get<EntriesAnswer>(
      `/v1/entitlements/${id}/entries?limit=1&cursor=${page.body.nextCursor}`,
    );
    expect([...page.body.data, ...next.body.data].map(({ balance }) => balance)).toEqual([5, 7]);
  });

  it('A118 expires with the last local day of the coach, as an entry of its ledger', async () => {
    const { id } = await sale.bought({ validityDays: 2 });
    const bought = await sale.read(client, id);
    const { expiresOn } = bought;
    expect(bought).toMatchObject({
      coach: { timezone: 'Europe/Berlin' },
      expiresAt: `${expiresOn}T22:00:00.000Z`,
    });
    await app.advanceTo(`${expiresOn}T21:59:00Z`);
    expect(await sale.read(client, id)).toMatchObject({ status: 'active', remaining: 5 });
    await app.advanceTo(`${expiresOn}T22:00:01Z`);
    expect(await sale.read(client, id)).toMatchObject({
      status: 'expired',
      total: 5,
      remaining: 0,
      expired: 5,
    });
    expect((await sale.entries(id)).at(-1)).toMatchObject({
      kind: 'expire',
      amount: -5,
      balance: 0,
      actor: 'worker',
    });
    expect(
      await coach.http.post(`/v1/entitlements/${id}/adjust`, { credits: 1, reason: 'Late' }),
    ).toMatchObject({
      status: 409,
      body: { code: 'entitlements.not_open', entitlementStatus: 'expired' },
    });
  });

  it('A125 is extended with a reason, also after the expiry: audited, revived, and told of anew', async () => {
    const { id } = await sale.bought({ validityDays: 1 });
    await app.drain();
    expect(sale.notices()).toHaveLength(0);
    await app.sweep();
    expect(sale.notices()).toHaveLength(1);
    await app.advance(3 * DAY_SECONDS);
    const expired = await sale.read(client, id);
    expect(expired).toMatchObject({ status: 'expired', expired: 5 });
    const path = `/v1/entitlements/${id}/extend`;
    const today = localDateOf(app.sandbox.now(), 'Europe/Berlin');
    expect(await coach.http.post(path, { expiresOn: expired.expiresOn, reason: 'Ill' })).toMatchObject({
      status: 422,
      body: { code: 'entitlements.expiry_refused' },
    });
    expect(await coach.http.post(path, { expiresOn: today })).toMatchObject({ status: 400 });
    // A day that no calendar has, and one beyond all that can be shown.
    for (const [expiresOn, code] of [
      ['2029-02-30', 'time.no_such_time'],
      ['9999-12-31', 'time.out_of_range'],
    ])
      expect(await coach.http.post(path, { expiresOn, reason: 'Ill' })).toMatchObject({
        status: 400,
        body: { code },
      });
    expect(await sale.read(client, id)).toMatchObject({ expiresOn: expired.expiresOn });
    const extended = await coach.http.post(path, { expiresOn: today, reason: 'The client was ill' });
    expect(extended).toMatchObject({
      status: 200,
      body: { status: 'active', remaining: 5, expired: 0, expiresOn: today },
    });
    expect((await sale.entries(id)).map(({ kind, balance }) => [kind, balance])).toEqual([
      ['grant', 5],
      ['expire', 0],
      ['revive', 5],
    ]);
    await app.sweep();
    expect(sale.notices()).toHaveLength(2);
    const audits = await world.database.many(sql<{ cause: string; actor: string }>`
      select cause, actor_kind as actor from audit_entries where action = 'entitlement.extend' and coach_id = ${coach.coachId}::uuid`);
    expect(audits).toEqual([{ cause: 'The client was ill', actor: 'coach' }]);
  });

  it('A124 is flagged and listed from 14 days before its last day', async () => {
    const { id, expiresOn } = await sale.bought({ validityDays: 20 });
    const soon = async (): Promise<[flag: boolean, listed: string[]]> => [
      (await sale.read(coach, id)).isExpiringSoon,
      (await coach.http.get<{ data: { id: string }[] }>('/v1/entitlements?expiringSoon=true')).body.data.map(
        (row) => row.id,
      ),
    ];
    const noticeDay = new Date(Date.parse(`${expiresOn}T00:00:00Z`) - 14 * DAY_SECONDS * 1_000);
    await app.advanceTo(new Date(noticeDay.getTime() - 2 * 3_600_000 - 60_000));
    expect(await soon()).toEqual([false, []]);
    await app.advanceTo(new Date(noticeDay.getTime() - 2 * 3_600_000 + 1_000));
    expect(await soon()).toEqual([true, [id]]);
    const path = `/v1/entitlements/${id}/adjust`;
    await coach.http.post(path, { credits: -5, reason: 'Agreed' });
    expect(await soon()).toEqual([false, []]);
  });

  it('A124 is flagged and listed from as many days before as the coach has set', async () => {
    const { id, expiresOn } = await sale.bought({ validityDays: 40 });
    const settings = { expiringSoonDays: 30 };
    expect(await coach.http.patch('/v1/settings', settings)).toMatchObject({ status: 200, body: settings });
    const listed = async (): Promise<string[]> => {
      const { body } = await coach.http.get<{ data: EntitlementAnswer[] }>(
        '/v1/entitlements?expiringSoon=true',
      );
      return body.data.filter(({ isExpiringSoon }) => isExpiringSoon).map((row) => row.id);
    };
    const midnight = Date.parse(`${expiresOn}T00:00:00Z`) - (30 * DAY_SECONDS + 7_200) * 1_000;
    await app.advanceTo(new Date(midnight - 60_000));
    expect(await listed()).toEqual([]);
    await app.advanceTo(new Date(midnight + 1_000));
    expect(await listed()).toEqual([id]);
    expect(sale.notices()).toHaveLength(0); // the mail comes 14 days before, whatever is set
    expect(await coach.http.patch('/v1/settings', { expiringSoonDays: 91 })).toMatchObject({ status: 400 });
  });

  it('is seen by its client and coach alone', async () => {
    const { id } = await sale.bought();
    const other = await world.client(coach, { displayName: 'Sam Second' });
    const stranger = await world.coach();
    for (const person of [other, stranger]) {
      expect(await person.http.get(`/v1/entitlements/${id}`)).toMatchObject({ status: 404 });
      expect(await person.http.get(`/v1/entitlements/${id}/entries`)).toMatchObject({ status: 404 });
      expect(await person.http.get('/v1/entitlements')).toMatchObject({ body: { data: [] } });
    }
    const filtered = `/v1/entitlements?clientId=${client.clientId}&status=active`;
    expect(await coach.http.get(filtered)).toMatchObject({ body: { data: [{ id }], hasMore: false } });
  });
});
