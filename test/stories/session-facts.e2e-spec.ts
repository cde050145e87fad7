import type { Answer } from '../support/http-client';
import { mark, noShowQuote } from '../support/no-shows';
import { TestApp } from '../support/test-app';
import { World, type ClientWorld, type CoachWorld, type Person, type SessionSummary } from '../support/world';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

interface Row extends SessionSummary {
  statusLabel: string;
  meeting: { state: string; platform: string | null; joinUrl: string | null };
}

/** What a session tells of itself and of its people, to whom, and when. */
describe('what a session shows', () => {
  let app: TestApp;
  let world: World;
  let coach: CoachWorld;
  let anna: ClientWorld;
  let zoe: ClientWorld;
  let free: { id: string; policyId: string };
  let paid: { id: string; policyId: string };

  beforeAll(async () => {
    app = await TestApp.start({ now: '2027-03-01T09:00:00Z' });
    world = new World(app);
    coach = await world.coach({ payouts: true, zoom: true });
    anna = await world.client(coach, { displayName: 'Anna Adler' });
    zoe = await world.client(coach, { displayName: 'Zoe Zimmer' });
    free = await world.offering(coach, { priceMinor: 0 });
    paid = await world.offering(coach);
  });
  afterAll(() => app.stop());
  beforeEach(async () => {
    for (const person of [coach, anna, zoe]) person.http = await world.signedIn(person.accountId);
  });
  afterEach(async () => {
    app.sandbox.faults.clear();
    await app.drain();
    expect(await app.brokenInvariants()).toEqual([]);
  });

  let hours = 0;
  const hourAfter = (ms: number): string => {
    hours += 2;
    return new Date(
      Math.ceil((app.sandbox.now().getTime() + ms) / HOUR_MS) * HOUR_MS + hours * HOUR_MS,
    ).toISOString();
  };
  const book = async (client = anna, startsAt = hourAfter(DAY_MS)): Promise<SessionSummary> => {
    const session = await world.book(client, free, startsAt, { funding: 'free' });
    await app.drain();
    return session;
  };
  const startOf = (session: SessionSummary): number => Date.parse(session.startsAt);
  const list = async (query: string, person: Person = coach): Promise<Row[]> => {
    const answer = await person.http.get<{ data: Row[] }>(`/v1/sessions?limit=100&${query}`);
    expect(answer.status).toBe(200);
    return answer.body.data;
  };
  const actionsOf = async (person: Person, session: SessionSummary): Promise<string[]> =>
    (await world.read(person, session.id)).allowedActions;
  const missed = async (session: SessionSummary, by: Person, who: 'client' | 'coach'): Promise<void> => {
    await app.advanceTo(new Date(startOf(session) + 10 * MINUTE_MS));
    const quoted = await noShowQuote(by, session, who);
    expect(quoted.status).toBe(201);
    expect((await mark(by, session, { quoteId: quoted.body.id })).status).toBe(200);
  };

  it('A8 A26 A27 A30 A35 tells everything in one call; who and when it was booked stays when it moves', async () => {
    const nina = await world.client(coach, { displayName: 'Nina Neu' });
    const contact = { phone: '+49 30 1234567', photoUrl: 'https://pictures.example/nina.jpg' };
    expect((await coach.http.patch(`/v1/clients/${nina.clientId}`, contact)).status).toBe(200);
    const first = await book(nina);
    const shown = await world.read(coach, first.id);
    expect(shown).toMatchObject({
      client: {
        displayName: 'Nina Neu',
        email: nina.email,
        phone: contact.phone,
        photoUrl: contact.photoUrl,
        timezone: 'America/New_York',
        sessionCount: 0,
        lastSessionAt: null,
      },
      coach: { timezone: 'Europe/Berlin' },
      goals: [],
      type: 'single',
      scheduledMinutes: 60,
      actualMinutes: null,
      price: { amount: 0, currency: 'EUR' },
      paymentStatus: 'free',
      bookedBy: 'client',
      preparation: { focus: null, questions: null, background: null },
      meeting: {
        platform: 'zoom',
        meetingId: expect.any(String) as string,
        joinUrl: expect.any(String) as string,
        password: expect.any(String) as string,
        dialIn: expect.arrayContaining([]) as unknown[],
      },
      policy: { id: free.policyId },
      cancellation: null,
      followsSessionId: null,
      nextSessionIds: [],
    });
    const moved = await coach.http.post(`/v1/sessions/${first.id}/reschedule`, {
      startsAt: hourAfter(DAY_MS),
    });
    expect(moved).toMatchObject({ status: 200, body: { bookedAt: shown['bookedAt'], bookedBy: 'client' } });
    expect(moved.body['startsAt']).not.toBe(first.startsAt);

    for (const path of [
      'sessions?view=all',
      'slots',
      'me',
      'notifications',
      'offerings',
      `sessions/${first.id}`,
    ]) {
      const query =
        path === 'slots' ? `?offeringId=${free.id}&from=2027-03-02&to=2027-03-09&timezone=UTC` : '';
      const { body } = await zoe.http.get(`/v1/${path}${query}`);
      for (const secret of [nina.email, contact.phone, contact.photoUrl, 'Nina'])
        expect([path, JSON.stringify(body).includes(secret)]).toEqual([path, false]);
    }
    const { body: link } = await nina.http.get<{ stableUrl: string }>(`/v1/sessions/${first.id}/meeting`);
    const page = await app.http().get<string>(new URL(link.stableUrl).pathname, { accept: 'text/html' });
    expect(page.status).toBe(409);
    for (const secret of [nina.email, contact.phone]) expect(page.body).not.toContain(secret);
    await nina.http.post(`/v1/sessions/${first.id}/cancel`, {});
  });

  it('A40 A41 A42 A43 what the client wrote when booking is shown to the coach as it is, and theirs to change until the start', async () => {
    const preparation = {
      focus: 'My first team\n– and me',
      questions: 'How do I begin?',
      background: 'Lead since May <b>2026</b>',
    };
    const startsAt = hourAfter(HOUR_MS);
    const session = await world.book(anna, free, startsAt, { funding: 'free', preparation });
    expect(await world.read(coach, session.id)).toMatchObject({ preparation });
    const write = (by: Person, focus: string): Promise<Answer> =>
      by.http.put(`/v1/sessions/${session.id}/preparation`, { ...preparation, focus });
    expect((await write(anna, 'My second team')).status).toBe(200);
    expect((await write(coach, 'The coach’s')).status).toBe(403);
    expect((await write(zoe, 'Somebody else’s')).status).toBe(404);
    await app.advanceTo(startsAt);
    anna.http = await world.signedIn(anna.accountId);
    expect(await write(anna, 'Too late')).toMatchObject({
      status: 409,
      body: { code: 'sessions.action_not_allowed' },
    });
    expect(await world.read(coach, session.id)).toMatchObject({
      preparation: { ...preparation, focus: 'My second team' },
    });
  });

  it('A29 the count of a client’s sessions is of those that were completed, whatever is cancelled or moved', async () => {
    const count = async (): Promise<unknown> =>
      (await coach.http.get(`/v1/clients/${zoe.clientId}`)).body['sessionCount'];
    const [done, called, shifted] = [await book(zoe, hourAfter(0)), await book(zoe), await book(zoe)];
    await zoe.http.post(`/v1/sessions/${called.id}/cancel`, {});
    await coach.http.post(`/v1/sessions/${shifted.id}/reschedule`, { startsAt: hourAfter(2 * DAY_MS) });
    expect(await count()).toBe(0);
    await app.advanceTo(new Date(startOf(done) + HOUR_MS + 1_000));
    expect(await count()).toBe(1);
    expect(await world.read(coach, shifted.id)).toMatchObject({
      client: { sessionCount: 1, lastSessionAt: done.startsAt },
    });
    await zoe.http.post(`/v1/sessions/${shifted.id}/cancel`, {});
    expect(await count()).toBe(1);
  });

  it('A21 a booking that needs payment is a hold, which ends unpaid after 15 minutes and frees its time', async () => {
    const startsAt = hourAfter(DAY_MS);
    const hold = await world.book(anna, paid, startsAt);
    expect(hold).toMatchObject({ status: 'held', paymentStatus: 'unpaid' });
    const tryZoe = (): Promise<Answer> =>
      zoe.http.post('/v1/sessions', {
        offeringId: free.id,
        startsAt,
        funding: 'free',
        acceptedPolicyId: free.policyId,
      });
    expect((await tryZoe()).status).toBe(409);
    await app.advance(15 * 60 + 1);
    expect(await world.read(anna, hold.id)).toMatchObject({
      status: 'cancelled',
      cancellation: { by: 'system', outcome: 'hold_expired' },
    });
    expect((await tryZoe()).status).toBe(201);
  });

  it('A19 A100 marking as missed is offered from the start until 7 days after the end, and never for a cancelled session', async () => {
    const [cancelled, session] = [await book(), await book()];
    expect((await anna.http.post(`/v1/sessions/${cancelled.id}/cancel`, {})).status).toBe(200);
    const refused = { status: 409, body: { code: 'sessions.action_not_allowed' } };
    const isOffered = async (): Promise<boolean> =>
      (await actionsOf(coach, session)).includes('mark_no_show');
    await app.advanceTo(new Date(startOf(session) - 10_000));
    coach.http = await world.signedIn(coach.accountId);
    expect(await isOffered()).toBe(false);
    expect(await noShowQuote(coach, session)).toMatchObject(refused);
    await app.advanceTo(session.startsAt);
    expect(await isOffered()).toBe(true);
    const quoted = await noShowQuote(coach, session);
    expect(quoted.status).toBe(201);
    expect(await actionsOf(coach, cancelled)).not.toContain('mark_no_show');
    expect(await noShowQuote(coach, cancelled)).toMatchObject(refused);
    expect(await mark(coach, cancelled, { quoteId: quoted.body.id })).toMatchObject(refused);
    await app.advanceTo(new Date(startOf(session) + HOUR_MS + 7 * DAY_MS - 10_000));
    coach.http = await world.signedIn(coach.accountId);
    expect(await isOffered()).toBe(true);
    const late = await noShowQuote(coach, session);
    await app.advanceTo(new Date(startOf(session) + HOUR_MS + 7 * DAY_MS + 1_000));
    expect(await isOffered()).toBe(false);
    expect(await mark(coach, session, { quoteId: late.body.id })).toMatchObject(refused);
    expect((await world.read(coach, session.id)).status).toBe('completed');
  });

  it('A13 A15 A24 past sessions come latest first and labelled; of a missed one, who missed it, who said so and when', async () => {
    const admin = await world.admin();
    const practice = await world.coach();
    const guest = await world.client(practice);
    const offering = await world.offering(practice, { priceMinor: 0 });
    const sessions: SessionSummary[] = [];
    for (const _ of ['completed', 'cancelled', 'client missed', 'coach missed'])
      sessions.push(await world.book(guest, offering, hourAfter(HOUR_MS), { funding: 'free' }));
    const [done, called, byClient, byCoach] = sessions as [Row, Row, Row, Row];
    await guest.http.post(`/v1/sessions/${called.id}/cancel`, {});
    await missed(byClient, practice, 'client');
    await missed(byCoach, admin, 'coach');
    await app.advanceTo(new Date(startOf(byCoach) + DAY_MS));
    practice.http = await world.signedIn(practice.accountId);
    const past = await list('view=past', practice);
    expect(past.map(({ id, status, statusLabel }) => [id, status, statusLabel])).toEqual([
      [byCoach.id, 'no_show', 'No-show'],
      [byClient.id, 'no_show', 'No-show'],
      [called.id, 'cancelled', 'Cancelled'],
      [done.id, 'completed', 'Completed'],
    ]);
    for (const [session, by, markedBy] of [
      [byClient, 'client', 'coach'],
      [byCoach, 'coach', 'admin'],
    ] as const) {
      const { noShow } = (await world.read(practice, session.id)) as unknown as {
        noShow: { by: string; markedAt: string };
      };
      expect(noShow.by).toBe(by);
      expect(Date.parse(noShow.markedAt) - startOf(session)).toBeGreaterThanOrEqual(10 * MINUTE_MS);
      const story = await practice.http.get(`/v1/sessions/${session.id}/no-show`);
      expect(story.body['markings']).toMatchObject([
        { by, markedBy, markedAt: noShow.markedAt, endedAt: null },
      ]);
      const timeline = await practice.http.get<{ data: Record<string, unknown>[] }>(
        `/v1/sessions/${session.id}/timeline`,
      );
      expect(timeline.body.data.at(-1)).toMatchObject({ to: 'no_show', actor: markedBy });
    }
  });

  it('A16 the history of a client has every session with them in any state, page by page', async () => {
    const practice = await world.coach({ payouts: true });
    const guest = await world.client(practice);
    const other = await world.client(practice);
    const [gratis, sold] = [
      await world.offering(practice, { priceMinor: 0 }),
      await world.offering(practice),
    ];
    const bookFree = (who: ClientWorld, startsAt: string): Promise<SessionSummary> =>
      world.book(who, gratis, startsAt, { funding: 'free' });
    const sessions = [
      await bookFree(guest, hourAfter(0)),
      await bookFree(guest, hourAfter(0)),
      await bookFree(guest, hourAfter(2 * DAY_MS)),
      await bookFree(guest, hourAfter(2 * DAY_MS)),
    ];
    await bookFree(other, hourAfter(2 * DAY_MS));
    await guest.http.post(`/v1/sessions/${sessions[3]?.id ?? ''}/cancel`, {});
    await missed(sessions[1] as SessionSummary, practice, 'client');
    await app.advanceTo(new Date(startOf(sessions[1] as SessionSummary) + HOUR_MS + 1_000));
    for (const person of [practice, guest]) person.http = await world.signedIn(person.accountId);
    sessions.push(await world.book(guest, sold, hourAfter(3 * DAY_MS)));
    const seen: Row[] = [];
    for (let cursor = ''; ;) {
      const { body } = await practice.http.get<{ data: Row[]; nextCursor: string | null }>(
        `/v1/clients/${guest.clientId}/sessions?limit=2${cursor}`,
      );
      expect(body.data.length).toBeLessThanOrEqual(2);
      seen.push(...body.data);
      if (body.nextCursor === null) break;
      cursor = `&cursor=${body.nextCursor}`;
    }
    expect(new Map(seen.map(({ id, status }) => [id, status]))).toEqual(
      new Map(
        ['completed', 'no_show', 'scheduled', 'cancelled', 'held'].map((status, index) => [
          sessions[index]?.id,
          status,
        ]),
      ),
    );
    expect(seen).toHaveLength(5);
  });
});
