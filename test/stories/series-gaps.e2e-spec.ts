import { parsePublicId } from '@app/common';
import { sql } from '@app/database';
import { SeriesUnderTest, type OccurrenceBody } from '../support/series';
import { TestApp } from '../support/test-app';
import { World, type ClientWorld, type CoachWorld, type SessionSummary } from '../support/world';

/** Weeks that a series leaves out: what happens in them, and what stands in the way of bringing them back. */
describe('the gaps of a series', () => {
  let app: TestApp;
  let world: World;
  let coach: CoachWorld;
  let client: ClientWorld;
  let other: ClientWorld;
  let offering: { id: string; policyId: string };
  let series: SeriesUnderTest;
  let rows: OccurrenceBody[];
  let minutes = 0;

  beforeAll(async () => {
    app = await TestApp.start({ now: '2027-03-01T09:00:00Z' });
    world = new World(app);
    coach = await world.coach({ zoom: true });
    client = await world.client(coach);
    other = await world.client(coach, { displayName: 'Otto Other' });
    offering = await world.offering(coach, { priceMinor: 0, durationMinutes: 30 });
  });
  afterAll(() => app.stop());
  beforeEach(async () => {
    for (const person of [coach, client, other]) person.http = await world.signedIn(person.accountId);
    const time = `${String(10 + minutes).padStart(2, '0')}:00`;
    minutes += 1;
    series = await SeriesUnderTest.make(coach, client, offering.id, {
      localStart: `2027-03-09T${time}`,
      rule: 'FREQ=WEEKLY;COUNT=4',
    });
    await app.drain();
    rows = await series.occurrences();
  });
  afterEach(async () => {
    await app.drain();
    expect(await app.brokenInvariants()).toEqual([]);
  });

  const take = (row: OccurrenceBody | undefined): Promise<SessionSummary> =>
    world.book(other, offering, row?.startsAt ?? '', { funding: 'free' });
  const states = async (): Promise<string[]> => (await series.occurrences()).map(({ state }) => state);

  it('A111 a skipped one counts as neither cancelled nor missed, uses no payment, and comes back only while its time is free', async () => {
    const [, second] = rows;
    const only = { scope: 'this', occurrences: [second?.originalStartsAt] };
    const before = (await coach.http.get(`/v1/clients/${client.clientId}`)).body['sessionCount'];
    await series.change('skip', only);
    const skipped = await world.read(coach, String(second?.sessionId));
    expect(skipped).toMatchObject({
      status: 'cancelled',
      cancellation: { outcome: 'skipped', by: 'coach' },
      noShow: { by: null },
      payment: null,
      entitlementId: null,
      paymentStatus: 'free',
    });
    for (const view of ['upcoming', 'past']) {
      const { body } = await coach.http.get<{ data: { id: string }[] }>(
        `/v1/sessions?view=${view}&limit=100`,
      );
      expect([view, body.data.some(({ id }) => id === second?.sessionId)]).toEqual([view, false]);
    }
    expect((await coach.http.get(`/v1/clients/${client.clientId}`)).body['sessionCount']).toBe(before);
    const rival = await take(second);
    const refused = await series.plan('unskip', only);
    expect(refused.body.blockedBy).toEqual(['conflicts']);
    expect((await series.apply(refused.body.id)).status).toBe(409);
    expect(await states()).toEqual(['session', 'skipped', 'session', 'session']);
    await other.http.post(`/v1/sessions/${rival.id}/cancel`, {});
    await series.change('unskip', only);
    expect((await series.occurrences())[1]).toMatchObject({ state: 'session', sessionId: second?.sessionId });
  });

  it('A109 a pause has no meeting and no reminder inside, and resuming names what was taken meanwhile', async () => {
    const ids = rows.map(({ sessionId }) => parsePublicId('session', String(sessionId)) ?? '');
    const meetings = async (): Promise<string[]> =>
      (
        await app.database.many(sql<{ state: string }>`
          select m.state from meetings m join unnest(${ids}::uuid[]) with ordinality as each (id, n) on each.id = m.session_id
          order by each.n`)
      ).map(({ state }) => state);
    expect(await meetings()).toEqual(['ready', 'ready', 'ready', 'ready']);
    await series.change('pause', { from: '2027-03-15T00:00:00Z', until: '2027-03-24T00:00:00Z' });
    await app.drain();
    expect(await states()).toEqual(['session', 'paused', 'paused', 'session']);
    expect(await meetings()).toEqual(['ready', 'deleted', 'deleted', 'ready']);
    const taken = await take(rows[2]);
    const plan = await series.plan('resume');
    expect(plan.body.blockedBy).toEqual(['conflicts']);
    const conflicting = plan.body.occurrences.filter(({ conflicts }) => conflicts.length > 0);
    expect(conflicting.map(({ originalStartsAt }) => originalStartsAt)).toEqual([rows[2]?.originalStartsAt]);
    await other.http.post(`/v1/sessions/${taken.id}/cancel`, {});
    app.sandbox.mailbox.clear();
    for (const day of ['15', '16', '17']) await app.advanceTo(`2027-03-${day}T12:00:00Z`);
    const remindersOf = (when: RegExp): string[] =>
      app.sandbox.mailbox.messages
        .filter(({ subject, text }) => subject.startsWith('Reminder:') && when.test(text))
        .map(({ subject }) => subject);
    // 11:00 in Berlin; the other series of this file meets at 10:00.
    expect(remindersOf(/March 16, 2027 at (11:00|06:00) AM/)).toEqual([]);
    expect(remindersOf(/March 16, 2027 at (10:00|05:00) AM/).length).toBeGreaterThan(0);
    coach.http = await world.signedIn(coach.accountId);
    await series.change('resume');
    await app.drain();
    // What passed while it was paused does not come back.
    expect(await states()).toEqual(['session', 'paused', 'session', 'session']);
    expect((await meetings()).slice(2)).toEqual(['ready', 'ready']);
  });
});
