import { InvariantChecker, sql, type RawBuilder } from '@app/database';
import { TestApp } from '../support/test-app';
import { World } from '../support/world';

class Undo extends Error {}

const HISTORY_MAY_CHANGE = sql`alter table session_timeline disable trigger user`;
const AUDIT_MAY_CHANGE = sql`alter table audit_entries disable trigger user`;

/** The first session was held, paid and is scheduled; the second was scheduled at once and is completed. */
const SCHEDULED = sql`(select id from sessions where status = 'scheduled')`;
const COMPLETED = sql`(select id from sessions where status = 'completed')`;

describe('the invariants of sessions and of the outbox', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await TestApp.start({ now: '2027-06-01T08:00:00Z' });
    const world = new World(app);
    const coach = await world.coach({ payouts: true });
    const client = await world.client(coach);
    const free = await world.offering(coach, { priceMinor: 0 });
    await world.book(client, free, '2027-06-02T08:00:00Z', { funding: 'free' });
    await app.advanceTo('2027-06-02T09:00:01Z');
    await world.paidSession(client, await world.offering(coach), '2027-06-10T08:00:00Z');
  });
  afterAll(() => app.stop());

  /** Names of what is broken by the statements, which are undone. */
  async function brokenBy(statements: RawBuilder<unknown>[]): Promise<string[]> {
    let names: string[] = [];
    const breaking = app.database.transaction(async () => {
      for (const statement of statements) await app.database.execute(statement);
      const results = await app.api.get(InvariantChecker).check();
      names = results.filter(({ violations }) => violations > 0).map(({ name }) => name);
      throw new Undo();
    });
    await expect(breaking).rejects.toBeInstanceOf(Undo);
    return names;
  }

  it('hold before anything is broken', async () => {
    expect(await brokenBy([])).toEqual([]);
  });

  it.each<[string, RawBuilder<unknown>[]]>([
    [
      '50-history-tells-the-present',
      [
        HISTORY_MAY_CHANGE,
        sql`delete from session_timeline where session_id = ${COMPLETED} and to_status = 'completed'`,
      ],
    ],
    [
      '51-history-is-lawful',
      [
        HISTORY_MAY_CHANGE,
        sql`update session_timeline set from_status = 'cancelled' where to_status = 'completed'`,
      ],
    ],
    [
      '51-history-is-lawful',
      [HISTORY_MAY_CHANGE, sql`update session_timeline set seq = 7 where to_status = 'completed'`],
    ],
    [
      '52-state-changes-are-announced',
      [sql`delete from outbox_messages where type = 'sessions.session_completed'`],
    ],
    [
      '52-state-changes-are-announced',
      [AUDIT_MAY_CHANGE, sql`delete from audit_entries where action = 'session.confirm'`],
    ],
    [
      '55-nothing-ends-before-it-begins',
      [
        HISTORY_MAY_CHANGE,
        sql`update session_timeline set at = at - interval '2 hours' where to_status = 'completed'`,
      ],
    ],
    [
      '56-wall-time-is-the-instant',
      [sql`update sessions set local_start = local_start + interval '1 hour' where id = ${SCHEDULED}`],
    ],
    [
      '57-nothing-waits-unseen',
      [
        sql`update outbox_messages set published_at = null, created_at = created_at - interval '16 minutes' where type = 'sessions.session_held'`,
      ],
    ],
    [
      '57-nothing-waits-unseen',
      [
        sql`update outbox_deliveries set done_at = null, created_at = created_at - interval '16 minutes',
          enqueued_at = enqueued_at - interval '16 minutes' where job = 'prepare-payment'`,
      ],
    ],
    [
      '59-acceptance-is-on-record',
      [sql`update sessions set policy_accepted_at = booked_at + interval '1 hour' where id = ${SCHEDULED}`],
    ],
  ])('%s reports the row that breaks it', async (name, statements) => {
    expect(await brokenBy(statements)).toContain(name);
  });

  it('54-ended-sessions-complete reports what no worker has completed', async () => {
    const later = sql`update clock_offset set seconds = seconds + 30 * 86400`;
    expect(await brokenBy([later])).toEqual(['54-ended-sessions-complete']);
  });

  it('53-holds-end-in-time and 58-no-money-without-a-session report holds that were forgotten, and their money', async () => {
    const held = sql`update sessions set status = 'held', hold_expires_at = app_now() - interval '121 seconds' where id = ${SCHEDULED}`;
    expect(await brokenBy([held])).toContain('53-holds-end-in-time');
    const processing = sql`update sessions set payment_status = 'processing'`;
    expect(await brokenBy([held, processing])).not.toContain('53-holds-end-in-time');
    const ended = sql`update sessions set status = 'cancelled', outcome = 'hold_expired', cancelled_at = app_now() where id = ${SCHEDULED}`;
    expect(await brokenBy([ended])).toContain('58-no-money-without-a-session');
  });

  it('are shown with what they promise and the rows that break them', async () => {
    const broken = app.database.transaction(async () => {
      await app.database.execute(sql`update sessions set local_start = local_start + interval '1 hour'`);
      const results = await app.api.get(InvariantChecker).check();
      const shown = results.find(({ name }) => name === '56-wall-time-is-the-instant');
      expect(shown).toMatchObject({ violations: 2, promise: expect.stringContaining('wall time') });
      expect(shown?.examples).toHaveLength(2);
      expect(shown?.examples[0]).toHaveProperty('session_id');
      throw new Undo();
    });
    await expect(broken).rejects.toBeInstanceOf(Undo);
  });
});
