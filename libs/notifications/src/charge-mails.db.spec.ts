import { publicId } from '@app/common';
import { sql } from '@app/database';
import { buildSession } from '@app/notes/testing';
import { Charges, PaymentLinks } from '@app/payments';
import { ChargeMails } from './charge-mails.service';
import { startNotifications, type NotificationsUnderTest, type Pair } from './notifications.test-module';

let app: NotificationsUnderTest;
let charges: Charges;

beforeAll(async () => {
  app = await startNotifications();
  charges = app.module.get(Charges, { strict: false });
});
afterAll(() => app.close());
beforeEach(() => app.sandbox.mailbox.clear());
afterEach(() => app.assertInvariants());

interface Charged extends Pair {
  paymentId: string;
}

/** A charge that is due, of a client who has saved no card. */
async function charged(reason: 'pay_later' | 'no_show' | 'late_cancellation'): Promise<Charged> {
  const pair = await app.pair();
  const coachId = pair.coach.accountId;
  const sessionId = await buildSession(app.database, coachId, pair.clientId, { priceMinor: 9_000 });
  const { now } = await app.database.one(sql<{ now: Date }>`select app_now() as now`);
  const paymentId = await app.database.transaction(() =>
    charges.request({
      coachId,
      sessionId,
      clientId: pair.clientId,
      amountMinor: 9_000,
      currency: 'EUR',
      applicationFeeBps: 1_000,
      stripeAccountId: 'acct_1',
      reason,
      dueAt: now,
      actor: { kind: 'coach', accountId: coachId },
      now,
    }),
  );
  return { ...pair, paymentId };
}

/** The job twice: it may come again. */
async function tell({ coach, paymentId }: Charged): Promise<void> {
  const mails = app.module.get(ChargeMails);
  await mails.tell(coach.accountId, paymentId);
  await mails.tell(coach.accountId, paymentId);
}

const mailsTo = (email: string) => app.sandbox.mailbox.to(email);
const linkIn = (text: string | undefined): string =>
  /\/v1\/payment-links\/([\w-]{24})/.exec(text ?? '')?.[1] ?? '';

describe('mails about charges of saved cards', () => {
  it('tell both sides that a charge has failed for good, the client how to pay, the coach how to try again', async () => {
    const charge = await charged('no_show');
    await tell(charge);
    await charges.attempt(charge.coach.accountId, charge.paymentId);
    await tell(charge);
    await app.sendQueued();
    const [toClient, ...more] = mailsTo(charge.client.email);
    expect(more).toEqual([]);
    expect(toClient?.subject).toBe('Payment failed: €90.00');
    expect(toClient?.text).toContain('there is no saved card that could be charged');
    expect(toClient?.text).toContain('the missed session');
    expect(toClient?.text).not.toContain('/retry');
    const { payment } = await app.module.get(PaymentLinks, { strict: false }).find(linkIn(toClient?.text));
    expect(payment.id).toBe(charge.paymentId);

    const [toCoach, ...others] = mailsTo(charge.coach.email);
    expect(others).toEqual([]);
    expect(toCoach?.subject).toBe('Payment failed: €90.00 from Ben Client');
    expect(toCoach?.text).toContain('no_saved_card');
    expect(toCoach?.text).toContain(
      `POST https://practice.example.test/v1/payments/${publicId('payment', charge.paymentId)}/retry`,
    );
    expect(linkIn(toCoach?.text)).toBe('');
  });

  it('tell of each time that it was given up', async () => {
    const charge = await charged('pay_later');
    await charges.attempt(charge.coach.accountId, charge.paymentId);
    await tell(charge);
    await charges.retry(charge.coach, charge.paymentId);
    await charges.attempt(charge.coach.accountId, charge.paymentId);
    await tell(charge);
    await app.sendQueued();
    expect(mailsTo(charge.client.email)).toHaveLength(2);
  });

  it('ask the client to confirm what their bank wants confirmed, and let the coach know', async () => {
    const charge = await charged('late_cancellation');
    await app.database.execute(
      sql`update payments set charge_state = 'needs_action', failure_code = 'authentication_required' where id = ${charge.paymentId}`,
    );
    await tell(charge);
    await app.sendQueued();
    const [toClient] = mailsTo(charge.client.email);
    expect(toClient?.subject).toBe('Please confirm your payment: €90.00');
    expect(toClient?.text).toContain('the session that was cancelled late');
    expect(linkIn(toClient?.text)).toMatch(/^[\w-]{24}$/);
    const [toCoach] = mailsTo(charge.coach.email);
    expect(toCoach?.subject).toBe('Payment waits for Ben Client: €90.00');
  });

  it('say nothing of what was paid or waived before they were sent', async () => {
    const [paid, waived] = [await charged('pay_later'), await charged('pay_later')];
    for (const charge of [paid, waived]) {
      await charges.attempt(charge.coach.accountId, charge.paymentId);
      await tell(charge);
    }
    await app.database.execute(
      sql`update payments set status = 'paid', charge_state = 'settled' where id = ${paid.paymentId}`,
    );
    await charges.release(waived.coach.accountId, waived.paymentId, {
      kind: 'coach',
      accountId: waived.coach.accountId,
    });
    await app.sendQueued();
    for (const charge of [paid, waived]) {
      expect(mailsTo(charge.client.email)).toEqual([]);
      const rows = await app.rows(charge.coach.accountId);
      expect(rows.map(({ state }) => state)).toEqual(['suppressed', 'suppressed']);
    }
  });
});
