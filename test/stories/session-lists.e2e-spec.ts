import { newId, parsePublicId, publicId } from '@app/common';
import { sql } from '@app/database';
import { TestApp } from '../support/test-app';
import { World, type ClientWorld, type CoachWorld, type SessionSummary } from '../support/world';

interface Row extends SessionSummary {
  client: { id: string; displayName: string; photoUrl: string | null };
  localStart: string;
  scheduledMinutes: number;
  type: string;
  statusLabel: string;
  meeting: { state: string; platform: string | null; joinUrl: string | null };
}

interface PageOfRows {
  data: Row[];
  nextCursor: string | null;
  hasMore: boolean;
}

describe('session lists and details', () => {
  let app: TestApp;
  let world: World;
  let coach: CoachWorld;
  let stranger: CoachWorld;
  let anna: ClientWorld;
  let zoe: ClientWorld;
  let paid: { id: string; policyId: string };
  let free: { id: string; policyId: string };

  beforeAll(async () => {
    app = await TestApp.start({ now: '2027-02-01T09:00:00Z' });
    world = new World(app);
    coach = await world.coach({ payouts: true, zoom: true, timezone: 'Europe/Berlin' });
    stranger = await world.coach();
    anna = await world.client(coach, { displayName: 'Änna Álvarez', timezone: 'America/New_York' });
    zoe = await world.client(coach, { displayName: 'Zoe Zimmer' });
    paid = await world.offering(coach);
    free = await world.offering(coach, { name: 'Intro', priceMinor: 0, durationMinutes: 30 });
  }, 60_000);

  afterAll(() => app.stop());

  const bookFree = (client: ClientWorld, startsAt: string): Promise<SessionSummary> =>
    world.book(client, free, startsAt, { funding: 'free' });
  const list = async (query: string, person: { http: CoachWorld['http'] } = coach): Promise<PageOfRows> => {
    const answer = await person.http.get<PageOfRows>(`/v1/sessions?${query}`);
    expect(answer.status).toBe(200);
    return answer.body;
  };

  it('A1 A2 A3 A5 lists upcoming sessions next first, whole, with no row twice while one is added', async () => {
    const done = await bookFree(anna, '2027-02-01T10:00:00Z');
    await app.advanceTo('2027-02-01T10:30:01Z');
    expect((await world.read(coach, done.id)).status).toBe('completed');
    const late = await bookFree(zoe, '2027-02-10T12:00:00Z');
    const early = await bookFree(anna, '2027-02-08T12:00:00Z');
    const middle = await bookFree(anna, '2027-02-09T12:00:00Z');
    const dropped = await bookFree(zoe, '2027-02-09T15:00:00Z');
    await coach.http.post(`/v1/sessions/${dropped.id}/cancel`, {});
    await app.drain();

    const whole = await list('view=upcoming');
    expect(whole.data.map((row) => row.id)).toEqual([early.id, middle.id, late.id]);
    expect(whole.data[0]).toMatchObject({
      client: { displayName: 'Änna Álvarez' },
      localStart: '2027-02-08T13:00:00',
      timezone: 'Europe/Berlin',
      scheduledMinutes: 30,
      meeting: { state: 'ready', platform: 'zoom', joinUrl: expect.stringContaining('http') },
    });

    const first = await list('view=upcoming&limit=1');
    const added = await bookFree(zoe, '2027-02-08T09:00:00Z');
    const seen = [...first.data];
    let cursor = first.nextCursor;
    while (cursor !== null) {
      const page = await list(`view=upcoming&limit=1&cursor=${cursor}`);
      seen.push(...page.data);
      cursor = page.nextCursor;
    }
    expect(seen.map((row) => row.id)).toEqual([early.id, middle.id, late.id]);
    expect((await list('view=upcoming')).data.map((row) => row.id)).toContain(added.id);
  });

  it('A13 A15 A23 lists past sessions latest first, each end state labelled, but no expired or abandoned hold', async () => {
    const abandoned = await world.book(anna, paid, '2027-02-20T10:00:00Z');
    await anna.http.post(`/v1/sessions/${abandoned.id}/cancel`, {});
    await world.book(anna, paid, '2027-02-21T10:00:00Z');
    await app.advance(16 * 60);
    const past = await list('view=past');
    expect(past.data.map((row) => [row.status, row.statusLabel])).toEqual([
      ['cancelled', 'Cancelled'],
      ['completed', 'Completed'],
    ]);
    const details = await world.read(coach, past.data[0]?.id ?? '');
    expect(details).toMatchObject({
      cancellation: { by: 'coach', outcome: 'by_coach', at: expect.any(String) },
    });
    const all = await list('view=all&status=cancelled&sort=startsAt');
    expect(all.data).toHaveLength(3);
  });

  it('A4 A134 tells the type and filters by it; a recurring session paid by a credit is found as both', async () => {
    const { data } = await list('view=all&type=single');
    expect(data.length).toBeGreaterThan(0);
    expect(new Set(data.map((row) => row.type))).toEqual(new Set(['single']));
    expect((await list('view=all&type=package,recurring')).data).toEqual([]);

    const [chosen] = data;
    const [seriesId, entitlementId] = [newId(), newId()];
    await inSeriesAndPackage(chosen?.id ?? '', seriesId, entitlementId);
    const both = {
      id: chosen?.id,
      type: 'recurring',
      seriesId: publicId('series', seriesId),
      entitlementId: publicId('entitlement', entitlementId),
      badges: ['package_session'],
    };
    for (const query of [
      'type=package',
      'type=recurring',
      'type=package,recurring',
      `seriesId=${both.seriesId}`,
      `entitlementId=${both.entitlementId}`,
    ])
      expect([query, (await list(`view=all&${query}`)).data]).toEqual([
        query,
        [expect.objectContaining(both)],
      ]);
    expect((await list('view=all&type=single')).data).toHaveLength(data.length - 1);
  });

  /** As the worker makes an occurrence of a series whose client has a package. */
  async function inSeriesAndPackage(
    publicSessionId: string,
    seriesId: string,
    entitlementId: string,
  ): Promise<void> {
    const sessionId = parsePublicId('session', publicSessionId);
    await app.database.execute(sql`
      insert into series (coach_id, id, client_id, state, rule, local_start, timezone, offering_id, offering_name, duration_minutes,
        before_minutes, after_minutes, funding, price_minor, currency, policy_id, policy_rules, materialised_until, horizon_days,
        on_conflict, calendar_uid, created_by, created_at, updated_at)
      select s.coach_id, ${seriesId}::uuid, s.client_id, 'ended', 'FREQ=WEEKLY', s.local_start, s.timezone, s.offering_id, s.offering_name,
        60, 0, 0, 'free', 0, s.currency, s.policy_id, s.policy_rules, s.starts_at, 90, 'skip', ${seriesId}, 'coach', s.booked_at, s.booked_at
      from sessions s where s.id = ${sessionId}::uuid`);
    await app.database.execute(sql`
      with sold as (
        insert into session_packages (coach_id, id, name, session_count, price_minor, currency, validity_days, expiry_meaning, created_at, updated_at)
        select coach_id, ${newId()}::uuid, 'Five sessions', 5, 40000, currency, 90, 'bookBy', booked_at, booked_at
        from sessions where id = ${sessionId}::uuid
        returning coach_id, id)
      insert into entitlements (coach_id, id, client_id, package_id, package_name, session_count, price_minor, currency, validity_days,
        expiry_meaning, offering_ids, status, awaits_payment_until, created_at, updated_at)
      select s.coach_id, ${entitlementId}::uuid, s.client_id, sold.id, 'Five sessions', 5, 40000, s.currency, 90, 'bookBy',
        array[s.offering_id], 'cancelled', s.booked_at, s.booked_at, s.booked_at
      from sessions s join sold on sold.coach_id = s.coach_id where s.id = ${sessionId}::uuid`);
    await app.database.execute(sql`
      update sessions set series_id = ${seriesId}::uuid, original_starts_at = starts_at, entitlement_id = ${entitlementId}::uuid
      where id = ${sessionId}::uuid`);
  }

  it('A132 filters by a half-open range of starts in a stated zone', async () => {
    const range = (from: string, to: string): Promise<PageOfRows> =>
      list(`view=upcoming&startsFrom=${encodeURIComponent(from)}&startsTo=${encodeURIComponent(to)}`);
    const midnight = await bookFree(zoe, '2027-02-14T23:00:00Z'); // 15 February 00:00 in Berlin
    const day14 = await range('2027-02-14T00:00:00+01:00', '2027-02-15T00:00:00+01:00');
    const day15 = await range('2027-02-15T00:00:00+01:00', '2027-02-16T00:00:00+01:00');
    expect(day14.data.map((row) => row.id)).not.toContain(midnight.id);
    expect(day15.data.map((row) => row.id)).toContain(midnight.id);
    const naive = await coach.http.get('/v1/sessions?startsFrom=2027-02-14T00:00:00');
    expect(naive.status).toBe(400);
  });

  it('A133 finds a client by a part of the name, without case and accents', async () => {
    for (const part of ['anna', 'ALVAR', 'änna á']) {
      const { data } = await list(`view=all&clientName=${encodeURIComponent(part)}`);
      expect([part, new Set(data.map((row) => row.client.displayName))]).toEqual([
        part,
        new Set(['Änna Álvarez']),
      ]);
    }
    expect((await list('view=all&clientName=%25')).data).toEqual([]);
  });

  it('A135 A136 filters by several statuses and payment statuses', async () => {
    const { data } = await list('view=all&status=completed,cancelled&paymentStatus=free');
    expect(
      data.every((row) => ['completed', 'cancelled'].includes(row.status) && row.paymentStatus === 'free'),
    ).toBe(true);
    expect(data.length).toBeGreaterThanOrEqual(2);
    expect((await coach.http.get('/v1/sessions?status=unknown')).status).toBe(400);
    expect((await coach.http.get('/v1/sessions?sort=password')).status).toBe(400);
    expect((await coach.http.get('/v1/sessions?anything=1')).status).toBe(400);
  });

  it('A137 A138 A139 sorts by date, client name and revenue, both ways, page by page without loss', async () => {
    await world.paidSession(zoe, paid, '2027-02-25T10:00:00Z');
    const whole = await list('view=all&limit=100');
    for (const sort of ['startsAt', '-startsAt', 'clientName', '-clientName', 'revenue', '-revenue']) {
      const seen: Row[] = [];
      let cursor: string | null = '';
      while (cursor !== null) {
        const page: PageOfRows = await list(
          `view=all&limit=3&sort=${sort}${cursor === '' ? '' : `&cursor=${cursor}`}`,
        );
        seen.push(...page.data);
        cursor = page.nextCursor;
      }
      expect([sort, seen.length, new Set(seen.map((row) => row.id)).size]).toEqual([
        sort,
        whole.data.length,
        whole.data.length,
      ]);
      const names = seen.map((row) => row.client.displayName);
      if (sort === 'clientName')
        expect(names.indexOf('Zoe Zimmer')).toBeGreaterThan(names.lastIndexOf('Änna Álvarez'));
    }
  });

  it('A8 A16 answers 404 for somebody else’s session, and shows the whole history of one client', async () => {
    const [row] = (await list('view=upcoming')).data;
    expect((await stranger.http.get(`/v1/sessions/${row?.id}`)).status).toBe(404);
    expect(
      (await zoe.http.get(`/v1/sessions/${(await list('view=all&clientName=anna')).data[0]?.id}`)).status,
    ).toBe(404);
    const history = await coach.http.get<PageOfRows>(`/v1/clients/${anna.clientId}/sessions`);
    expect(history.status).toBe(200);
    expect(new Set(history.body.data.map((entry) => entry.status))).toEqual(
      new Set(['completed', 'scheduled', 'cancelled']),
    );
    expect((await stranger.http.get(`/v1/clients/${anna.clientId}/sessions`)).status).toBe(404);
  });

  it('A26 A27 A28 A30 A31 A32 A35 A36 A37 shows everything about a session in one call, each reader in their own zone', async () => {
    const [row] = (await list('view=upcoming&clientName=anna')).data;
    const asCoach = await world.read(coach, row?.id ?? '');
    const asClient = await world.read(anna, row?.id ?? '');
    expect(asCoach).toMatchObject({
      startsAt: '2027-02-08T12:00:00.000Z',
      timezone: 'Europe/Berlin',
      localStart: '2027-02-08T13:00:00',
      client: {
        displayName: 'Änna Álvarez',
        photoUrl: null,
        email: anna.email,
        phone: null,
        sessionCount: 1,
        lastSessionAt: '2027-02-01T10:00:00.000Z',
      },
      goals: [],
      bookedAt: expect.any(String),
      meeting: {
        platform: 'zoom',
        meetingId: expect.stringMatching(/^\d{11}$/),
        joinUrl: expect.any(String),
      },
    });
    expect(asClient).toMatchObject({
      startsAt: asCoach.startsAt,
      timezone: 'America/New_York',
      localStart: '2027-02-08T07:00:00',
    });
    expect(asClient).not.toHaveProperty('net');
  });

  it('A25 A170 explains by its timeline who did what, in order, once each', async () => {
    const { data } = await list('view=all&status=cancelled&sort=startsAt');
    const timeline = await coach.http.get<{
      data: { seq: number; from: string | null; to: string | null; actor: string; text: string }[];
    }>(`/v1/sessions/${data[0]?.id}/timeline`);
    expect(timeline.body.data).toMatchObject([
      { seq: 1, from: null, to: 'scheduled', actor: 'client' },
      { seq: 2, from: 'scheduled', to: 'cancelled', actor: 'coach' },
    ]);
    const rows = await app.database.many(sql<{ id: string }>`
      select t.session_id as id from session_timeline t
      left join audit_entries a on a.coach_id = t.coach_id and a.object_type = 'session' and a.object_id = t.session_id
      where t.kind = 'status_changed' group by t.session_id, t.seq having count(a.id) = 0`);
    expect(rows).toEqual([]);
  });

  it('A171 shows a change at once, under a new ETag', async () => {
    const [row] = (await list('view=upcoming&clientName=anna')).data;
    const before = await anna.http.get(`/v1/sessions/${row?.id}`);
    const changed = await anna.http.put(`/v1/sessions/${row?.id}/preparation`, { focus: 'Something else' });
    expect(changed.status).toBe(200);
    const after = await anna.http.get<SessionSummary>(`/v1/sessions/${row?.id}`);
    expect(after.body).toMatchObject({ preparation: { focus: 'Something else' } });
    expect(after.headers.get('etag')).not.toBe(before.headers.get('etag'));
  });
});
