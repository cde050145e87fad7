import { sql, type RawBuilder } from '@app/database';
import { ChargesWorld } from './charges.test-world';
import type { PaymentRecord } from './payment-record';

class RolledBack extends Error {}

interface Rows {
  planned: PaymentRecord;
  due: PaymentRecord;
  released: PaymentRecord;
  givenUp: PaymentRecord;
  paid: PaymentRecord;
  canceled: PaymentRecord;
}

const BREAKS: [name: string, statements: (rows: Rows) => RawBuilder<unknown>[]][] = [
  [
    '07-due-charges-are-not-forgotten',
    ({ planned }) => [
      sql`update payments set next_attempt_at = app_now() - interval '6 minutes' where id = ${planned.id}`,
    ],
  ],
  [
    '07-due-charges-are-not-forgotten',
    ({ due }) => [
      sql`delete from outbox_messages where payload ->> 'paymentId' = ${due.id} and type = 'payments.charge_requested'`,
    ],
  ],
  [
    '07-due-charges-are-not-forgotten',
    ({ due }) => [
      sql`update outbox_messages set published_at = now() where payload ->> 'paymentId' = ${due.id}`,
    ],
  ],
  [
    '07-due-charges-are-not-forgotten',
    ({ released }) => [
      sql`delete from outbox_messages where payload ->> 'paymentId' = ${released.id} and type = 'payments.payment_cancel_requested'`,
    ],
  ],
  [
    '08-sessions-have-one-live-charge',
    ({ givenUp, released }) => [
      sql`update payments set released_at = null, status = 'failed', session_id = ${givenUp.sessionId}::uuid where id = ${released.id}`,
    ],
  ],
  [
    '09-charge-entries-fit-the-payment',
    ({ due }) => [sql`update payments set fell_due_at = null where id = ${due.id}`],
  ],
  [
    '09-charge-entries-fit-the-payment',
    ({ planned }) => [sql`update payments set fell_due_at = now() where id = ${planned.id}`],
  ],
  [
    '09-charge-entries-fit-the-payment',
    ({ canceled }) => [sql`update payments set status = 'failed' where id = ${canceled.id}`],
  ],
  [
    '09-charge-entries-fit-the-payment',
    ({ givenUp }) => [sql`update payments set status = 'canceled' where id = ${givenUp.id}`],
  ],
  [
    '10-clients-owe-what-fell-due',
    ({ paid }) => [
      sql`update ledger_entries set amount_minor = amount_minor - 1 where account = 'client' and amount_minor > 0
        and (coach_id, transaction_id) in (select coach_id, id from ledger_transactions where payment_id = ${paid.id})`,
    ],
  ],
  [
    '10-clients-owe-what-fell-due',
    ({ paid }) => [
      sql`update payments set status = 'requires_payment', captured_minor = 0 where id = ${paid.id}`,
    ],
  ],
  [
    '11-charges-are-consented-and-told',
    ({ paid }) => [
      sql`delete from card_consents where setup_id = (select setup_id from payment_methods where id = ${paid.attemptedCard})`,
    ],
  ],
  [
    '11-charges-are-consented-and-told',
    ({ paid, givenUp }) => [
      sql`update payments set attempted_card = ${givenUp.attemptedCard}::uuid where id = ${paid.id}`,
    ],
  ],
  [
    '11-charges-are-consented-and-told',
    ({ paid }) => [sql`update payments set attempted_card = null where id = ${paid.id}`],
  ],
  [
    '11-charges-are-consented-and-told',
    ({ givenUp }) => [
      sql`delete from outbox_messages where payload ->> 'paymentId' = ${givenUp.id} and type = 'payments.charge_given_up'`,
    ],
  ],
];

describe('invariants of charges', () => {
  let world: ChargesWorld;
  let rows: Rows;

  beforeAll(async () => {
    world = await ChargesWorld.start();
    const practice = await world.practiceWithCard();
    const stolen = await world.practiceWithCard('pm_card_chargeCustomerFail');
    const release = async (charge: PaymentRecord): Promise<PaymentRecord> => {
      await world.charges.release(charge.coachId, charge.id, { kind: 'coach', accountId: charge.coachId });
      return world.base.payment(charge);
    };
    let givenUp = await world.attempt(await world.request(stolen));
    for (const hours of [6, 24, 72]) givenUp = await world.after(hours, givenUp);
    rows = {
      givenUp,
      planned: await world.request(practice, { dueIn: 3_600 }),
      released: await release(await world.attempt(await world.request(stolen))),
      paid: await world.attempt(await world.request(practice)),
      canceled: await release(await world.request(practice)),
      due: await world.request(practice),
    };
  });
  afterAll(() => world.base.close());

  it('all hold before', async () => {
    expect(rows.givenUp.chargeState).toBe('given_up');
    expect(await world.base.brokenInvariants()).toEqual([]);
  });

  it.each(BREAKS)('%s reports what breaks it', async (name, statements) => {
    let broken: string[] = [];
    const spoil = world.base.database.transaction(async () => {
      // As a faulty restore would: without triggers and foreign keys.
      await world.base.database.execute(sql`set local session_replication_role = replica`);
      for (const statement of statements(rows))
        expect(await world.base.database.execute(statement)).toBeGreaterThan(0);
      broken = await world.base.brokenInvariants();
      throw new RolledBack();
    });
    await expect(spoil).rejects.toThrow(RolledBack);
    expect(broken).toContain(name);
  });

  it('each of them can be broken', () => {
    const broken = new Set(BREAKS.map(([name]) => name.slice(0, 2)));
    expect([...broken].toSorted()).toEqual(['07', '08', '09', '10', '11']);
  });
});
