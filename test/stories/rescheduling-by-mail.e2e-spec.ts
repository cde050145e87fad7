import { parsePublicId } from '@app/common';
import { sql } from '@app/database';
import { CalendarProgram } from '../support/calendar-program';
import { contentsOf } from '../support/database-contents';
import type { Answer } from '../support/http-client';
import { SeriesUnderTest } from '../support/series';
import { TestApp } from '../support/test-app';
import { World, type ClientWorld, type CoachWorld, type Person, type SessionSummary } from '../support/world';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** What the people of a practice get to see of a session that moves: mails with their links, calendars, the timeline. */
describe('rescheduling, as it is read', () => {
  let app: TestApp;
  let world: World;
  let coach: CoachWorld;
  let client: ClientWorld;
  let offering: { id: string; policyId: string };
  let session: SessionSummary;

  beforeAll(async () => {
    app = await TestApp.start({ now: '2027-03-01T09:00:00Z' });
    world = new World(app);
    coach = await world.coach();
    client = await world.client(coach);
    offering = await world.offering(coach, { priceMinor: 0 });
  });
  afterAll(() => app.stop());
  beforeEach(async () => {
    for (const person of [coach, client]) person.http = await world.signedIn(person.accountId);
    app.sandbox.mailbox.clear();
    session = await book();
  });
  afterEach(async () => {
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
  const book = async (startsAt = hourAfter(5 * DAY_MS)): Promise<SessionSummary> => {
    const booked = await world.book(client, offering, startsAt, { funding: 'free' });
    await app.drain();
    return booked;
  };
  const propose = (by: Person, times: string[], of = session, message?: string): Promise<Answer> =>
    by.http.post(`/v1/sessions/${of.id}/reschedule-proposals`, { times, ...(message && { message }) });
  const reschedule = (by: Person, startsAt: string): Promise<Answer> =>
    by.http.post(`/v1/sessions/${session.id}/reschedule`, { startsAt });
  const statuses = async (): Promise<unknown[]> => {
    const { body } = await client.http.get<{ data: { status: string }[] }>(
      `/v1/sessions/${session.id}/reschedule-proposals`,
    );
    return body.data.map(({ status }) => status);
  };
  const heldTimes = async (): Promise<number> => {
    const { count } = await app.database.one(sql<{ count: number }>`
      select count(*)::int as count from calendar_claims
      where kind = 'proposed_time' and session_id = ${parsePublicId('session', session.id)}::uuid`);
    return count;
  };
  const headsTo = ({ email }: Person): string[] =>
    app.sandbox.mailbox.to(email).map(({ subject }) => subject.split(':')[0] ?? '');
  /** Where the link of the newest offer in somebody's mailbox leads. */
  const linkTo = ({ email }: Person): string => {
    const links = app.sandbox.mailbox
      .to(email)
      .flatMap(({ text }) => /(\/v1\/links\/\S+)/.exec(text)?.[1] ?? []);
    expect(links.length).toBeGreaterThan(0);
    return links.at(-1) ?? '';
  };
  const calendarOf = async ({ email }: Person): Promise<CalendarProgram> => {
    const calendar = new CalendarProgram();
    for (const mail of app.sandbox.mailbox.to(email)) await calendar.receive(mail.raw);
    return calendar;
  };

  describe('the mail with the offer', () => {
    it('A73 A75 A77 its link shows without a password and changes nothing; taken, each side is told once; a second choice is refused', async () => {
      const [one, two] = [hourAfter(10 * DAY_MS), hourAfter(10 * DAY_MS)];
      expect((await propose(coach, [one, two], session, 'I am at a conference.')).status).toBe(201);
      await app.drain();
      expect(headsTo(client).filter((head) => head === 'Other times offered')).toHaveLength(1);
      expect(headsTo(coach)).not.toContain('Other times offered');
      const [mail] = app.sandbox.mailbox.to(client.email).filter(({ text }) => text.includes('/v1/links/'));
      expect(mail?.text).toContain('> I am at a conference.');
      const path = linkTo(client);
      const before = await contentsOf(app.database);
      expect(await app.http().get(path)).toMatchObject({
        status: 200,
        body: {
          purpose: 'move',
          status: 'open',
          message: 'I am at a conference.',
          startsAt: session.startsAt,
        },
      });
      expect(await contentsOf(app.database)).toEqual(before);
      app.sandbox.mailbox.clear();
      const taken = await app.http().post(path, { act: 'accept', startsAt: two });
      expect(taken).toMatchObject({ status: 200, body: { status: 'accepted', startsAt: two } });
      for (const again of [{ act: 'accept', startsAt: one }, { act: 'decline' }])
        expect(await app.http().post(path, again)).toMatchObject({
          status: 409,
          body: {
            code: 'proposals.closed',
            proposalStatus: 'accepted',
            detail: expect.any(String) as string,
          },
        });
      await app.drain();
      for (const [person, zone] of [
        [coach, 'Europe/Berlin'],
        [client, 'America/New_York'],
      ] as const) {
        expect(headsTo(person)).toEqual(['New time']);
        expect(app.sandbox.mailbox.to(person.email)[0]?.text).toContain(`(${zone})`);
      }
      expect((await world.read(client, session.id)).startsAt).toBe(two);
      expect(await heldTimes()).toBe(0);
    });

    it('A73 its link serves no other offer, is over with the offer, and dies of neither a guess nor a change', async () => {
      await propose(coach, [hourAfter(10 * DAY_MS)]);
      await app.drain();
      const first = linkTo(client);
      await client.http.post(`/v1/sessions/${session.id}/cancel`, {});
      session = await book();
      const [time] = [hourAfter(10 * DAY_MS)];
      await propose(coach, [time]);
      await app.drain();
      const second = linkTo(client);
      expect(second).not.toBe(first);
      expect(await app.http().post(first, { act: 'accept', startsAt: time })).toMatchObject({
        status: 409,
        body: { code: 'proposals.closed', proposalStatus: 'superseded' },
      });
      const deadEnd = { status: 404, body: { code: 'links.not_found' } };
      expect(await app.http().get(`${second.slice(0, -1)}${second.endsWith('A') ? 'B' : 'A'}`)).toMatchObject(
        deadEnd,
      );
      await app.advance(48 * 3_600 + 1);
      expect(await app.http().get(second)).toMatchObject(deadEnd);
      expect(await app.http().post(second, { act: 'accept', startsAt: time })).toMatchObject(deadEnd);
      client.http = await world.signedIn(client.accountId);
      expect([await statuses(), (await world.read(client, session.id)).startsAt]).toEqual([
        ['expired'],
        session.startsAt,
      ]);
    });
  });

  it('A74 A81 calendars that are fed by mail hold one event at the new time: by an offer, and by each of four moves more', async () => {
    const times = [hourAfter(10 * DAY_MS)];
    await propose(coach, times);
    await app.drain();
    await app.http().post(linkTo(client), { act: 'accept', startsAt: times[0] });
    await app.drain();
    for (const by of [client, coach, client, coach]) {
      times.push(hourAfter(10 * DAY_MS));
      expect((await reschedule(by, times.at(-1) ?? '')).status).toBe(200);
      await app.drain();
    }
    for (const person of [coach, client]) {
      const invitations = app.sandbox.mailbox.to(person.email).filter(({ icalendar }) => icalendar !== null);
      expect(invitations.map(({ icalendarMethod }) => icalendarMethod)).toEqual(Array(6).fill('REQUEST'));
      for (const { icalendar } of invitations) expect(icalendar).toMatch(/^METHOD:REQUEST\r?$/m);
      const calendar = await calendarOf(person);
      expect(calendar.uids).toHaveLength(1);
      expect([...calendar.sequences.values()]).toEqual([[0, 1, 2, 3, 4, 5]]);
      expect(calendar.organizers.size).toBe(1);
      expect(calendar.shown('2028-01-01T00:00:00Z').map(([start]) => start)).toEqual(times.slice(-1));
    }
  });

  it('A71 three requests of one client wait for a coach at once, and a fourth is refused', async () => {
    const sessions = [session, await book(), await book(), await book()];
    const ask = (of: SessionSummary): Promise<Answer> => propose(client, [], of);
    const asked = [];
    for (const each of sessions.slice(0, 3)) asked.push(await ask(each));
    expect(asked.map(({ status }) => status)).toEqual([201, 201, 201]);
    const fourth = sessions[3] ?? session;
    expect(await ask(fourth)).toMatchObject({
      status: 429,
      body: { code: 'proposals.too_many_requests' },
    });
    // The coach may offer times all the same, and an answered request makes room.
    const declined = await coach.http.post(
      `/v1/reschedule-proposals/${String(asked[0]?.body['id'])}/decline`,
    );
    expect(declined.status).toBe(200);
    expect((await ask(fourth)).status).toBe(201);
    for (const each of sessions.slice(1))
      expect((await client.http.post(`/v1/sessions/${each.id}/cancel`, {})).status).toBe(200);
  });

  it('a session that is completed closes what is open for it, also before the worker has come by', async () => {
    await app.advanceTo(new Date(Date.parse(session.startsAt) - HOUR_MS));
    expect((await propose(coach, [hourAfter(10 * DAY_MS)])).status).toBe(201);
    await app.sandbox.advanceClock(3_600 + 60);
    coach.http = await world.signedIn(coach.accountId);
    client.http = await world.signedIn(client.accountId);
    expect((await coach.http.post(`/v1/sessions/${session.id}/complete`)).status).toBe(200);
    expect([await statuses(), await heldTimes()]).toEqual([['superseded'], 0]);
    await app.sweep();
    expect(await statuses()).toEqual(['superseded']);
    expect(headsTo(client)).not.toContain('No answer');
  });

  describe('the timeline', () => {
    const lastOf = async (person: Person, id = session.id): Promise<Record<string, unknown>> => {
      const { body } = await person.http.get<{ data: Record<string, unknown>[] }>(
        `/v1/sessions/${id}/timeline`,
      );
      return body.data.findLast(({ kind }) => kind === 'moved') ?? {};
    };

    it('A31 names the old and the new time of a move, on the clock of who reads it', async () => {
      session = await book('2027-04-12T08:00:00Z');
      expect((await reschedule(client, '2027-04-13T09:30:00Z')).status).toBe(200);
      expect(await lastOf(coach)).toMatchObject({
        actor: 'client',
        moved: {
          from: { startsAt: '2027-04-12T08:00:00.000Z', localStart: '2027-04-12T10:00:00' },
          to: { startsAt: '2027-04-13T09:30:00.000Z', localStart: '2027-04-13T11:30:00' },
          timezone: 'Europe/Berlin',
        },
        text: expect.stringMatching(
          /^Moved by the client from Monday.*10:00.* \(Europe\/Berlin\) to Tuesday.*11:30.* \(Europe\/Berlin\)\.$/,
        ) as string,
      });
      expect(await lastOf(client)).toMatchObject({
        moved: {
          from: { localStart: '2027-04-12T04:00:00' },
          to: { localStart: '2027-04-13T05:30:00' },
          timezone: 'America/New_York',
        },
        text: expect.stringContaining('(America/New_York)') as string,
      });
      const proposal = await propose(coach, ['2027-04-14T08:00:00.000Z']);
      await client.http.post(`/v1/reschedule-proposals/${String(proposal.body['id'])}/accept`, {
        startsAt: '2027-04-14T08:00:00.000Z',
      });
      expect(await lastOf(coach)).toMatchObject({
        actor: 'client',
        moved: { from: { localStart: '2027-04-13T11:30:00' }, to: { localStart: '2027-04-14T10:00:00' } },
      });
      const { body } = await coach.http.get<{ data: Record<string, unknown>[] }>(
        `/v1/sessions/${session.id}/timeline`,
      );
      expect(body.data.find(({ kind }) => kind === 'proposal_accepted')?.['text']).toMatch(
        /^Wednesday.*10:00.* \(Europe\/Berlin\) was chosen by the client\.$/,
      );
      expect(body.data.filter(({ kind }) => kind !== 'moved').every(({ moved }) => moved === null)).toBe(
        true,
      );
    });

    it('A31 names them for each session of a series that moves', async () => {
      const series = await SeriesUnderTest.make(coach, client, offering.id, {
        localStart: '2027-04-20T14:00',
        rule: 'FREQ=WEEKLY;COUNT=2',
      });
      await series.change('move', { scope: 'all_future', localStart: '2027-04-21T15:30' });
      const occurrences = await series.occurrences();
      expect(occurrences).toHaveLength(2);
      for (const [index, { sessionId }] of occurrences.entries())
        expect(await lastOf(coach, String(sessionId))).toMatchObject({
          actor: 'coach',
          moved: {
            from: { localStart: ['2027-04-20T14:00:00', '2027-04-27T14:00:00'][index] },
            to: { localStart: ['2027-04-21T15:30:00', '2027-04-28T15:30:00'][index] },
          },
          text: expect.stringContaining('to Wednesday, April ') as string,
        });
    });
  });
});
