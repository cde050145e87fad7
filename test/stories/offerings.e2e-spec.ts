import { pointersOf } from '../support/http-client';
import { TestApp } from '../support/test-app';
import { World, type ClientWorld, type CoachWorld } from '../support/world';

let app: TestApp;
let world: World;
let coach: CoachWorld;
let client: ClientWorld;

beforeAll(async () => {
  app = await TestApp.start({ now: '2027-02-20T09:00:00Z' });
  world = new World(app);
});
afterAll(() => app.stop());
beforeEach(async () => {
  coach = await world.coach({ hours: false });
  client = await world.client(coach, { timezone: 'America/New_York' });
});
afterEach(async () => {
  expect(await app.brokenInvariants()).toEqual([]);
});

async function freeOffering(more: Record<string, unknown> = {}): Promise<{ id: string; policyId: string }> {
  return world.offering(coach, { priceMinor: 0, ...more });
}

describe('cancellation terms', () => {
  it('A90 A91 offers 24 and 48 hours ready-made; the example says what the help page says', async () => {
    const { body } = await coach.http.get<{
      data: unknown[];
      presets: { key: string; text: string; rules: unknown }[];
    }>('/v1/policies');
    expect(body.presets.map(({ key }) => key)).toEqual(['two_days', 'one_day', 'tiered']);
    expect(body.presets.slice(0, 2).map(({ rules }) => rules)).toMatchObject([
      { tiers: [{ noticeHours: 48, refundPercent: 100 }], freeRescheduleHours: 0 },
      { tiers: [{ noticeHours: 24, refundPercent: 100 }] },
    ]);
    expect(body.presets[0]?.text).toBe(
      'Cancellations with 48+ hours notice: full refund. Cancellations within 48 hours: no refund. Rescheduling anytime is free.',
    );
  });

  it('A88 A89 a change is a new version: shown to whoever books from now on, the old one stays readable', async () => {
    const { body: start } = await coach.http.get<{ presets: { rules: object }[] }>('/v1/policies');
    const rules = start.presets[0]?.rules;
    const offering = await freeOffering();
    const first = await coach.http.post<{ id: string; version: number }>('/v1/policies', {
      name: 'Mine',
      rules,
      useAsDefault: true,
    });
    expect(first).toMatchObject({ status: 201, body: { version: 1 } });
    const second = await coach.http.post<{ id: string }>('/v1/policies', {
      name: 'Mine',
      rules: { ...rules, tiers: [{ noticeHours: 72, refundPercent: 100 }] },
      replacesPolicyId: first.body.id,
    });
    expect(second).toMatchObject({ status: 201, body: { version: 2, firstVersionId: first.body.id } });
    const { body: shown } = await client.http.get<{ policy: { id: string; text: string } }>(
      `/v1/offerings/${offering.id}`,
    );
    expect(shown.policy).toMatchObject({
      id: second.body.id,
      text: expect.stringContaining('72+ hours') as string,
      rules: { tiers: [{ noticeHours: 72, refundPercent: 100 }] },
    });
    const old = await client.http.get(`/v1/policies/${first.body.id}`);
    expect(old).toMatchObject({
      status: 200,
      body: { text: expect.stringContaining('48+ hours') as string },
    });
    const list = await client.http.get<{ data: { id: string }[] }>('/v1/policies');
    expect(list.body.data.map(({ id }) => id)).toContain(second.body.id);
    expect(list.body.data.map(({ id }) => id)).not.toContain(first.body.id);
  });

  it('refuses rules that make no sense, and says where', async () => {
    const rules = {
      tiers: [
        { noticeHours: 24, refundPercent: 50 },
        { noticeHours: 48, refundPercent: 100 },
      ],
      freeRescheduleHours: 0,
      noShowChargePercent: 100,
      returnCreditOnLateCancel: false,
    };
    const refused = await coach.http.post('/v1/policies', { name: 'Odd', rules });
    expect(refused).toMatchObject({ status: 422, body: { code: 'policies.rules_invalid' } });
    expect(pointersOf(refused)).toEqual(['/rules/tiers/1/noticeHours', '/rules/tiers/1/refundPercent']);
    const malformed = await coach.http.post('/v1/policies', {
      name: 'Odd',
      rules: { ...rules, tiers: [{ noticeHours: 1.5, refundPercent: 5 }] },
    });
    expect(malformed.status).toBe(400);
    expect((await client.http.post('/v1/policies', { name: 'Not mine', rules })).status).toBe(403);
  });
});

describe('offerings', () => {
  it('are made, changed by version, archived; clients of others find nothing', async () => {
    const made = await coach.http.post<{ id: string; version: number }>('/v1/offerings', {
      name: 'Deep dive',
      durationMinutes: 90,
      price: { amount: 12_050, currency: 'EUR' },
      fundingOptions: ['card', 'package'],
      prepMinutes: 15,
    });
    expect(made).toMatchObject({
      status: 201,
      body: {
        name: 'Deep dive',
        price: { amount: 12_050, currency: 'EUR' },
        bufferBeforeMinutes: null,
        prepMinutes: 15,
        version: 1,
        archivedAt: null,
      },
    });
    const path = `/v1/offerings/${made.body.id}`;
    expect(made.headers.get('etag')).toBe('"1"');
    const renamed = await coach.http.patch(
      path,
      { name: 'Deeper dive', prepMinutes: null },
      { 'if-match': '"1"' },
    );
    expect(renamed).toMatchObject({
      status: 200,
      body: { name: 'Deeper dive', prepMinutes: null, durationMinutes: 90, version: 2 },
    });
    expect(await coach.http.patch(path, { name: 'Lost' }, { 'if-match': '"1"' })).toMatchObject({
      status: 412,
      body: { currentEtag: '"2"' },
    });

    const stranger = await world.client(await world.coach({ hours: false }));
    for (const answer of [
      await stranger.http.get(path),
      await stranger.http.get(`/v1/slots?offeringId=${made.body.id}`),
    ]) {
      expect(answer).toMatchObject({ status: 404, body: { code: 'offerings.not_found' } });
    }
    expect((await stranger.http.get<{ data: unknown[] }>('/v1/offerings')).body.data).toEqual([]);
    expect((await client.http.get<{ data: unknown[] }>('/v1/offerings')).body.data).toHaveLength(1);

    expect((await coach.http.delete(path)).status).toBe(204);
    expect((await client.http.get(path)).status).toBe(404);
    expect(await coach.http.get(path)).toMatchObject({
      status: 200,
      body: { archivedAt: expect.any(String) as string },
    });
    expect((await coach.http.get<{ data: unknown[] }>('/v1/offerings')).body.data).toEqual([]);
    expect(
      (await coach.http.get<{ data: unknown[] }>('/v1/offerings?include=archived')).body.data,
    ).toHaveLength(1);
    expect(await client.http.get(`/v1/slots?offeringId=${made.body.id}`)).toMatchObject({
      status: 409,
      body: { code: 'offerings.archived' },
    });
  });

  it.each([
    [{ price: { amount: 49, currency: 'EUR' } }, 'offerings.price_below_minimum', ['/price/amount']],
    [{ price: { amount: 4_900, currency: 'USD' } }, 'offerings.currency_differs', ['/price/currency']],
    [{ fundingOptions: ['free'] }, 'offerings.free_and_priced', ['/fundingOptions']],
    [{ policyId: 'pol_01kaxbt6r8e9tbm3v0c1d2e3f4' }, 'offerings.policy_unknown', ['/policyId']],
  ])('refuse %j with 422', async (changes, code, expected) => {
    const wanted = {
      name: 'Session',
      durationMinutes: 60,
      price: { amount: 5_000, currency: 'EUR' },
      fundingOptions: ['card'],
    };
    const refused = await coach.http.post('/v1/offerings', { ...wanted, ...changes });
    expect(refused).toMatchObject({ status: 422, body: { code } });
    expect(pointersOf(refused)).toEqual(expected);
  });

  it('come page by page', async () => {
    for (const name of ['A', 'B', 'C']) await freeOffering({ name });
    const names: string[] = [];
    let cursor = '';
    do {
      const { body } = await client.http.get<{ data: { name: string }[]; nextCursor: string | null }>(
        `/v1/offerings?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`,
      );
      names.push(...body.data.map(({ name }) => name));
      cursor = body.nextCursor ?? '';
    } while (cursor !== '');
    expect(names).toEqual(['A', 'B', 'C']);
    expect((await client.http.get('/v1/offerings?cursor=nonsense')).status).toBe(400);
  });
});
