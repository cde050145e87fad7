import { sql } from '@app/database';
import { SeriesUnderTest, type OccurrenceBody } from '../support/series';
import { TestApp } from '../support/test-app';
import { World, type ClientWorld, type CoachWorld } from '../support/world';

/** Six Mondays at 18:00 in Berlin, over the change of the clocks on 28 March 2027; the client is in New York. */
describe('a series of six over the March change', () => {
  let app: TestApp;
  let world: World;
  let coach: CoachWorld;
  let client: ClientWorld;
  let series: SeriesUnderTest;
  let ids: (string | null)[];

  beforeAll(async () => {
    app = await TestApp.start({ now: '2027-03-01T08:00:00Z' });
    world = new World(app);
    coach = await world.coach();
    client = await world.client(coach);
  }, 60_000);

  afterAll(() => app.stop());

  afterEach(async () => {
    await app.sweep();
    expect(await app.brokenInvariants()).toEqual([]);
  });

  const mailsAbout = async (): Promise<{ kind: string; to: string }[]> =>
    app.database.many(sql<{ kind: string; to: string }>`
      select kind, recipient_kind as to from notifications
      where kind in ('series_changed', 'booking_confirmed', 'session_moved', 'booking_cancelled') order by id`);
  const starts = (rows: readonly OccurrenceBody[]): (string | null)[] => rows.map((row) => row.startsAt);

  it('is previewed with the notes of both sides, and made as previewed, with one mail for each side', async () => {
    const offering = await world.offering(coach, { priceMinor: 0 });
    const preview = await coach.http.post<{ occurrences: { notes: { party: string; text: string }[] }[] }>(
      '/v1/series/preview',
      {
        offeringId: offering.id,
        clientId: client.clientId,
        localStart: '2027-03-08T18:00',
        timezone: 'Europe/Berlin',
        rule: 'FREQ=WEEKLY;COUNT=6',
      },
    );
    expect(preview.status).toBe(201);
    // New York changes on 14 March, Berlin on 28 March: the sessions between are an hour off for the client.
    expect(preview.body.occurrences.map(({ notes }) => notes.map(({ party }) => party))).toEqual([
      [],
      ['client'],
      ['client'],
      [],
      [],
      [],
    ]);
    series = await SeriesUnderTest.make(coach, client, offering.id, { localStart: '2027-03-08T18:00' });
    const rows = await series.occurrences();
    expect(starts(rows)).toEqual([
      '2027-03-08T17:00:00.000Z',
      '2027-03-15T17:00:00.000Z',
      '2027-03-22T17:00:00.000Z',
      '2027-03-29T16:00:00.000Z',
      '2027-04-05T16:00:00.000Z',
      '2027-04-12T16:00:00.000Z',
    ]);
    expect(rows.map((row) => row.localStart?.slice(11))).toEqual(Array(6).fill('18:00:00'));
    ids = rows.map((row) => row.sessionId);
    await app.drain();
    expect(await mailsAbout()).toEqual([
      { kind: 'series_changed', to: 'coach' },
      { kind: 'series_changed', to: 'client' },
    ]);
  });

  it('A106 shows every future occurrence to both sides, and names the series on each session', async () => {
    const seen = await client.http.get<{ data: OccurrenceBody[] }>(`/v1/series/${series.id}/occurrences`);
    expect(seen.body.data.map((row) => row.sessionId)).toEqual(ids);
    const { body: listed } = await client.http.get<{ data: Record<string, unknown>[] }>(
      `/v1/sessions?seriesId=${series.id}&sort=startsAt`,
    );
    for (const [index, id] of ids.entries()) {
      const session = await world.read(client, String(id));
      const place = { id: series.id, originalStartsAt: seen.body.data[index]?.originalStartsAt };
      for (const view of [session, listed.data[index]])
        expect(view).toMatchObject({ type: 'recurring', seriesId: series.id, series: place });
    }
  });

  it('A106 leads from any session to all that are to come, with their state', async () => {
    const first = await world.read(client, String(ids[0]));
    const { occurrencesPath } = first['series'] as { occurrencesPath: string };
    for (const who of [client, coach]) {
      const { body } = await who.http.get<{ data: OccurrenceBody[] }>(
        `${occurrencesPath}?from=2027-03-20T00:00:00Z`,
      );
      expect(body.data.map(({ state, sessionId }) => [state, sessionId])).toEqual(
        ids.slice(2).map((id) => ['session', id]),
      );
    }
    const stranger = await world.coach({ hours: false });
    expect((await stranger.http.get(occurrencesPath)).status).toBe(404);
  });

  it('A107 moves one alone: the others stay, its RECURRENCE-ID too', async () => {
    const [, second] = await series.occurrences();
    const plan = await series.change('move', {
      scope: 'this',
      occurrences: [second?.originalStartsAt],
      localStart: '2027-03-16T10:00',
    });
    expect(plan.occurrences.map(({ action }) => action)).toEqual(['move']);
    const rows = await series.occurrences();
    expect(rows[1]).toMatchObject({
      originalStartsAt: second?.originalStartsAt,
      startsAt: '2027-03-16T09:00:00.000Z',
      sessionId: ids[1],
      isException: true,
    });
    expect(rows.filter((row) => row.isException)).toHaveLength(1);
  });

  it('A111 skips one without a penalty, takes it back, and skips it again', async () => {
    const third = (await series.occurrences())[2];
    await series.change('skip', { scope: 'this', occurrences: [third?.originalStartsAt] });
    expect((await series.occurrences())[2]).toMatchObject({ state: 'skipped', sessionStatus: 'cancelled' });
    const listed = await coach.http.get<{ data: { id: string }[] }>('/v1/sessions?view=past');
    expect(listed.body.data.map(({ id }) => id)).not.toContain(ids[2]);
    await series.change('unskip', { scope: 'this', occurrences: [third?.originalStartsAt] });
    expect((await series.occurrences())[2]).toMatchObject({
      state: 'session',
      sessionStatus: 'scheduled',
      sessionId: ids[2],
    });
    await series.change('skip', { scope: 'this', occurrences: [third?.originalStartsAt] });
  });

  it('A108 A107 shifts the rest: same sessions, wall time kept over the change, the exception stays, the past too', async () => {
    await app.advanceTo('2027-03-09T08:00:00Z');
    const before = await world.read(coach, String(ids[0]));
    const first = series.id;
    const plan = await series.change('move', { scope: 'all_future', localStart: '2027-03-17T17:30' });
    expect(plan.occurrences.map(({ action, keptException }) => [action, keptException])).toEqual([
      ['keep', true],
      ['keep', false],
      ['move', false],
      ['move', false],
      ['move', false],
    ]);
    expect(await world.read(coach, String(ids[0]))).toEqual(before);
    expect(series.id).not.toBe(first);
    const rows = await series.occurrences();
    expect(rows.map((row) => row.sessionId)).toEqual(ids.slice(1));
    expect(rows.map((row) => row.startsAt)).toEqual([
      '2027-03-16T09:00:00.000Z',
      '2027-03-22T17:00:00.000Z',
      '2027-03-31T15:30:00.000Z',
      '2027-04-07T15:30:00.000Z',
      '2027-04-14T15:30:00.000Z',
    ]);
    expect(rows.map((row) => row.state)).toEqual(['session', 'skipped', 'session', 'session', 'session']);
    expect(await series.read(first)).toMatchObject({
      state: 'ended',
      rule: 'FREQ=WEEKLY;BYDAY=MO;UNTIL=20270308',
    });
    expect(await series.read()).toMatchObject({ splitFrom: first, rule: 'FREQ=WEEKLY;BYDAY=WE;COUNT=5' });
  });

  it('A109 is paused: the time is free at once, nothing inside; resumed, the same sessions come back', async () => {
    await series.change('pause', { from: '2027-03-30T00:00:00Z', until: '2027-04-10T00:00:00Z' });
    const paused = await series.occurrences();
    expect(paused.map((row) => row.state)).toEqual(['session', 'skipped', 'paused', 'paused', 'session']);
    expect(await series.read()).toMatchObject({ state: 'paused' });
    const { claims } = await app.database.one(sql<{ claims: number }>`
      select count(*)::int as claims from calendar_claims k join sessions s on s.coach_id = k.coach_id and s.id = k.session_id
      where s.status = 'cancelled'`);
    expect(claims).toBe(0);
    await series.change('resume');
    const back = await series.occurrences();
    expect(back.map((row) => row.state)).toEqual(['session', 'skipped', 'session', 'session', 'session']);
    expect(back.map((row) => row.sessionId)).toEqual(ids.slice(1));
  });

  it('A110 is ended early: nothing after the date, what was before is unchanged', async () => {
    const before = await series.occurrences();
    await series.change('end', { lastDate: '2027-04-08' });
    const after = await series.occurrences();
    expect(after.slice(0, 4)).toEqual(before.slice(0, 4));
    expect(after[4]).toMatchObject({ sessionStatus: 'cancelled' });
    expect(await series.read()).toMatchObject({ rule: 'FREQ=WEEKLY;BYDAY=WE;UNTIL=20270407' });
    await app.advanceTo('2027-04-09T08:00:00Z');
    expect(await series.read()).toMatchObject({ state: 'ended' });
  });

  it('told both sides once for each act, and of no session by itself', async () => {
    const mails = await mailsAbout();
    const acts = await app.database.many(sql`select id from series_plans where used_at is not null`);
    expect(acts).toHaveLength(9);
    expect(mails.filter(({ kind }) => kind !== 'series_changed')).toEqual([]);
    expect(mails).toHaveLength(2 * acts.length);
  });
});
