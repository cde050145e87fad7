import { pointersOf, type Answer } from '../support/http-client';
import { TestApp } from '../support/test-app';
import { World, type ClientWorld, type CoachWorld } from '../support/world';

/** A Saturday in winter; the clocks in Berlin go forward on Sunday 28 March 2027. */
const NOW = '2027-02-20T09:00:00Z';

interface Slot {
  startsAt: string;
  endsAt: string;
  localStart: string;
}

let app: TestApp;
let world: World;
let coach: CoachWorld;
let client: ClientWorld;

beforeAll(async () => {
  app = await TestApp.start({ now: NOW });
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

async function put(intervals: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  return coach.http.put('/v1/availability/weekly-hours', { intervals }, headers);
}

const workdays = (startTime: string, endTime: string): unknown[] =>
  [1, 2, 3, 4, 5].map((weekday) => ({ weekday, startTime, endTime }));

async function freeOffering(more: Record<string, unknown> = {}): Promise<{ id: string; policyId: string }> {
  return world.offering(coach, { priceMinor: 0, ...more });
}

async function slots(
  offeringId: string,
  query: string,
  person: ClientWorld | CoachWorld = client,
): Promise<Slot[]> {
  const answer = await person.http.get<{ data: Slot[] }>(`/v1/slots?offeringId=${offeringId}&${query}`);
  if (answer.status !== 200) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body.data;
}

const times = (found: Slot[]): string[] => found.map(({ localStart }) => localStart.slice(11, 16));

describe('working hours', () => {
  it('are put as a whole week, by version, in the zone of the practice', async () => {
    const before = await coach.http.get('/v1/availability/weekly-hours');
    expect(before).toMatchObject({
      status: 200,
      body: { timezone: 'Europe/Berlin', intervals: [], version: 1 },
    });
    const week = [
      { weekday: 7, startTime: '22:00', endTime: '24:00' },
      { weekday: 1, startTime: '13:00', endTime: '17:30' },
      { weekday: 1, startTime: '09:00', endTime: '12:00' },
    ];
    const after = await put(week, { 'if-match': '"1"' });
    expect(after).toMatchObject({
      status: 200,
      body: { version: 2, intervals: [week[2], week[1], week[0]] },
    });
    expect((await put([], { 'if-match': '"1"' })).status).toBe(412);
    const overlapping = await put([...week, { weekday: 1, startTime: '11:59', endTime: '12:30' }]);
    expect(overlapping).toMatchObject({ status: 422, body: { code: 'availability.intervals' } });
    expect(pointersOf(overlapping)).toEqual(['/intervals/3/startTime']);
    for (const wrong of ['24:00', '9:00', '09:60', '09:00:00', 9]) {
      expect((await put([{ weekday: 1, startTime: wrong, endTime: '24:00' }])).status).toBe(400);
    }
    expect((await client.http.get('/v1/availability/weekly-hours')).status).toBe(403);
  });

  it('A160 A177 exceptions, time off and breaks change the slots of their days, and removing them changes them back', async () => {
    await put(workdays('09:00', '12:00'));
    const offering = await freeOffering();
    const monday = 'from=2027-03-01&to=2027-03-02&timezone=Europe/Berlin';
    expect(times(await slots(offering.id, monday))).toEqual([
      '09:00',
      '09:15',
      '09:30',
      '09:45',
      '10:00',
      '10:15',
      '10:30',
      '10:45',
      '11:00',
    ]);

    const override = await coach.http.post<{ id: string }>('/v1/availability/overrides', {
      date: '2027-03-01',
      intervals: [{ startTime: '18:00', endTime: '19:15' }],
    });
    expect(override).toMatchObject({
      status: 201,
      body: { date: '2027-03-01', intervals: [{ startTime: '18:00', endTime: '19:15' }] },
    });
    expect(times(await slots(offering.id, monday))).toEqual(['18:00', '18:15']);
    const twice = await coach.http.post('/v1/availability/overrides', { date: '2027-03-01', intervals: [] });
    expect(twice).toMatchObject({
      status: 409,
      body: { code: 'availability.override_exists', overrideId: override.body.id },
    });

    const off = await coach.http.post<{ id: string }>('/v1/availability/time-off', {
      kind: 'break',
      title: 'Dentist',
      startsAt: '2027-03-01T18:00:00+01:00',
      endsAt: '2027-03-01T18:15:00+01:00',
    });
    expect(off).toMatchObject({
      status: 201,
      body: { kind: 'break', localStart: '2027-03-01T18:00:00', sessionIds: [] },
    });
    expect(times(await slots(offering.id, monday))).toEqual(['18:15']);
    expect(
      (await coach.http.get<{ data: unknown[] }>('/v1/availability/time-off?from=2027-03-02T00:00:00Z')).body
        .data,
    ).toEqual([]);
    expect((await coach.http.get<{ data: unknown[] }>('/v1/availability/time-off')).body.data).toHaveLength(
      1,
    );

    expect((await coach.http.delete(`/v1/availability/time-off/${off.body.id}`)).status).toBe(204);
    expect((await coach.http.delete(`/v1/availability/overrides/${override.body.id}`)).status).toBe(204);
    expect((await coach.http.delete(`/v1/availability/overrides/${override.body.id}`)).status).toBe(404);
    expect(await slots(offering.id, monday)).toHaveLength(9);
  });

  it('lists overrides and time off page by page', async () => {
    for (const date of ['2027-05-02', '2027-05-01', '2027-05-03']) {
      await coach.http.post('/v1/availability/overrides', { date, intervals: [] });
      await coach.http.post('/v1/availability/time-off', {
        startsAt: `${date}T10:00:00Z`,
        endsAt: `${date}T11:00:00Z`,
      });
    }
    for (const [path, field] of [
      ['overrides', 'date'],
      ['time-off', 'startsAt'],
    ] as const) {
      const first = await coach.http.get<{ data: Record<string, string>[]; nextCursor: string }>(
        `/v1/availability/${path}?limit=2`,
      );
      const second = await coach.http.get<{ data: Record<string, string>[]; hasMore: boolean }>(
        `/v1/availability/${path}?limit=2&cursor=${first.body.nextCursor}`,
      );
      const dates = [...first.body.data, ...second.body.data].map((row) => row[field]?.slice(0, 10));
      expect(dates).toEqual(['2027-05-01', '2027-05-02', '2027-05-03']);
      expect(second.body.hasMore).toBe(false);
      expect((await coach.http.get(`/v1/availability/${path}?cursor=bm9uc2Vuc2U`)).status).toBe(400);
    }
    expect(
      (await coach.http.post('/v1/availability/overrides', { date: '2027-02-29', intervals: [] })).status,
    ).toBe(400);
    expect((await coach.http.get('/v1/availability/overrides?from=2027-02-30')).status).toBe(400);
  });
});

describe('slots', () => {
  it('A177 are told in the reader’s zone, also where only one side has changed its clocks', async () => {
    await put(workdays('16:00', '17:00'));
    const offering = await freeOffering();
    // New York changed on 14 March, Berlin changes on the 28th.
    expect(times(await slots(offering.id, 'from=2027-03-12&to=2027-03-13'))).toEqual(['10:00']);
    expect(times(await slots(offering.id, 'from=2027-03-15&to=2027-03-16'))).toEqual(['11:00']);
    expect(times(await slots(offering.id, 'from=2027-03-29&to=2027-03-30'))).toEqual(['10:00']);
    const { body } = await client.http.get(`/v1/slots?offeringId=${offering.id}`);
    expect(body).toMatchObject({
      timezone: 'America/New_York',
      coachTimezone: 'Europe/Berlin',
      offeringId: offering.id,
    });
    expect((body['data'] as Slot[])[0]).toEqual({
      startsAt: '2027-02-22T15:00:00.000Z',
      endsAt: '2027-02-22T16:00:00.000Z',
      localStart: '2027-02-22T10:00:00',
    });
  });

  it('A157 A159 keep buffers and preparation, and what is shown can be booked', async () => {
    await put(workdays('09:00', '13:00'));
    await coach.http.patch('/v1/settings', { bufferAfterMinutes: 15, minimumNoticeMinutes: 0 });
    const offering = await freeOffering({ prepMinutes: 30 });
    const day = 'from=2027-03-01&to=2027-03-02&timezone=Europe/Berlin';
    expect(times(await slots(offering.id, day))).toHaveLength(13);
    await world.book(client, offering, '2027-03-01T10:00:00+01:00', { funding: 'free' });
    // 09:30–11:15 is claimed; the next needs 30 minutes before, one earlier would need 15 after.
    expect(times(await slots(offering.id, day))).toEqual(['11:45', '12:00']);
    const refused = await client.http.post('/v1/sessions', {
      offeringId: offering.id,
      startsAt: '2027-03-01T11:30:00+01:00',
      funding: 'free',
      acceptedPolicyId: offering.policyId,
    });
    expect(refused).toMatchObject({ status: 409, body: { code: 'sessions.slot_taken' } });
    expect(refused.body['alternatives']).toHaveLength(3);
    await world.book(client, offering, '2027-03-01T12:00:00+01:00', { funding: 'free' });
    expect(await slots(offering.id, day)).toEqual([]);
  });

  it('explain why a start is not free: to the coach by name, to a client without anybody else’s', async () => {
    await put(workdays('09:00', '13:00'));
    const offering = await freeOffering();
    const session = await world.book(client, offering, '2027-03-01T10:00:00+01:00', { funding: 'free' });
    const query = `/v1/slots/explain?offeringId=${offering.id}&startsAt=${encodeURIComponent('2027-03-01T10:30:00+01:00')}`;
    const toCoach = await coach.http.get(query);
    expect(toCoach).toMatchObject({
      status: 200,
      body: {
        free: false,
        localStart: '2027-03-01T10:30:00',
        reasons: [{ code: 'taken', sessionId: session.id }],
      },
    });
    const toClient = await client.http.get(query);
    expect(toClient.body['reasons']).toEqual([{ code: 'taken', text: 'The time is taken.' }]);
    expect(JSON.stringify(toClient.body)).not.toContain(session.id);
    const free = await client.http.get(query.replace('10%3A30', '11%3A00'));
    expect(free.body).toMatchObject({ free: true, reasons: [] });
  });

  it('refuse what cannot be asked', async () => {
    const offering = await freeOffering();
    const ask = (query: string): Promise<Answer> =>
      client.http.get(`/v1/slots?offeringId=${offering.id}&${query}`);
    expect(await ask('from=2027-03-01&to=2027-05-03')).toMatchObject({
      status: 422,
      body: { code: 'availability.range' },
    });
    expect(await ask('from=2027-03-01&to=2027-03-01')).toMatchObject({
      status: 422,
      body: { code: 'availability.range' },
    });
    for (const wrong of [
      'from=2027-03-01T09:00',
      'from=2027-02-30',
      'from=tomorrow',
      'timezone=Europe/Atlantis',
      'day=1',
      'from=0001-01-01',
    ]) {
      expect((await ask(wrong)).status).toBe(400);
    }
    expect((await client.http.get('/v1/slots')).status).toBe(400);
    expect((await ask('from=2200-12-20&to=2200-12-31')).status).toBe(200);
    expect((await ask('from=1970-01-01&to=1970-01-02')).status).toBe(200);
  });
});
