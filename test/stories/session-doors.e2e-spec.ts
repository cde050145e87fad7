import { parsePublicId } from '@app/common';
import { sql } from '@app/database';
import type { Answer } from '../support/http-client';
import { TestApp } from '../support/test-app';
import {
  PASSWORD,
  World,
  type ClientWorld,
  type CoachWorld,
  type Person,
  type SessionSummary,
} from '../support/world';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

interface Row extends SessionSummary {
  statusLabel: string;
  meeting: { state: string; platform: string | null; joinUrl: string | null };
}

/** The room of a session: what its row says of it, who gets in by which door, and on whose clock. */
describe('the door of a session', () => {
  let app: TestApp;
  let world: World;
  let coach: CoachWorld;
  let anna: ClientWorld;
  let zoe: ClientWorld;
  let free: { id: string; policyId: string };

  beforeAll(async () => {
    app = await TestApp.start({ now: '2027-03-01T09:00:00Z' });
    world = new World(app);
    coach = await world.coach({ zoom: true });
    anna = await world.client(coach, { displayName: 'Anna Adler' });
    zoe = await world.client(coach, { displayName: 'Zoe Zimmer' });
    free = await world.offering(coach, { priceMinor: 0 });
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
  it('A5 a row has the link of its meeting, or says how the meeting stands', async () => {
    app.sandbox.faults.inject({
      provider: 'zoom',
      operation: 'POST /v2/users/me/meetings',
      kind: 'server_error',
      times: 2,
    });
    const { id } = await world.book(anna, free, hourAfter(DAY_MS), { funding: 'free' });
    await expect(app.drain()).rejects.toThrow();
    const rowOf = async (): Promise<Row | undefined> =>
      (await list('view=upcoming')).find((row) => row.id === id);
    expect((await rowOf())?.meeting).toMatchObject({ state: 'pending', joinUrl: null });
    await app.redrive();
    expect((await rowOf())?.meeting).toMatchObject({
      state: 'ready',
      platform: 'zoom',
      joinUrl: expect.stringMatching(/^https?:/) as string,
    });
    const states = (await list('view=all')).map(({ meeting }) => meeting);
    expect(states.every(({ state, joinUrl }) => joinUrl !== null || state !== 'ready')).toBe(true);
  });

  it('A6 A7 the door opens 15 elapsed minutes before and closes at the end, though the clocks change in between', async () => {
    // 01:05 in UTC; Berlin jumps from 02:00 to 03:00 at 01:00.
    const night = await world.coach({ zoom: true });
    const guest = await world.client(night, { timezone: 'Europe/Berlin' });
    const offering = await world.offering(night, { priceMinor: 0, durationMinutes: 30 });
    await night.http.patch('/v1/settings', { startIncrementMinutes: 5 });
    const session = await world.book(guest, offering, '2027-03-28T01:05:00Z', { funding: 'free' });
    await app.drain();
    expect(session['localStart']).toBe('2027-03-28T03:05:00');
    const join = (): Promise<Answer> => guest.http.post(`/v1/sessions/${session.id}/join`);
    await app.advanceTo('2027-03-28T00:49:50Z');
    guest.http = await world.signedIn(guest.accountId);
    expect(await actionsOf(guest, session)).not.toContain('join');
    expect(await join()).toMatchObject({ status: 409, body: { availableAt: '2027-03-28T00:50:00.000Z' } });
    await app.advanceTo('2027-03-28T00:50:00Z');
    expect(await actionsOf(guest, session)).toContain('join');
    expect(await join()).toMatchObject({ status: 200, body: { url: expect.any(String) as string } });
    await app.advanceTo('2027-03-28T01:35:01Z');
    expect(await join()).toMatchObject({ status: 409, body: { code: 'video.join_window_closed' } });
  });

  it('A44 A45 joining gives an address for a new tab, or leads there; each call is on record with role and time', async () => {
    const session = await book(anna, hourAfter(HOUR_MS));
    await app.advanceTo(new Date(startOf(session) - 5 * MINUTE_MS));
    for (const person of [coach, anna]) person.http = await world.signedIn(person.accountId);
    const asCoach = await coach.http.post<{ url: string }>(`/v1/sessions/${session.id}/join`);
    const asClient = await anna.http.post<{ url: string }>(`/v1/sessions/${session.id}/join`);
    const { body: link } = await anna.http.get<{ stableUrl: string }>(`/v1/sessions/${session.id}/meeting`);
    const led = await app.http().get(new URL(link.stableUrl).pathname);
    expect([led.status, led.headers.get('location')]).toEqual([302, asClient.body.url]);
    for (const { body } of [asCoach, asClient]) expect(new URL(body.url).protocol).toMatch(/^https?:$/);
    expect((await fetch(asClient.body.url)).status).toBe(200);
    const recorded = await app.database.many(sql<{ role: string; at: Date }>`
      select role, at from join_attempts where session_id = ${parsePublicId('session', session.id)}::uuid order by id`);
    expect(recorded.map(({ role }) => role)).toEqual(['coach', 'client', 'link']);
    for (const { at } of recorded)
      expect(Math.abs(at.getTime() - (startOf(session) - 5 * MINUTE_MS))).toBeLessThan(MINUTE_MS);
    for (const path of ['', '/meeting', '/timeline']) {
      const { body } = await anna.http.get(`/v1/sessions/${session.id}${path}`);
      expect(JSON.stringify(body)).not.toContain(asCoach.body.url.split('?')[1]);
      expect(JSON.stringify(body)).not.toContain('zak');
    }
  });

  it('A174 the coach sees the client’s clock, and that the client’s device was last seen in another zone', async () => {
    const session = await book(zoe, hourAfter(DAY_MS));
    const signIn = (timezone: string): Promise<Answer> =>
      app.http().post('/v1/auth/sign-in', { email: zoe.email, password: PASSWORD, timezone });
    const shown = async (): Promise<unknown> => (await world.read(coach, session.id))['client'];
    const localStart = new Intl.DateTimeFormat('sv-SE', {
      timeZone: 'America/New_York',
      dateStyle: 'short',
      timeStyle: 'medium',
    })
      .format(new Date(session.startsAt))
      .replace(' ', 'T');
    expect((await signIn('America/New_York')).status).toBe(200);
    expect(await shown()).toMatchObject({
      timezone: 'America/New_York',
      localStart,
      timezoneMismatch: false,
    });
    expect((await signIn('Asia/Tokyo')).status).toBe(200);
    expect(await shown()).toMatchObject({ timezone: 'America/New_York', localStart, timezoneMismatch: true });
    const { body } = await coach.http.get<{ timezoneMismatch?: boolean }>(`/v1/clients/${zoe.clientId}`);
    expect(body).toMatchObject({ timezoneMismatch: true });
  });
});
