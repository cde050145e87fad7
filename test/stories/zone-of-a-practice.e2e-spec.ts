import type { Answer } from '../support/http-client';
import { TestApp } from '../support/test-app';
import { World, type ClientWorld, type CoachWorld } from '../support/world';

/** A Saturday in winter; no clock changes before the end of March. */
const NOW = '2027-02-20T09:00:00Z';
const RANGE = 'from=2027-02-24&to=2027-03-10';

/** A coach who moves with the practice to another zone: what follows, and what stays where it is. */
describe('the zone of a practice', () => {
  let app: TestApp;
  let world: World;
  let coach: CoachWorld;
  let client: ClientWorld;
  let offering: { id: string; policyId: string };
  let evenings: { id: string; policyId: string };

  beforeAll(async () => {
    app = await TestApp.start({ now: NOW });
    world = new World(app);
  });
  afterAll(() => app.stop());
  beforeEach(async () => {
    coach = await world.coach({ hours: false });
    client = await world.client(coach, { timezone: 'UTC' });
    offering = await world.offering(coach, { priceMinor: 0, durationMinutes: 30 });
    evenings = await world.offering(coach, { priceMinor: 0, durationMinutes: 30 });
    const workdays = (startTime: string, endTime: string): unknown => ({
      intervals: [1, 2, 3, 4, 5].map((weekday) => ({ weekday, startTime, endTime })),
    });
    await coach.http.put('/v1/availability/weekly-hours', workdays('14:00', '18:00'));
    await coach.http.put(`/v1/offerings/${evenings.id}/hours`, workdays('20:00', '22:00'));
    // A Friday that is closed, and a Saturday that is open.
    await coach.http.post('/v1/availability/overrides', { date: '2027-02-26', intervals: [] });
    await coach.http.post('/v1/availability/overrides', {
      date: '2027-03-06',
      intervals: [{ startTime: '15:00', endTime: '17:00' }],
    });
    await coach.http.post('/v1/availability/time-off', {
      startsAt: '2027-03-02T13:00:00Z',
      endsAt: '2027-03-02T15:00:00Z',
    });
  });
  afterEach(async () => {
    expect(await app.brokenInvariants()).toEqual([]);
  });

  const move = (timezone: string, workingHours?: string, headers = {}): Promise<Answer> =>
    coach.http.patch('/v1/settings', { timezone, ...(workingHours && { workingHours }) }, headers);
  const starts = async ({ id }: { id: string }): Promise<string[]> => {
    const answer = await client.http.get<{ data: { startsAt: string }[] }>(
      `/v1/slots?offeringId=${id}&${RANGE}&timezone=UTC`,
    );
    expect([answer.status, answer.body]).toMatchObject([200, {}]);
    return answer.body.data.map(({ startsAt }) => startsAt);
  };
  const hours = async (): Promise<unknown[]> => {
    const { body } = await coach.http.get<{ intervals: unknown[] }>('/v1/availability/weekly-hours');
    return body.intervals;
  };
  const timeOff = async (): Promise<[string, string][]> => {
    const { body } = await coach.http.get<{ data: { startsAt: string; endsAt: string }[] }>(
      '/v1/availability/time-off',
    );
    return body.data.map(({ startsAt, endsAt }) => [startsAt, endsAt]);
  };
  const dates = async (): Promise<Record<string, unknown>[]> => {
    const { body } = await coach.http.get<{ data: Record<string, unknown>[] }>('/v1/availability/overrides');
    return body.data;
  };

  it('A172 asks whether working hours follow, and changes nothing until it is told', async () => {
    const before = [await hours(), await starts(offering), (await coach.http.get('/v1/settings')).body];
    expect(await move('Asia/Tokyo')).toMatchObject({
      status: 422,
      body: {
        code: 'settings.working_hours_unanswered',
        errors: [{ pointer: '/workingHours' }],
        choices: [
          {
            workingHours: 'keep_local',
            detail: expect.stringContaining('becomes 09:00 in Asia/Tokyo') as string,
          },
          {
            workingHours: 'keep_instants',
            detail: expect.stringContaining('becomes 17:00 in Asia/Tokyo') as string,
          },
        ],
      },
    });
    expect([await hours(), await starts(offering), (await coach.http.get('/v1/settings')).body]).toEqual(
      before,
    );
    // A zone with the same clocks asks nothing; the answer goes with a zone.
    expect(await move('Europe/Paris')).toMatchObject({ status: 200, body: { timezone: 'Europe/Paris' } });
    expect((await coach.http.patch('/v1/settings', { workingHours: 'keep_local' })).status).toBe(400);
    expect((await move('Asia/Tokyo', 'keep_local', { 'if-match': '"1"' })).status).toBe(412);
  });

  it('A172 the hours follow: the same wall times in the new zone; sessions and time off stay', async () => {
    const [booked] = await starts(offering);
    const session = await world.book(client, offering, booked ?? '', { funding: 'free' });
    const [week, ofDates, off] = [await hours(), await dates(), await timeOff()];
    const answered = await move('America/New_York', 'keep_local');
    expect(answered).toMatchObject({ status: 200, body: { timezone: 'America/New_York' } });
    expect(answered.body).not.toHaveProperty('workingHours');
    expect([await hours(), await dates()]).toEqual([week, ofDates]);
    expect(await timeOff()).toEqual(off);
    expect((await world.read(client, session.id)).startsAt).toBe(session.startsAt);
    // 14:00 in New York is 19:00 in UTC.
    const [first] = await starts(offering);
    expect(first).toBe('2027-02-24T19:00:00.000Z');
  });

  it.each(['Asia/Tokyo', 'America/New_York', 'Asia/Kathmandu'])(
    'A172 the hours stay at the same moments, those of offerings and of dates too: %s',
    async (zone) => {
      const [free] = await starts(offering);
      const session = await world.book(client, offering, free ?? '', { funding: 'free' });
      const [before, beforeInEvenings] = [await starts(offering), await starts(evenings)];
      expect(before).toContain('2027-03-06T14:00:00.000Z');
      expect(before.some((start) => start.startsWith('2027-02-26'))).toBe(false);
      expect((await move(zone, 'keep_instants')).status).toBe(200);
      expect(await starts(offering)).toEqual(before);
      // Near a date with hours of its own an offering keeps to both.
      const isFar = (start: string): boolean => start > '2027-02-28';
      expect((await starts(evenings)).filter(isFar)).toEqual(beforeInEvenings.filter(isFar));
      expect(beforeInEvenings.filter(isFar).length).toBeGreaterThan(10);
      expect(await world.read(coach, session.id)).toMatchObject({
        startsAt: session.startsAt,
        timezone: zone,
      });
    },
  );
});
