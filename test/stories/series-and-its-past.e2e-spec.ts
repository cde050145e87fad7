import { parsePublicId } from '@app/common';
import { sql } from '@app/database';
import { mark, noShowQuote } from '../support/no-shows';
import { SeriesUnderTest, type OccurrenceBody } from '../support/series';
import { TestApp } from '../support/test-app';
import { World, type ClientWorld, type CoachWorld } from '../support/world';

const HOUR_MS = 3_600_000;

/** Seven Mondays: completed, missed, completed, cancelled by itself, under way, skipped, to come. */
describe('A114 a series that is cancelled whole, its past included', () => {
  let app: TestApp;
  let world: World;
  let coach: CoachWorld;
  let client: ClientWorld;
  let series: SeriesUnderTest;
  let rows: OccurrenceBody[];

  const planWith = (past?: { sessionId: unknown; refund: string }[]) =>
    series.plan('cancel', { scope: 'all_including_past', ...(past && { past }) });
  const idOf = (index: number): string => String(rows[index]?.sessionId);
  const startOf = (index: number): number => Date.parse(String(rows[index]?.startsAt));
  const begun = (): { sessionId: string; refund: string }[] => [
    { sessionId: idOf(0), refund: 'full' },
    { sessionId: idOf(1), refund: 'none' },
    { sessionId: idOf(2), refund: 'none' },
    { sessionId: idOf(4), refund: 'full' },
  ];
  const countOf = async (): Promise<{ completed: number; last: Date | null }> =>
    app.database.one(sql<{ completed: number; last: Date | null }>`
      select completed_sessions as completed, last_session_at as last from clients
      where id = ${parsePublicId('client', client.clientId)}::uuid`);

  beforeAll(async () => {
    app = await TestApp.start({ now: '2027-01-04T08:00:00Z' });
    world = new World(app);
    coach = await world.coach();
    client = await world.client(coach);
    const free = await world.offering(coach, { priceMinor: 0 });
    series = await SeriesUnderTest.make(coach, client, free.id, {
      localStart: '2027-01-11T10:00',
      rule: 'FREQ=WEEKLY;COUNT=7',
    });
    rows = await series.occurrences();
    await series.change('cancel', { scope: 'this', occurrences: [rows[3]?.originalStartsAt] });
    await series.change('skip', { scope: 'this', occurrences: [rows[5]?.originalStartsAt] });
    await app.advanceTo(new Date(startOf(1) + HOUR_MS / 4));
    const missed = { id: idOf(1) };
    const quoted = await noShowQuote(coach, missed);
    expect((await mark(coach, missed, { quoteId: quoted.body.id })).status).toBe(200);
    const note = { visibility: 'shared', body: 'What we spoke of.' };
    expect((await coach.http.post(`/v1/sessions/${idOf(0)}/notes`, note)).status).toBe(201);
    await app.advanceTo(new Date(startOf(4) + HOUR_MS / 2));
  }, 60_000);
  afterAll(() => app.stop());
  afterEach(async () => {
    await app.sweep();
    expect(await app.brokenInvariants()).toEqual([]);
  });

  it('lists each past and future row with its money, and waits for a choice for each that has begun', async () => {
    const plan = await planWith();
    expect(plan.status).toBe(201);
    expect(plan.body.blockedBy).toEqual(['past_unconfirmed']);
    expect(plan.body.occurrences.map(({ sessionId }) => sessionId)).toEqual(rows.map((row) => row.sessionId));
    expect(plan.body.occurrences.map(({ action }) => action)).toEqual([
      'void',
      'void',
      'void',
      'keep',
      'cancel',
      'keep',
      'cancel',
    ]);
    const money = plan.body.occurrences.map(({ before, refund }) => [before?.price.amount, refund?.amount]);
    expect(money).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
      [0, undefined],
      [0, 0],
      [undefined, undefined],
      [0, 0],
    ]);
    expect(plan.body.money.refund).toEqual({ amount: 0, currency: 'EUR' });
    expect(plan.body.mails).toHaveLength(2);
    const refused = await series.apply(plan.body.id);
    expect(refused).toMatchObject({ status: 409, body: { code: 'series.past_unconfirmed' } });
    const { occurrences } = refused.body as unknown as { occurrences: { sessionId: string }[] };
    expect(occurrences.map(({ sessionId }) => sessionId)).toEqual(begun().map(({ sessionId }) => sessionId));
  });

  it('is not content with some of them, and takes no other session for one of them', async () => {
    const some = await planWith(begun().slice(0, 3));
    expect(some.body.blockedBy).toEqual(['past_unconfirmed']);
    expect((await series.apply(some.body.id)).status).toBe(409);
    const stranger = { sessionId: idOf(6), refund: 'full' };
    for (const past of [
      [...begun(), stranger],
      [...begun(), { sessionId: idOf(0), refund: 'none' }],
    ])
      expect(await planWith(past)).toMatchObject({ status: 422, body: { code: 'series.request' } });
    const bare = await series.plan('cancel', {
      scope: 'all_including_past',
      past: [{ sessionId: idOf(0) }],
    });
    expect(bare.status).toBe(400);
    expect(await countOf()).toMatchObject({ completed: 2 });
  });

  it('answers with a fresh plan when the world has changed: the session under way has ended meanwhile', async () => {
    const plan = await planWith(begun());
    expect(plan.body.blockedBy).toEqual([]);
    await app.sandbox.advanceClock(HOUR_MS / 1_000);
    await app.sweep();
    const stale = await series.apply(plan.body.id);
    expect(stale).toMatchObject({ status: 409, body: { code: 'series.plan_stale' } });
    expect(await world.read(coach, idOf(4))).toMatchObject({ status: 'completed' });
  });

  it('voids what took place by the choice for each; notes and attendance stay; one digest for each side', async () => {
    await app.drain();
    const mails = (): number[] => [coach, client].map(({ email }) => app.sandbox.mailbox.to(email).length);
    const [toCoach = 0, toClient = 0] = mails();
    const timelineOf = async (index: number): Promise<number> =>
      (await coach.http.get<{ data: unknown[] }>(`/v1/sessions/${idOf(index)}/timeline`)).body.data.length;
    const [cancelledBefore, skippedBefore] = [await timelineOf(3), await timelineOf(5)];
    const plan = await series.change('cancel', { scope: 'all_including_past', past: begun() });
    expect(plan.occurrences.map(({ action, refund }) => [action, refund?.choice])).toEqual([
      ['void', 'full'],
      ['void', 'none'],
      ['void', 'none'],
      ['keep', undefined],
      ['void', 'full'],
      ['keep', undefined],
      ['cancel', 'full'],
    ]);
    await app.drain();
    const outcomes = [];
    for (const index of rows.keys()) {
      const session = await world.read(coach, idOf(index));
      outcomes.push([session.status, (session['cancellation'] as { outcome: string }).outcome]);
    }
    expect(outcomes.map(([, outcome]) => outcome)).toEqual([
      'retroactive',
      'retroactive',
      'retroactive',
      'by_coach',
      'retroactive',
      'skipped',
      'by_coach',
    ]);
    expect(outcomes.every(([status]) => status === 'cancelled')).toBe(true);
    expect([await timelineOf(3), await timelineOf(5)]).toEqual([cancelledBefore, skippedBefore]);
    const notes = await client.http.get<{ data: unknown[] }>(`/v1/sessions/${idOf(0)}/notes`);
    expect(notes.body.data).toHaveLength(1);
    const { marked } = await app.database.one(sql<{ marked: number }>`
      select count(*)::int as marked from no_shows where session_id = ${parsePublicId('session', idOf(1))}::uuid and ended_how = 'voided'`);
    expect(marked).toBe(1);
    expect(await countOf()).toEqual({ completed: 0, last: null });
    expect(mails()).toEqual([toCoach + 1, toClient + 1]);
    expect(await series.read()).toMatchObject({ state: 'cancelled' });
  });
});
