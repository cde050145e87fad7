import { sql, type RawBuilder } from '@app/database';
import type { PaymentRecord } from './payment-record';
import { PaymentsWorld } from './payments.test-world';
import type { RefundRecord } from './refund-record';

class RolledBack extends Error {}

interface Rows {
  /** Paid, with a refund that succeeded and one that waits. */
  paid: PaymentRecord;
  unpaid: PaymentRecord;
  done: RefundRecord;
  waiting: RefundRecord;
}

const entriesOf = (payment: PaymentRecord, kind: string): RawBuilder<unknown> =>
  sql`(coach_id, transaction_id) in (select coach_id, id from ledger_transactions where payment_id = ${payment.id} and kind = ${kind})`;

const BREAKS: [name: string, statements: (rows: Rows) => RawBuilder<unknown>[]][] = [
  [
    '20-refunds-never-exceed-the-capture',
    ({ waiting }) => [sql`update refunds set amount_minor = 9000 where id = ${waiting.id}`],
  ],
  [
    '21-refunded-total-is-the-sum',
    ({ paid }) => [sql`update payments set refunded_minor = refunded_minor + 1 where id = ${paid.id}`],
  ],
  [
    '22-refunds-are-in-the-payments-currency',
    ({ waiting }) => [sql`update refunds set currency = 'USD' where id = ${waiting.id}`],
  ],
  [
    '22-refunds-are-in-the-payments-currency',
    ({ paid }) => [sql`update ledger_entries set currency = 'USD' where ${entriesOf(paid, 'capture')}`],
  ],
  [
    '23-decided-refunds-exist-once',
    ({ paid }) => [
      sql`insert into refund_decisions values (${paid.coachId}::uuid, ${paid.sessionId}::uuid, ${paid.id}::uuid, 500, 'EUR', 'partial', 'clause', now())`,
    ],
  ],
  [
    '24-cancelled-paid-sessions-were-decided',
    ({ paid }) => [
      sql`update sessions set status = 'cancelled', outcome = 'late', cancelled_at = now(), hold_expires_at = null where id = ${paid.sessionId}`,
    ],
  ],
  [
    '25-refunds-have-their-cause',
    ({ done }) => [sql`update refunds set reason = 'session_cancelled' where id = ${done.id}`],
  ],
  [
    '26-sessions-are-paid-once',
    ({ paid, unpaid }) => [
      sql`update payments set session_id = ${paid.sessionId}::uuid, captured_minor = 1, status = 'failed' where id = ${unpaid.id}`,
    ],
  ],
  [
    '27-scheduled-card-sessions-are-paid',
    ({ unpaid }) => [
      sql`update sessions set status = 'scheduled', hold_expires_at = null where id = ${unpaid.sessionId}`,
    ],
  ],
  [
    '28-ledger-balances',
    ({ paid }) => [sql`delete from ledger_entries where ${entriesOf(paid, 'refund')} and account = 'coach'`],
  ],
  ['28-ledger-balances', ({ paid }) => [sql`delete from ledger_entries where ${entriesOf(paid, 'refund')}`]],
  [
    '29-money-is-booked-once',
    ({ paid }) => [
      sql`delete from ledger_entries where ${entriesOf(paid, 'capture')}`,
      sql`delete from ledger_transactions where payment_id = ${paid.id} and kind = 'capture'`,
    ],
  ],
  [
    '29-money-is-booked-once',
    ({ done }) => [sql`update ledger_transactions set kind = 'refund_failed' where refund_id = ${done.id}`],
  ],
  [
    '30-ledger-equals-payments',
    ({ paid }) => [
      sql`update ledger_entries set amount_minor = amount_minor + 1 where ${entriesOf(paid, 'capture')} and account = 'stripe_clearing'`,
      sql`update ledger_entries set amount_minor = amount_minor - 1 where ${entriesOf(paid, 'capture')} and account = 'coach'`,
    ],
  ],
  [
    '31-fees-go-back-in-proportion',
    ({ paid, done, waiting }) => [
      sql`update refunds set status = 'failed' where id = ${waiting.id}`,
      sql`update refunds set fee_returned_minor = 0 where id = ${done.id}`,
      sql`update payments set fee_returned_minor = 0 where id = ${paid.id}`,
    ],
  ],
  [
    '32-fee-returned-is-the-sum',
    ({ paid }) => [
      sql`update payments set fee_returned_minor = fee_returned_minor + 1 where id = ${paid.id}`,
    ],
  ],
  [
    '33-payment-status-fits-the-money',
    ({ paid }) => [sql`update payments set status = 'refunded' where id = ${paid.id}`],
  ],
  [
    '33-payment-status-fits-the-money',
    ({ unpaid }) => [sql`update payments set status = 'paid' where id = ${unpaid.id}`],
  ],
  [
    '34-no-refund-is-forgotten',
    ({ waiting }) => [sql`delete from outbox_messages where payload ->> 'refundId' = ${waiting.id}`],
  ],
  [
    '34-no-refund-is-forgotten',
    ({ waiting }) => [
      sql`update outbox_messages set published_at = now() where payload ->> 'refundId' = ${waiting.id}`,
    ],
  ],
  [
    '35-no-stripe-event-is-forgotten',
    () => [sql`insert into stripe_events (id, type, payload) values ('evt_1', 'x', '{}')`],
  ],
  ['36-money-is-audited', ({ done }) => [sql`delete from audit_entries where object_id = ${done.id}`]],
  ['36-money-is-audited', ({ paid }) => [sql`delete from audit_entries where object_id = ${paid.id}`]],
  [
    '37-money-is-known-at-stripe',
    ({ done }) => [sql`update refunds set stripe_refund_id = null where id = ${done.id}`],
  ],
  [
    '37-money-is-known-at-stripe',
    ({ paid }) => [sql`update payments set stripe_charge_id = null where id = ${paid.id}`],
  ],
  [
    '38-no-client-secret-is-stored',
    () => [
      sql`insert into stripe_events (id, type, payload) values ('evt_2', 'x', '{"client_secret": "pi_1_secret_2"}')`,
    ],
  ],
  [
    '39-payments-belong-to-their-session',
    ({ unpaid }) => [sql`update payments set amount_minor = 1 where id = ${unpaid.id}`],
  ],
  [
    '45-reversed-transfers-fit-their-refunds',
    ({ done, waiting }) => [
      sql`update refunds set transfer_reversed_minor = amount_minor + 1 where id = ${done.id}`,
      // Nothing is under way, to which the difference could belong.
      sql`delete from refunds where id = ${waiting.id}`,
    ],
  ],
  [
    '45-reversed-transfers-fit-their-refunds',
    ({ done, paid }) => [
      sql`update refunds set transfer_reversed_minor = ${paid.capturedMinor + 1}::bigint where id = ${done.id}`,
    ],
  ],
];

describe('invariants of money', () => {
  let world: PaymentsWorld;
  let rows: Rows;

  beforeAll(async () => {
    world = await PaymentsWorld.start();
    const practice = await world.practice();
    const paid = await world.paid(practice);
    const done = await world.refunded(paid, 4_000);
    const waiting = await world.request(paid, 1_000);
    rows = { paid, done, waiting, unpaid: await world.open(practice) };
  });
  afterAll(() => world.close());

  it('all hold before', async () => {
    expect(await world.brokenInvariants()).toEqual([]);
  });

  it.each(BREAKS)('%s reports what breaks it', async (name, statements) => {
    let broken: string[] = [];
    const spoil = world.database.transaction(async () => {
      // As a faulty restore would: without triggers and foreign keys.
      await world.database.execute(sql`set local session_replication_role = replica`);
      for (const statement of statements(rows))
        expect(await world.database.execute(statement)).toBeGreaterThan(0);
      broken = await world.brokenInvariants();
      throw new RolledBack();
    });
    await expect(spoil).rejects.toThrow(RolledBack);
    expect(broken).toContain(name);
  });

  it('each of them can be broken', () => {
    const broken = new Set(BREAKS.map(([name]) => name.slice(0, 2)));
    const numbers = [...Array.from({ length: 20 }, (_, index) => index + 20), 45];
    expect([...broken].toSorted()).toEqual(numbers.map(String));
  });
});
