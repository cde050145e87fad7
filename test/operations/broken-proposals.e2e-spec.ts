import { parsePublicId } from '@app/common';
import { InvariantChecker, sql, type RawBuilder } from '@app/database';
import type { Answer } from '../support/http-client';
import { TestApp } from '../support/test-app';
import { World, type Person, type SessionSummary } from '../support/world';

class Undo extends Error {}

const AS_A_FAULTY_RESTORE = sql`set local session_replication_role = replica`;
const OPEN = sql`status = 'open' and made_by = 'coach'`;

describe('the invariants of proposals', () => {
  let app: TestApp;
  let moved: SessionSummary;

  beforeAll(async () => {
    app = await TestApp.start({ now: '2027-06-01T08:00:00Z' });
    const world = new World(app);
    const coach = await world.coach();
    const client = await world.client(coach);
    const free = await world.offering(coach, { priceMinor: 0 });
    const propose = async (by: Person, { id }: SessionSummary, times: string[]): Promise<string> => {
      const made = await by.http.post<{ id: string }>(`/v1/sessions/${id}/reschedule-proposals`, { times });
      expect(made.status).toBe(201);
      return made.body.id;
    };
    const answer = (by: Person, id: string, act: string, body = {}): Promise<Answer> =>
      by.http.post(`/v1/reschedule-proposals/${id}/${act}`, body);
    const book = (startsAt: string): Promise<SessionSummary> =>
      world.book(client, free, startsAt, { funding: 'free' });

    moved = await book('2027-06-10T08:00:00Z');
    const accepted = await propose(coach, moved, ['2027-06-11T08:00:00Z', '2027-06-12T08:00:00Z']);
    const taken = await answer(client, accepted, 'accept', { startsAt: '2027-06-11T08:00:00Z' });
    expect(taken.status).toBe(200);
    const declined = await propose(client, moved, ['2027-06-13T08:00:00Z']);
    expect((await answer(coach, declined, 'decline')).status).toBe(200);
    await propose(coach, await book('2027-06-20T08:00:00Z'), [
      '2027-06-21T08:00:00Z',
      '2027-06-21T10:00:00Z',
    ]);
    await app.drain();
  });
  afterAll(() => app.stop());

  /** Names of what is broken by the statements, which are undone. */
  async function brokenBy(statement: RawBuilder<unknown>, before = AS_A_FAULTY_RESTORE): Promise<string[]> {
    let names: string[] = [];
    const breaking = app.database.transaction(async () => {
      await app.database.execute(before);
      expect(await app.database.execute(statement)).toBeGreaterThan(0);
      const results = await app.api.get(InvariantChecker).check();
      names = results.filter(({ violations }) => violations > 0).map(({ name }) => name);
      throw new Undo();
    });
    await expect(breaking).rejects.toBeInstanceOf(Undo);
    return names;
  }

  it('hold before anything is broken', async () => {
    expect(await app.brokenInvariants()).toEqual([]);
  });

  it('80-offered-times-are-held reports an offer that holds too little, and time that nobody is offered', async () => {
    const name = '80-offered-times-are-held';
    const held = sql`calendar_claims where kind = 'proposed_time'`;
    expect(await brokenBy(sql`delete from ${held}`)).toEqual([name]);
    expect(
      await brokenBy(sql`delete from ${held} and blocked @> '2027-06-21T10:00:00Z'::timestamptz`),
    ).toEqual([name]);
    expect(
      await brokenBy(
        sql`update calendar_claims set expires_at = expires_at + interval '1 hour' where kind = 'proposed_time'`,
      ),
    ).toEqual([name]);
    const withdrawn = sql`update reschedule_proposals set status = 'superseded', closed_at = app_now() where ${OPEN}`;
    expect(await brokenBy(withdrawn)).toEqual([name]);
  });

  it('81-open-proposals-fit-their-session reports a second one, and one whose session is no longer so', async () => {
    const name = '81-open-proposals-fit-their-session';
    const reopened = sql`update reschedule_proposals set status = 'open', closed_at = null, session_id =
        (select session_id from reschedule_proposals where ${OPEN}) where status = 'declined'`;
    const unguarded = sql`drop index reschedule_proposals_one_open`;
    expect(await brokenBy(reopened, unguarded)).toContain(name);
    const elsewhere = sql`update reschedule_proposals set session_starts_at = session_starts_at + interval '1 hour' where ${OPEN}`;
    expect(await brokenBy(elsewhere)).toEqual([name]);
    const ended = sql`update sessions set status = 'completed' where id = (select session_id from reschedule_proposals where ${OPEN})`;
    expect(await brokenBy(ended)).toContain(name);
  });

  it('82-proposals-end-in-time reports one that nobody swept away', async () => {
    const name = '82-proposals-end-in-time';
    const late = (seconds: number): RawBuilder<unknown> =>
      sql`update reschedule_proposals set expires_at = app_now() - make_interval(secs => ${seconds}::int) where ${OPEN}`;
    expect(await brokenBy(late(121))).toContain(name);
    expect(await brokenBy(late(100))).not.toContain(name);
  });

  it('83-proposals-are-on-record reports what history or audit do not know', async () => {
    const name = '83-proposals-are-on-record';
    const kinds = ['times_proposed', 'other_times_asked', 'proposal_accepted', 'proposal_declined'];
    for (const kind of kinds)
      expect(await brokenBy(sql`delete from session_timeline where kind = ${kind}`)).toContain(name);
    for (const action of ['proposal.offer', 'proposal.ask', 'proposal.accept', 'proposal.decline'])
      expect(await brokenBy(sql`delete from audit_entries where action = ${action}`)).toEqual([name]);
    const other = sql`update session_timeline set kind = 'proposal_withdrawn' where kind = 'proposal_declined'`;
    expect(await brokenBy(other)).toEqual([name]);
  });

  it('84-accepted-times-were-moved-to reports a session that did not move, or elsewhere, or for no accepted one', async () => {
    const name = '84-accepted-times-were-moved-to';
    const id = parsePublicId('session', moved.id);
    const moves = sql`kind = 'moved' and session_id = ${id}::uuid`;
    expect(await brokenBy(sql`delete from session_timeline where ${moves}`)).toContain(name);
    const elsewhere = sql`update session_timeline set details = details || '{"to": "2027-06-12T08:00:00Z"}' where ${moves}`;
    expect(await brokenBy(elsewhere)).toContain(name);
    const taken = sql`update reschedule_proposals set status = 'declined', chosen_starts_at = null where status = 'accepted'`;
    expect(await brokenBy(taken)).toContain(name);
  });
});
