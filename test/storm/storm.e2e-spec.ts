import { publicId } from '@app/common';
import { invariants, sql } from '@app/database';
import { ensureBuilt } from '../support/processes';
import { quote } from '../support/quote';
import { TestApp } from '../support/test-app';
import { compareCalendars, compareSeriesCalendars } from './calendars';
import { halfDonePlans, judge } from './judge';
import {
  compareBalances,
  compareCheckout,
  compareDisputes,
  comparePaidTwice,
  comparePayments,
  compareRefunds,
  type Compared,
} from './ledgers';
import { FEWEST, SIZES, Storm } from './storm';
import { summaryOf } from './summary';

const size = process.env['STORM_SIZE'] === 'full' ? 'full' : 'small';
const seed = Number(process.env['STORM_SEED'] ?? Math.floor(Math.random() * 1_000_000));
const MOST_SETTLING_MS = 300_000;
/** Past the last session that can be booked. */
const FORTNIGHT_SECONDS = 14 * 24 * 3_600;

describe(`a ${size} storm, seed ${seed}`, () => {
  let app: TestApp;
  let storm: Storm;
  const checked: string[] = [];

  beforeAll(async () => {
    ensureBuilt();
    quote(`storm ${size}, seed ${seed} (repeat: npm run storm -- --size ${size} --seed ${seed})`);
    app = await TestApp.start({
      now: '2027-06-01T09:00:00Z',
      sandbox: { seed, feeRounding: 'down', zoomDailyLimit: 100_000 },
    });
    storm = new Storm(app, SIZES[size], seed);
    await storm.prepare();
    await storm.rage();
    await storm.settle(() => openWork(app), MOST_SETTLING_MS);
    checked.push(...(await summaryOf(app, storm)));
  }, 3_600_000);

  afterAll(async () => {
    await storm.stop();
    await app.stop();
    quote(...checked);
  });

  const idsWhere = async (condition: ReturnType<typeof sql>): Promise<string[]> => {
    const rows = await app.database.many(sql<{ id: string }>`select id from sessions where ${condition}`);
    return rows.map(({ id }) => publicId('session', id)).sort();
  };
  const expectEqual = (what: string, { ours, theirs }: Compared): void => {
    expect(Object.keys(theirs).length).toBeGreaterThan(0);
    expect(ours).toEqual(theirs);
    checked.push(`  ${what} equal at Stripe: ${Object.keys(theirs).length}`);
  };

  it('answers no call with an error of its own', () => {
    const { faults } = storm.history;
    expect({ faults, logs: faults.length === 0 ? '' : storm.logs }).toEqual({ faults: [], logs: '' });
    // The summary says how much it was.
    expect(storm.started).toBeGreaterThanOrEqual(FEWEST.operations);
    expect(storm.killed).toBeGreaterThanOrEqual(FEWEST.kills);
  });

  it('keeps every invariant, and leaves no dead letter', async () => {
    expect(await app.brokenInvariants()).toEqual([]);
    const dead = await app.database.many(
      sql`select job, last_error from outbox_deliveries where dead_at is not null`,
    );
    expect(dead).toEqual([]);
    checked.push(`  invariants without a violation: ${invariants().length}`);
  });

  it('loses nothing that was acknowledged, and did nothing that was not', async () => {
    const { history } = storm;
    const verdicts = await judge(app, history);
    const wrong = verdicts.filter(({ missing, unexplained }) => missing.length + unexplained.length > 0);
    expect(wrong).toEqual([]);
    for (const { operation, acknowledged } of verdicts)
      if (acknowledged > 0) checked.push(`  ${operation} acknowledged and there: ${acknowledged}`);
    checked.push(`  calls of which nobody knew what became of them: ${history.unsure}`);
    const prepared = await app.database.many(
      sql<{
        id: string;
        focus: string;
      }>`select id, preparation_focus as focus from sessions where preparation_focus is not null`,
    );
    const preparations = storm.operations?.preparations ?? new Map<string, Set<string>>();
    expect(prepared).toHaveLength(preparations.size);
    const foreign = prepared.filter(
      ({ id, focus }) => preparations.get(publicId('session', id))?.has(focus) !== true,
    );
    expect(foreign).toEqual([]);
  });

  it('C8 carried out each plan of a series as a whole, or not at all', async () => {
    expect(await halfDonePlans(app)).toEqual([]);
    const plans = await app.database.one(
      sql<{ used: number }>`select count(*)::int as used from series_plans where used_at is not null`,
    );
    expect(plans.used).toBeGreaterThan(0);
    checked.push(`  plans of series carried out as a whole: ${plans.used}`);
  });

  it('agrees with Stripe about every payment, fee, refund and balance', async () => {
    expectEqual('payments with their fees', await comparePayments(app));
    expectEqual('refunds', await compareRefunds(app));
    expectEqual('disputes', await compareDisputes(app));
    expectEqual('pages of Checkout', await compareCheckout(app));
    expectEqual('what was paid twice', await comparePaidTwice(app));
    expectEqual('balances of coaches and platform', await compareBalances(app));
  });

  it('refuses to refund what a bank has', () => {
    expect(storm.refusals.length).toBeGreaterThan(0);
    expect(storm.refusals).toEqual(storm.refusals.map(() => 'refunds.payment_disputed'));
  });

  it('A48 A141 leaves exactly one meeting for each scheduled session, and none else', async () => {
    const sessions = await app.database.many(sql<{ id: string }>`
      select m.external_id as id from sessions s join meetings m on m.coach_id = s.coach_id and m.session_id = s.id
      where s.status <> 'cancelled' and m.state = 'ready' order by 1`);
    const without = sql`status = 'scheduled' and meeting_state <> 'ready'`;
    expect(await idsWhere(without)).toEqual([]);
    expect(app.sandbox.zoom.meetings.map((meeting) => meeting.id).sort()).toEqual(
      sessions.map(({ id }) => id).sort(),
    );
  });

  it('sends every mail, and leaves each calendar with what is true', async () => {
    const rows = await app.database.many(
      sql<{ id: string; state: string }>`select message_id as id, state from notifications`,
    );
    const received = new Set(app.sandbox.mailbox.messages.map(({ messageId }) => messageId));
    // A worker may die between the mail server's yes and our note of it, and the mail be of no use a second time.
    const known = new Set(
      rows.filter(({ state }) => state === 'sent' || state === 'suppressed').map(({ id }) => id),
    );
    expect(rows.filter(({ id, state }) => state === 'sent' && !received.has(id))).toEqual([]);
    expect([...received].filter((id) => !known.has(id ?? ''))).toEqual([]);

    const { ours, theirs } = await compareCalendars(app);
    expect(theirs).toEqual(ours);
    checked.push(`  entries in calendars as they should be: ${Object.keys(ours).length}`);
    const series = await compareSeriesCalendars(app);
    expect(series.theirs).toEqual(series.ours);
    const entries = Object.values(series.ours).flat().length;
    checked.push(`  entries of series in calendars as they should be: ${entries}`);
  });

  it(
    'A14 completes every session that is left, by itself',
    async () => {
      const fortnight = sql`make_interval(secs => ${FORTNIGHT_SECONDS})`;
      const scheduled = await idsWhere(sql`status = 'scheduled' and ends_at < app_now() + ${fortnight}`);
      await storm.passTime(FORTNIGHT_SECONDS, () => openWork(app), MOST_SETTLING_MS);
      const completed = new Set(await idsWhere(sql`status = 'completed'`));
      expect(scheduled.filter((id) => !completed.has(id))).toEqual([]);
      expect(await app.brokenInvariants()).toEqual([]);
      checked.push(`  sessions completed by themselves: ${scheduled.length}`);
    },
    MOST_SETTLING_MS,
  );
});

/** All that is to happen by itself: what is due or over, what Stripe was asked for or has told, what the outbox holds. */
async function openWork(app: TestApp): Promise<string[]> {
  const rows = await app.database.many(sql<{ what: string; count: number }>`
    select what, count(*)::int as count from (
      select 'message to publish' as what from outbox_messages where published_at is null
      union all select 'job ' || job from outbox_deliveries where done_at is null and dead_at is null
      union all select 'hold' from sessions where status = 'held' and hold_expires_at <= app_now()
      union all select 'refund' from refunds where status in ('pending', 'submitted')
      union all select 'event of Stripe' from stripe_events where processed_at is null
      union all select 'charge that is due' from payments where charge_state = 'planned' and next_attempt_at <= app_now()
      union all select 'session that is over' from sessions where status = 'scheduled' and ends_at <= app_now()
      union all select 'payment being processed' from payments where status = 'processing') as work
    group by what order by what`);
  const { ours, theirs } = await compareDisputes(app);
  const disputes = Object.keys(theirs)
    .filter((id) => String(ours[id]) !== String(theirs[id]))
    .map((id) => `dispute ${id}, here ${String(ours[id])}, at Stripe ${String(theirs[id])}`);
  return [...rows.map(({ what, count }) => `${what} × ${count}`), ...disputes];
}
