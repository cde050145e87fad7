import { newId, parsePublicId } from '@app/common';
import { sql } from '@app/database';
import { auditOf } from '../support/history';
import { TestApp } from '../support/test-app';
import { World, type ClientWorld, type CoachWorld, type SessionSummary } from '../support/world';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

interface Explained {
  isShown: boolean;
  hiddenBy: { parameter: string; detail: string }[];
  status: string;
  lastChange: string;
  changedAt: string;
  changedBy: string;
}

/** What surrounds a session: the brief before it, the rating and the next booking after it, and why a list leaves it out. */
describe('before and after sessions', () => {
  let app: TestApp;
  let world: World;
  let coach: CoachWorld;
  let client: ClientWorld;
  let offering: { id: string; policyId: string };
  let first: SessionSummary;

  beforeAll(async () => {
    app = await TestApp.start({ now: '2027-02-20T09:00:00Z' });
    world = new World(app);
    coach = await world.coach({ timezone: 'Europe/Berlin' });
    client = await world.client(coach, { displayName: 'Zoë Ärger' });
    offering = await world.offering(coach, { priceMinor: 0 });
    first = await book('2027-03-01T10:00:00Z');
    await app.advanceTo('2027-03-01T11:00:01Z');
  });
  afterEach(async () => {
    await app.drain();
    expect(await app.brokenInvariants()).toEqual([]);
  });
  afterAll(() => app.stop());

  const book = (startsAt: string, more: Record<string, unknown> = {}): Promise<SessionSummary> =>
    world.book(client, offering, startsAt, { funding: 'free', ...more });
  const rate = (
    body: Record<string, unknown>,
    headers: Record<string, string> = {},
  ): ReturnType<typeof client.http.put> => client.http.put(`/v1/sessions/${first.id}/rating`, body, headers);

  it('A52 shows the coach before a session what the client wants, the goals and the last notes of both kinds', async () => {
    const at = (path: string): string => `/v1/sessions/${first.id}${path}`;
    await coach.http.post(at('/notes'), { visibility: 'shared', body: 'Practise the opening.' });
    await coach.http.post(at('/notes'), { visibility: 'private', body: 'canary-91ab is nervous.' });
    const upcoming = await book('2027-03-08T10:00:00Z', {
      preparation: { focus: 'The talk', questions: 'How?' },
    });
    await makeGoal('Lead a team', 'active', upcoming);
    await makeGoal('Sleep well', 'active', null);
    await makeGoal('Long done', 'achieved', null);
    const brief = await coach.http.get<{
      goals: { title: string }[];
      notes: { body: string; visibility: string }[];
    }>(`/v1/sessions/${upcoming.id}/brief`);
    expect(brief).toMatchObject({
      status: 200,
      body: {
        preparation: { focus: 'The talk', questions: 'How?', background: null },
        goals: [
          { title: 'Lead a team', ofThisSession: true },
          { title: 'Sleep well', ofThisSession: false },
        ],
        notes: [
          { visibility: 'private', body: 'canary-91ab is nervous.' },
          { visibility: 'shared', body: 'Practise the opening.' },
        ],
        sessionCount: 1,
        lastSessionAt: first.startsAt,
      },
    });
    expect((await client.http.get(`/v1/sessions/${upcoming.id}/brief`)).status).toBe(403);
  });

  it('is rated by the client once it is completed; the rating is changed within 14 days and stays from then on', async () => {
    const early = await book('2027-03-09T10:00:00Z');
    const refused = await client.http.put(`/v1/sessions/${early.id}/rating`, { rating: 5 });
    expect(refused).toMatchObject({ status: 409, body: { code: 'sessions.action_not_allowed' } });
    expect((await rate({ rating: 6 })).status).toBe(400);
    const { version } = await world.read(client, first.id);
    expect((await rate({ rating: 4, comment: 'Good.' }, { 'if-match': '"1"' })).status).toBe(412);
    expect(await rate({ rating: 4, comment: 'Good.' }, { 'if-match': `"${version}"` })).toMatchObject({
      status: 200,
      body: { rating: 4, ratingComment: 'Good.', version: version + 1 },
    });
    const since = app.sandbox.now().getTime();
    await app.advanceTo(new Date(since + 14 * DAY_MS - 60_000));
    expect(await rate({ rating: 5 })).toMatchObject({
      status: 200,
      body: { rating: 5, ratingComment: null },
    });
    await app.advanceTo(new Date(since + 14 * DAY_MS + 1_000));
    const late = await rate({ rating: 1 });
    expect(late).toMatchObject({ status: 409, body: { code: 'sessions.action_not_allowed' } });
    expect(await world.read(coach, first.id)).toMatchObject({ rating: 5 });
    expect((await auditOf(app, first.id)).filter((action) => action === 'session.rate')).toHaveLength(2);
  });

  it('A155 books the next one after a session that is over, for the same client, of the same offering, paid in the same way', async () => {
    const next = await coach.http.post<SessionSummary>(`/v1/sessions/${first.id}/book-next`, {
      startsAt: '2027-04-05T10:00:00Z',
    });
    expect(next).toMatchObject({
      status: 201,
      body: {
        status: 'scheduled',
        funding: 'free',
        followsSessionId: first.id,
        client: { id: client.clientId },
        offering: { id: offering.id },
        startsAt: '2027-04-05T10:00:00.000Z',
      },
    });
    const again = await coach.http.post(`/v1/sessions/${next.body.id}/book-next`, {
      startsAt: '2027-04-06T10:00:00Z',
    });
    expect(again).toMatchObject({ status: 409, body: { code: 'sessions.action_not_allowed' } });
    const taken = await coach.http.post(`/v1/sessions/${first.id}/book-next`, {
      startsAt: '2027-04-05T10:00:00Z',
    });
    expect(taken).toMatchObject({ status: 409, body: { code: 'sessions.slot_taken' } });
    const own = await client.http.post(`/v1/sessions/${first.id}/book-next`, {
      startsAt: '2027-04-07T10:00:00Z',
    });
    expect(own).toMatchObject({ status: 422, body: { code: 'policies.not_accepted' } });
  });

  it('A170 says which filters leave a session out, exactly those that do, and who cancelled it when', async () => {
    const session = await book('2027-04-10T10:00:00Z');
    await coach.http.post(`/v1/sessions/${session.id}/cancel`, {
      reason: 'I am ill.',
      reasonCode: 'illness',
    });
    const explained = await explain(
      session,
      'view=upcoming&status=scheduled,held&clientName=zoe&reasonCode=illness',
    );
    expect(explained).toMatchObject({
      isShown: false,
      hiddenBy: [
        { parameter: 'view', detail: expect.stringContaining('is cancelled') },
        { parameter: 'status', detail: expect.stringContaining('not scheduled or held') },
      ],
      status: 'cancelled',
      lastChange: 'Scheduled became cancelled (by coach) by the coach. I am ill.',
      changedAt: expect.any(String),
      changedBy: 'coach',
    });
    const filters = [
      'view=past',
      'view=upcoming',
      'view=all&status=cancelled',
      'view=all&status=completed',
      'view=all&type=recurring',
      'view=all&type=single',
      'view=all&paymentStatus=paid',
      `view=all&clientId=${client.clientId}`,
      'view=all&clientName=arger',
      'view=all&clientName=nobody',
      'view=all&reasonCode=weather',
      'view=all&startsFrom=2027-04-10T10:00:00Z',
      'view=all&startsFrom=2027-04-10T10:00:01Z',
      'view=all&startsTo=2027-04-10T10:00:00Z',
      'view=all&startsTo=2027-04-10T10:00:01Z',
    ];
    for (const filter of filters) {
      const list = await coach.http.get<{ data: { id: string }[] }>(`/v1/sessions?${filter}&limit=100`);
      const isShown = list.body.data.some(({ id }) => id === session.id);
      expect([filter, (await explain(session, filter)).isShown]).toEqual([filter, isShown]);
    }
    const stranger = await world.coach();
    expect((await stranger.http.get(`/v1/sessions/${session.id}/explain`)).status).toBe(404);
  });

  it('A171 shows a change to the next reader at once, under another ETag', async () => {
    const session = await book('2027-04-12T10:00:00Z');
    const read = (): ReturnType<typeof coach.http.get> => coach.http.get(`/v1/sessions/${session.id}`);
    const before = await read();
    await client.http.put(`/v1/sessions/${session.id}/preparation`, { focus: 'My team' });
    const after = await read();
    expect(after.body).toMatchObject({ preparation: { focus: 'My team' } });
    expect(after.headers.get('etag')).not.toBe(before.headers.get('etag'));
  });

  it('A31 A173 shows each reader the local time at once when the zone is changed, and moves no session', async () => {
    const session = await book('2027-05-03T10:00:00Z');
    expect(await world.read(coach, session.id)).toMatchObject({
      startsAt: '2027-05-03T10:00:00.000Z',
      timezone: 'Europe/Berlin',
      localStart: '2027-05-03T12:00:00',
      client: { timezone: 'America/New_York' },
    });
    const changed = await coach.http.patch('/v1/settings', {
      timezone: 'Asia/Tokyo',
      workingHours: 'keep_local',
    });
    expect(changed.status).toBe(200);
    // The same token as before: the zone is read with each request.
    expect(await world.read(coach, session.id)).toMatchObject({
      startsAt: '2027-05-03T10:00:00.000Z',
      timezone: 'Asia/Tokyo',
      localStart: '2027-05-03T19:00:00',
    });
    expect(await world.read(client, session.id)).toMatchObject({
      startsAt: '2027-05-03T10:00:00.000Z',
      timezone: 'America/New_York',
      localStart: '2027-05-03T06:00:00',
    });
  });

  it('A174 shows the coach the session on the client’s clock, and when the client was last seen in another zone', async () => {
    const session = await book('2027-05-10T10:00:00Z');
    expect(await world.read(coach, session.id)).toMatchObject({
      client: { timezone: 'America/New_York', localStart: '2027-05-10T06:00:00', timezoneMismatch: false },
    });
    await app.database.execute(
      sql`update accounts set last_seen_timezone = 'Asia/Tokyo' where id = ${client.accountId}::uuid`,
    );
    expect(await world.read(coach, session.id)).toMatchObject({ client: { timezoneMismatch: true } });
  });

  async function explain(session: SessionSummary, filter: string): Promise<Explained> {
    const answer = await coach.http.get<Explained>(`/v1/sessions/${session.id}/explain?${filter}`);
    expect([answer.status, answer.body]).toEqual([200, answer.body]);
    return answer.body;
  }

  /** Goals have no operation yet. */
  async function makeGoal(title: string, status: string, session: SessionSummary | null): Promise<void> {
    const id = newId();
    await app.database.execute(sql`
      insert into goals (coach_id, id, client_id, title, status, created_at, updated_at)
      values (${coach.coachId}::uuid, ${id}::uuid, ${parsePublicId('client', client.clientId)}::uuid, ${title}, ${status}, app_now(), app_now())`);
    if (session === null) return;
    await app.database.execute(sql`
      insert into session_goals (coach_id, session_id, goal_id, linked_at)
      values (${coach.coachId}::uuid, ${parsePublicId('session', session.id)}::uuid, ${id}::uuid, app_now())`);
  }
});
