import { sql } from '@app/database';
import { ensureBuilt } from '../support/processes';
import { TestApp } from '../support/test-app';
import { SIZES, Storm } from './storm';

const size = process.env['STORM_SIZE'] === 'full' ? 'full' : 'small';
const seed = Number(process.env['STORM_SEED'] ?? Math.floor(Math.random() * 1_000_000));

describe(`a ${size} storm, seed ${seed}`, () => {
  let app: TestApp;
  let storm: Storm;

  beforeAll(async () => {
    ensureBuilt();
    console.log(`storm: size ${size}, seed ${seed} (repeat: npm run storm -- --size ${size} --seed ${seed})`);
    app = await TestApp.start({
      now: '2027-06-01T09:00:00Z',
      sandbox: { seed, feeRounding: 'down', zoomDailyLimit: 100_000 },
    });
    storm = new Storm(app, SIZES[size], seed);
    await storm.prepare();
    await storm.rage();
    await storm.settle(() => atRest(app), 120_000);
  }, 3_600_000);

  afterAll(async () => {
    await storm.stop();
    await app.stop();
  });

  it('answers no call with an error of its own', () => {
    const faults = storm.history.filter(({ status }) => status >= 500 || status === 0);
    expect({ faults, logs: faults.length === 0 ? '' : storm.logs }).toEqual({ faults: [], logs: '' });
    expect(storm.history.length).toBeGreaterThanOrEqual(SIZES[size].operations / 2);
    expect(storm.kills).toBeGreaterThan(3);
  });

  it('keeps every invariant', async () => {
    expect(await app.brokenInvariants()).toEqual([]);
  });

  it('loses nothing that was acknowledged', async () => {
    const cancelled = storm.history.filter(
      ({ operation, status }) => operation === 'cancel' && status === 200,
    );
    const ids = cancelled.map(({ sessionId }) => sessionId);
    const sessions = await app.database.many(sql<{ status: string }>`select status from sessions`);
    const booked = storm.history.filter(({ operation, status }) => operation === 'book' && status === 201);
    expect(sessions).toHaveLength(booked.length);
    expect(new Set(ids).size).toBe(ids.length);
    expect(sessions.filter(({ status }) => status === 'cancelled').length).toBeGreaterThanOrEqual(ids.length);
  });

  it('agrees with Stripe about every payment, fee and refund', async () => {
    const payments = await app.database.many(sql<{ id: string; captured: number }>`
      select stripe_payment_intent_id as id, captured_minor as captured from payments where captured_minor > 0 order by 1`);
    const charged = app.sandbox.stripe.paymentIntents
      .filter((intent) => intent.status === 'succeeded')
      .map((intent) => ({ id: intent.id, captured: intent.amount_received }))
      .sort((a, b) => (a.id < b.id ? -1 : 1));
    expect(payments).toEqual(charged);

    const refunds = await app.database.many(sql<{ id: string; amount: number }>`
      select stripe_refund_id as id, amount_minor as amount from refunds where status = 'succeeded' order by 1`);
    const returned = app.sandbox.stripe.refunds
      .filter((refund) => refund.status === 'succeeded')
      .map((refund) => ({ id: refund.id, amount: refund.amount }))
      .sort((a, b) => (a.id < b.id ? -1 : 1));
    expect(refunds).toEqual(returned);

    const { ours } = await app.database.one(
      sql<{ ours: number }>`select coalesce(sum(fee_returned_minor), 0)::bigint as ours from payments`,
    );
    expect(ours).toBe(app.sandbox.stripe.feeRefunds.reduce((sum, refund) => sum + refund.amount, 0));
    const { fees } = await app.database.one(
      sql<{
        fees: number;
      }>`select coalesce(sum(application_fee_minor), 0)::bigint as fees from payments where captured_minor > 0`,
    );
    expect(fees).toBe(app.sandbox.stripe.applicationFees.reduce((sum, fee) => sum + fee.amount, 0));
  });

  it('A48 A141 leaves exactly one meeting for each scheduled session, and none else', async () => {
    const sessions = await app.database.many(sql<{ id: string }>`
      select m.external_id as id from sessions s join meetings m on m.coach_id = s.coach_id and m.session_id = s.id
      where s.status = 'scheduled' and m.state = 'ready' order by 1`);
    const { scheduled } = await app.database.one(
      sql<{ scheduled: number }>`select count(*)::int as scheduled from sessions where status = 'scheduled'`,
    );
    expect(sessions).toHaveLength(scheduled);
    expect(app.sandbox.zoom.meetings.map((meeting) => meeting.id).sort()).toEqual(
      sessions.map(({ id }) => id).sort(),
    );
  });
});

/** Nothing open in the outbox, no hold, no refund under way, no dead letter. */
async function atRest(app: TestApp): Promise<boolean> {
  const { open } = await app.database.one(sql<{ open: number }>`
    select (select count(*) from outbox_messages where published_at is null)
         + (select count(*) from outbox_deliveries where done_at is null and dead_at is null)
         + (select count(*) from sessions where status = 'held')
         + (select count(*) from refunds where status in ('pending', 'submitted'))
         + (select count(*) from payments where status = 'processing')::bigint as open`);
  return open === 0;
}
