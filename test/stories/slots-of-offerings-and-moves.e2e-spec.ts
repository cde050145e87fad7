import type { Answer } from '../support/http-client';
import { TestApp } from '../support/test-app';
import { World, type ClientWorld, type CoachWorld } from '../support/world';

const NOW = '2027-02-20T09:00:00Z';
const MONDAY = 'from=2027-03-01&to=2027-03-02&timezone=Europe/Berlin';
const EVENING = [{ weekday: 1, startTime: '18:00', endTime: '19:30' }];

let app: TestApp;
let world: World;
let coach: CoachWorld;
let client: ClientWorld;
let offering: { id: string; policyId: string };

beforeAll(async () => {
  app = await TestApp.start({ now: NOW });
  world = new World(app);
});
afterAll(() => app.stop());
beforeEach(async () => {
  coach = await world.coach({ hours: false });
  client = await world.client(coach, { timezone: 'America/New_York' });
  offering = await world.offering(coach, { priceMinor: 0 });
  const intervals = [1, 2, 3, 4, 5].map((weekday) => ({ weekday, startTime: '09:00', endTime: '12:00' }));
  expect((await coach.http.put('/v1/availability/weekly-hours', { intervals })).status).toBe(200);
});
afterEach(async () => {
  expect(await app.brokenInvariants()).toEqual([]);
});

const localTimes = ({ body }: Answer): string[] =>
  (body['data'] as { localStart: string }[]).map(({ localStart }) => localStart.slice(11, 16));
const slots = (offeringId = offering.id): Promise<Answer> =>
  client.http.get(`/v1/slots?offeringId=${offeringId}&${MONDAY}`);
const when = (time: string): string => `startsAt=${encodeURIComponent(`2027-03-01T${time}+01:00`)}`;

describe('hours of an offering', () => {
  it('A177 count instead of the coach’s for showing and for booking, until they are taken back', async () => {
    const path = `/v1/offerings/${offering.id}/weekly-hours`;
    const before = await coach.http.get(path);
    expect(before).toMatchObject({
      status: 200,
      body: { own: false, version: 1, timezone: 'Europe/Berlin' },
    });
    expect(before.body['intervals']).toHaveLength(5);
    const own = await coach.http.put(path, { intervals: EVENING }, { 'if-match': '"1"' });
    expect(own).toMatchObject({ status: 200, body: { own: true, intervals: EVENING, version: 2 } });
    expect(own.headers.get('etag')).toBe('"2"');
    expect((await coach.http.put(path, { intervals: [] }, { 'if-match': '"1"' })).status).toBe(412);
    expect(localTimes(await slots())).toEqual(['18:00', '18:15', '18:30']);
    const other = await world.offering(coach, { priceMinor: 0 });
    expect(localTimes(await slots(other.id))).toHaveLength(9);

    const refused = await client.http.post('/v1/sessions', {
      offeringId: offering.id,
      startsAt: '2027-03-01T10:00:00+01:00',
      funding: 'free',
      acceptedPolicyId: offering.policyId,
    });
    expect(refused).toMatchObject({ status: 422, body: { code: 'availability.outside_hours' } });
    await world.book(client, offering, '2027-03-01T18:15:00+01:00', { funding: 'free' });
    expect(localTimes(await slots())).toEqual([]);

    expect((await coach.http.delete(path)).status).toBe(204);
    expect(await coach.http.get(path)).toMatchObject({ body: { own: false, version: 3 } });
    expect(localTimes(await slots())).toHaveLength(9);
  });

  it('are the coach’s alone to read and to change', async () => {
    const path = `/v1/offerings/${offering.id}/weekly-hours`;
    const stranger = await world.coach({ hours: false });
    for (const answer of [
      await stranger.http.get(path),
      await stranger.http.put(path, { intervals: EVENING }),
      await stranger.http.delete(path),
    ])
      expect(answer).toMatchObject({ status: 404, body: { code: 'offerings.not_found' } });
    expect((await client.http.get(path)).status).toBe(403);
    expect((await client.http.put(path, { intervals: EVENING })).status).toBe(403);
    const overlapping = [...EVENING, { weekday: 1, startTime: '19:00', endTime: '20:00' }];
    expect(await coach.http.put(path, { intervals: overlapping })).toMatchObject({
      status: 422,
      body: { code: 'availability.intervals' },
    });
  });
});

describe('starts that a session can be moved to', () => {
  it('A72 A157 leave out what others have, not its own time, and keep the buffers it was booked with', async () => {
    await coach.http.patch('/v1/settings', { bufferAfterMinutes: 15, minimumNoticeMinutes: 0 });
    const session = await world.book(client, offering, '2027-03-01T09:00:00+01:00', { funding: 'free' });
    const rival = await world.client(coach);
    const theirs = await world.book(rival, offering, '2027-03-01T11:00:00+01:00', { funding: 'free' });
    await coach.http.patch('/v1/settings', { bufferAfterMinutes: 60 });
    const path = `/v1/sessions/${session.id}/slots`;
    // 09:15–10:15 with the 15 minutes of its booking, though it overlaps its own present time.
    const mine = await client.http.get(`${path}?${MONDAY}`);
    expect(mine).toMatchObject({ status: 200, body: { offeringId: offering.id } });
    expect(localTimes(mine)).toEqual(['09:00', '09:15', '09:30', '09:45']);
    expect(localTimes(await slots())).toEqual([]);

    const free = await client.http.get(`${path}/explain?${when('09:30:00')}`);
    expect(free.body).toMatchObject({ free: true, reasons: [], localStart: '2027-03-01T03:30:00' });
    const taken = `${path}/explain?${when('10:30:00')}`;
    const toClient = await client.http.get(taken);
    expect(toClient.body['reasons']).toEqual([{ code: 'taken', text: 'The time is taken.' }]);
    expect(JSON.stringify(toClient.body)).not.toContain(theirs.id);
    const toCoach = await coach.http.get(taken);
    expect(toCoach.body).toMatchObject({ free: false, reasons: [{ code: 'taken', sessionId: theirs.id }] });
    for (const answer of [await rival.http.get(path), await rival.http.get(taken)])
      expect(answer).toMatchObject({ status: 404, body: { code: 'sessions.not_found' } });
  });
});

describe('explain', () => {
  it('A157 A158 A160 names to the coach what hides a start, and to a client neither whose nor why', async () => {
    await coach.http.patch('/v1/settings', { minimumNoticeMinutes: 1_440, mostSessionsPerDay: 1 });
    await coach.http.post('/v1/availability/time-off', {
      kind: 'break',
      startsAt: '2027-03-02T10:00:00+01:00',
      endsAt: '2027-03-02T10:30:00+01:00',
    });
    const other = await world.offering(coach, { priceMinor: 0, bufferBeforeMinutes: 30 });
    const session = await world.book(client, other, '2027-03-01T11:00:00+01:00', { funding: 'free' });
    const reasons = async (startsAt: string, reader: CoachWorld | ClientWorld): Promise<string[]> => {
      const query = `offeringId=${offering.id}&startsAt=${encodeURIComponent(startsAt)}`;
      const { body } = await reader.http.get<{ reasons: { text: string }[] }>(`/v1/slots/explain?${query}`);
      return body.reasons.map(({ text }) => text);
    };
    expect(await reasons('2027-03-01T09:45:00+01:00', coach)).toEqual([
      `In the buffer of ${session.id}.`,
      'The day has its 1 sessions already.',
    ]);
    expect(await reasons('2027-03-01T09:45:00+01:00', client)).toEqual([
      'The time is taken.',
      'The day is full.',
    ]);
    expect(await reasons('2027-03-02T09:30:00+01:00', coach)).toEqual([
      'Break until 2027-03-02 10:30 (Europe/Berlin).',
    ]);
    expect(await reasons('2027-03-02T09:30:00+01:00', client)).toEqual([
      'The coach does not work at that time.',
    ]);
    expect(await reasons('2027-02-21T08:00:00Z', coach)).toContain('Less than 24 h notice.');
    expect(await reasons('2027-07-01T09:00:00+02:00', client)).toEqual(['More than 90 days ahead.']);
  });
});
