import { parsePublicId } from '@app/common';
import { sql } from '@app/database';
import { CalendarProgram } from '../support/calendar-program';
import { SeriesUnderTest } from '../support/series';
import { TestApp } from '../support/test-app';
import { World, type ClientWorld, type CoachWorld } from '../support/world';

interface Facts {
  offering: string;
  minutes: number;
  before: number;
  after: number;
  price: number;
  platform: string | null;
  policy: string;
  blocked: number;
}

const times = <Value>(count: number, value: Value): Value[] => Array.from({ length: count }, () => value);

/** "Change duration, offering, price, platform from a point on" (domain.md 10). */
describe('editing a series', () => {
  let app: TestApp;
  let world: World;
  let coach: CoachWorld;
  let client: ClientWorld;
  let free: { id: string; policyId: string };
  /** Each series has its own time of day. */
  let hour = 0;
  let untouched: SeriesUnderTest | undefined;

  beforeAll(async () => {
    app = await TestApp.start({ now: '2027-01-04T08:00:00Z' });
    world = new World(app);
    coach = await world.coach({ payouts: true });
    client = await world.client(coach);
    free = await world.offering(coach, { priceMinor: 0 });
  }, 60_000);
  afterAll(() => app.stop());
  beforeEach(() => {
    hour += 2;
  });
  afterEach(async () => {
    await app.sweep();
    expect(await app.brokenInvariants()).toEqual([]);
  });

  const made = (wanted: Record<string, unknown> = {}): Promise<SeriesUnderTest> =>
    SeriesUnderTest.make(coach, client, free.id, {
      localStart: `2027-01-11T${String(hour).padStart(2, '0')}:00`,
      ...wanted,
    });
  /** What each session of a series is stored as, by its start; `blocked`: minutes of the coach's time. */
  const stored = (seriesId: string): Promise<Facts[]> =>
    app.database.many(sql<Facts>`
      select s.offering_name as offering, extract(epoch from s.ends_at - s.starts_at)::int / 60 as minutes,
        s.before_minutes as before, s.after_minutes as after, s.price_minor as price, s.platform, s.policy_id as policy,
        (select (extract(epoch from upper(k.blocked) - lower(k.blocked)) / 60)::int from calendar_claims k
          where k.coach_id = s.coach_id and k.session_id = s.id) as blocked
      from sessions s where s.series_id = ${parsePublicId('series', seriesId)}::uuid order by s.original_starts_at`);

  it('A107 changes length and platform from one on, in rows, claims, meetings, calendars and one digest', async () => {
    const zoomed = await world.coach({ zoom: true });
    const guest = await world.client(zoomed);
    const sold = await world.offering(zoomed, { priceMinor: 0 });
    const series = await SeriesUnderTest.make(zoomed, guest, sold.id, { localStart: '2027-01-11T10:00' });
    const whole = series.id;
    await app.drain();
    const rows = await series.occurrences();
    const read = app.sandbox.mailbox.to(guest.email).length;
    const plan = await series.change('edit', {
      scope: 'this_and_following',
      occurrences: [rows[3]?.originalStartsAt],
      durationMinutes: 45,
      platform: 'google_meet',
    });
    expect(
      plan.occurrences.map(({ action, before, after }) => [
        action,
        [before?.durationMinutes, before?.platform, before?.price.amount],
        [after?.durationMinutes, after?.platform, after?.price.amount],
      ]),
    ).toEqual(times(3, ['edit', [60, null, 0], [45, 'google_meet', 0]]));
    expect(plan.money).toMatchObject({ dearer: { amount: 0 }, refund: { amount: 0 } });
    expect(await stored(whole)).toEqual(
      times(3, expect.objectContaining({ minutes: 60, platform: null, blocked: 60 })),
    );
    expect(await stored(series.id)).toEqual(
      times(3, expect.objectContaining({ minutes: 45, platform: 'google_meet', blocked: 45 })),
    );
    expect(await series.read()).toMatchObject({
      splitFrom: whole,
      platform: 'google_meet',
      durationMinutes: 45,
    });
    await app.drain();
    const lengths = await app.database.many(sql<{ minutes: number }>`
      select m.applied_minutes as minutes from meetings m join sessions s on s.coach_id = m.coach_id and s.id = m.session_id
      where s.coach_id = ${zoomed.coachId} order by s.starts_at`);
    expect(lengths.map(({ minutes }) => minutes)).toEqual([60, 60, 60, 45, 45, 45]);
    const mails = app.sandbox.mailbox.to(guest.email).slice(read);
    expect(mails).toHaveLength(1);
    expect(mails[0]?.text).toMatch(
      /Changed: .*: 45 minutes, it was 60 minutes; Google Meet, it was the usual platform/,
    );
    expect(mails[0]?.text).not.toContain('free of charge');
    const calendar = new CalendarProgram();
    for (const mail of app.sandbox.mailbox.to(guest.email)) await calendar.receive(mail.raw);
    const lengthOf = ([start, end]: [string, string]): number =>
      (Date.parse(end) - Date.parse(start)) / 60_000;
    expect(calendar.shown('2027-03-01T00:00:00Z').map(lengthOf)).toEqual([60, 60, 60, 45, 45, 45]);
    const heard = app.sandbox.mailbox.to(guest.email).length;
    await series.change('edit', {
      scope: 'this',
      occurrences: [rows[4]?.originalStartsAt],
      durationMinutes: 30,
      platform: null,
    });
    await app.drain();
    for (const mail of app.sandbox.mailbox.to(guest.email).slice(heard)) await calendar.receive(mail.raw);
    expect(calendar.shown('2027-03-01T00:00:00Z').map(lengthOf)).toEqual([60, 60, 60, 45, 30, 45]);
    expect((await stored(series.id)).map(({ platform }) => platform)).toEqual([
      'google_meet',
      null,
      'google_meet',
    ]);
    const told = await coachTimeline(zoomed, rows[3]?.sessionId);
    expect(told.at(-1)).toMatchObject({
      kind: 'edited',
      text: 'Changed by the coach: platform, duration.',
    });
  });

  it('A107 takes all terms of another offering, its buffers and policy too, and asks for what is not theirs', async () => {
    const policy = await coach.http.post<{ id: string }>('/v1/policies', {
      name: 'Stricter',
      rules: {
        tiers: [{ noticeHours: 72, refundPercent: 100 }],
        freeRescheduleHours: 72,
        noShowChargePercent: 100,
        returnCreditOnLateCancel: false,
      },
    });
    const other = await coach.http.post<{ id: string }>('/v1/offerings', {
      name: 'Deep dive',
      durationMinutes: 90,
      price: { amount: 0, currency: 'EUR' },
      fundingOptions: ['free'],
      bufferBeforeMinutes: 5,
      bufferAfterMinutes: 10,
      policyId: policy.body.id,
    });
    expect(other.status).toBe(201);
    const series = await made({ rule: 'FREQ=WEEKLY;COUNT=3' });
    await series.change('edit', { offeringId: other.body.id });
    expect(await stored(series.id)).toEqual(
      times(3, {
        offering: 'Deep dive',
        minutes: 90,
        before: 5,
        after: 10,
        price: 0,
        platform: null,
        policy: parsePublicId('policy', policy.body.id),
        blocked: 105,
      }),
    );
    expect(await series.read()).toMatchObject({ offeringName: 'Deep dive', policyId: policy.body.id });
    const again = await series.plan('edit', { offeringId: other.body.id });
    expect(again).toMatchObject({ status: 422, body: { code: 'series.request' } });
  });

  it('A107 leaves what was changed by hand, unless told otherwise', async () => {
    const series = await made({ rule: 'FREQ=WEEKLY;COUNT=4' });
    const rows = await series.occurrences();
    const time = rows[1]?.localStart?.slice(11, 16);
    const one = (index: number): Record<string, unknown> => ({
      scope: 'this',
      occurrences: [rows[index]?.originalStartsAt],
    });
    await series.change('move', { ...one(1), localStart: `2027-01-19T${time}` });
    await series.change('edit', { ...one(2), durationMinutes: 30, platform: 'zoom' });
    const plan = await series.change('edit', { durationMinutes: 50, platform: 'microsoft_teams' });
    expect(plan.occurrences.map(({ action, keptException }) => [action, keptException])).toEqual([
      ['edit', false],
      ['edit', false],
      ['keep', true],
      ['edit', false],
    ]);
    const facts = (await stored(series.id)).map(({ minutes, platform }) => [minutes, platform]);
    expect(facts).toEqual([
      [50, 'microsoft_teams'],
      [50, 'microsoft_teams'],
      [30, 'zoom'],
      [50, 'microsoft_teams'],
    ]);
    expect((await series.occurrences())[1]).toMatchObject({ isException: true });
    await series.change('edit', { durationMinutes: 40, includeExceptions: true });
    expect((await stored(series.id)).map(({ minutes }) => minutes)).toEqual([40, 40, 40, 40]);
  });

  it.each([
    [
      'a price',
      { price: { amount: 5_000, currency: 'EUR' } },
      'series.funding_unavailable',
      /how each of them is paid/,
    ],
    ['each by hand', { funding: 'card' }, 'series.funding_unavailable', /by hand/],
    ['credits', { funding: 'package' }, 'series.funding_unavailable', /not sold as "package"/],
    ['paying later', { funding: 'pay_later' }, 'series.funding_unavailable', /not sold as "pay_later"/],
    [
      'a fallback of free sessions',
      { fallback: 'saved_card' },
      'series.request',
      /not sold on the saved card/,
    ],
    ['another currency', { price: { amount: 0, currency: 'USD' } }, 'series.request', /EUR/],
    ['nothing', {}, 'series.request', /Say what is to change/],
    [
      'what is so already',
      { durationMinutes: 60, price: { amount: 0, currency: 'EUR' } },
      'series.request',
      /so already/,
    ],
    ['a platform of a move', { change: 'move', platform: 'zoom' }, 'series.request', /says nothing/],
  ])('refuses %s with a reason', async (_, wanted, code, detail) => {
    untouched ??= await made({ localStart: '2027-02-01T22:30', rule: 'FREQ=WEEKLY;COUNT=1' });
    hour -= 2;
    const refused = await untouched.plan('edit', wanted);
    expect(refused.status).toBe(422);
    expect(refused.body).toMatchObject({ code, detail: expect.stringMatching(detail) as string });
  });

  it('A107 is refused whole where a longer session meets another, or leaves those out as the plan says', async () => {
    const series = await made({ rule: 'FREQ=WEEKLY;COUNT=3' });
    const rows = await series.occurrences();
    const next = new Date(Date.parse(String(rows[1]?.startsAt)) + 3_600_000).toISOString();
    await world.book(client, free, next, { funding: 'free' });
    const blocked = await series.plan('edit', { durationMinutes: 90 });
    expect(blocked.body.blockedBy).toEqual(['conflicts']);
    expect(await series.apply(blocked.body.id)).toMatchObject({
      status: 409,
      body: { code: 'series.conflicts' },
    });
    expect((await stored(series.id)).map(({ minutes }) => minutes)).toEqual([60, 60, 60]);
    await series.change('edit', { durationMinutes: 90, onConflict: 'keep_unscheduled' });
    expect((await series.occurrences()).map(({ state }) => state)).toEqual([
      'session',
      'unscheduled',
      'session',
    ]);
  });

  it('A107 A109 changes a series before its pause: what is paused comes back as the series is by then, extra sessions follow', async () => {
    const series = await made({ rule: 'FREQ=WEEKLY;COUNT=5' });
    const rows = await series.occurrences();
    const day = (index: number): string => String(rows[index]?.originalStartsAt).slice(0, 10);
    await series.change('add', { localStart: '2027-01-20T05:00' });
    await series.change('pause', { from: `${day(2)}T00:00:00Z`, until: `${day(4)}T00:00:00Z` });
    const states = async (): Promise<string[]> => (await series.occurrences()).map(({ state }) => state);
    const paused = ['session', 'session', 'session', 'paused', 'paused', 'session'];
    expect(await states()).toEqual(paused);
    await series.change('edit', { durationMinutes: 45 });
    expect(await states()).toEqual(paused);
    expect(await series.read()).toMatchObject({ state: 'paused' });
    const minutes = async (): Promise<number[]> => (await stored(series.id)).map((each) => each.minutes);
    expect(await minutes()).toEqual([45, 45, 45, 60, 60, 45]);
    const whole = series.id;
    const following = { scope: 'this_and_following', occurrences: [rows[1]?.originalStartsAt] };
    await series.change('edit', { ...following, platform: 'google_meet' });
    expect((await series.read(whole)).state).toBe('active');
    expect((await series.read()).state).toBe('paused');
    await series.change('resume');
    expect(await states()).toEqual(times(5, 'session'));
    expect(await minutes()).toEqual(times(5, 45));
    expect((await stored(series.id)).map(({ platform }) => platform)).toEqual(times(5, 'google_meet'));
  });

  it('A107 sells what is taken back, and what the worker makes later, as the series is by then', async () => {
    const series = await made({ rule: 'FREQ=WEEKLY', horizonDays: 14 });
    const [first] = await series.occurrences();
    await series.change('skip', { scope: 'this', occurrences: [first?.originalStartsAt] });
    await series.change('edit', { platform: 'zoom' });
    await series.change('unskip', { scope: 'this', occurrences: [first?.originalStartsAt] });
    await app.advance(8 * 86_400);
    const facts = await stored(series.id);
    expect(facts.length).toBeGreaterThan(1);
    expect(facts.map(({ platform }) => platform)).toEqual(facts.map(() => 'zoom'));
    await series.change('cancel', { scope: 'all_future' });
  });

  async function coachTimeline(of: CoachWorld, sessionId: string | null | undefined): Promise<unknown[]> {
    const answer = await of.http.get<{ data: unknown[] }>(`/v1/sessions/${sessionId}/timeline`);
    return answer.body.data;
  }
});
