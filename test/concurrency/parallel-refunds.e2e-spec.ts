import { parsePublicId } from '@app/common';
import { sql } from '@app/database';
import type { Answer } from '../support/http-client';
import { manyClients } from '../support/many-clients';
import { quote } from '../support/quote';
import { Random } from '../support/random';
import { payUnseen } from '../support/stripe-news';
import { TestApp } from '../support/test-app';
import { World, type CoachWorld, type SessionSummary } from '../support/world';

/** `npm run proof -- parallel` takes 1,000 payments. */
const PAYMENTS = Number(process.env['REFUND_PAYMENTS'] ?? 25);
const REFUNDS_EACH = 20;
/** Payments whose refunds are asked for at the same time. */
const AT_ONCE = 5;
const PRICE = 8_999;
const HOLDS_EACH = 3;
const HOUR_MS = 3_600_000;
const FIRST_START = Date.parse('2027-04-05T08:00:00Z');

/** Whatever is asked for, and however many ask: what goes back of a payment is never more than was paid. */
describe(`${REFUNDS_EACH} refunds at once of each of ${PAYMENTS} payments`, () => {
  let app: TestApp;
  let coach: CoachWorld;
  const sessions: SessionSummary[] = [];
  const random = new Random(20_270_405);

  beforeAll(async () => {
    app = await TestApp.start({ now: '2027-04-01T09:00:00Z', sandbox: { feeRounding: 'down' } });
    const world = new World(app);
    coach = await world.coach({ payouts: true });
    const offering = await world.offering(coach, { priceMinor: PRICE });
    const clients = await manyClients(app, coach, Math.ceil(PAYMENTS / HOLDS_EACH));
    for (let index = 0; index < PAYMENTS; index += 1) {
      const client = clients[index % clients.length];
      if (client === undefined) throw new Error('There is no client.');
      const startsAt = new Date(FIRST_START + index * HOUR_MS).toISOString();
      sessions.push(await world.book(client, offering, startsAt));
    }
    for (const session of sessions) await payUnseen(app, session);
    await settle(app);
  }, 600_000);

  afterAll(() => app.stop());

  const wish = (): { amount: unknown; currency: string } => {
    const currency = random.next() < 0.1 ? random.pick(['USD', 'JPY', 'eur', '']) : 'EUR';
    const kind = random.next();
    if (kind < 0.7) return { amount: 1 + random.below(PRICE / 3), currency };
    return { amount: random.pick([0, -1, -PRICE, PRICE, PRICE + 1, 2 ** 53, 1e21, 10.5, '100']), currency };
  };
  const refund = (paymentId: string): Promise<Answer<{ code?: string }>> =>
    coach.http.post(`/v1/payments/${paymentId}/refunds`, { amount: wish() });

  it('A85 A94 give back no more than was captured, and the fee in proportion', async () => {
    const statuses: Record<number, number> = {};
    for (let first = 0; first < sessions.length; first += AT_ONCE) {
      const some = sessions.slice(first, first + AT_ONCE);
      const calls = some.flatMap(({ payment }) =>
        Array.from({ length: REFUNDS_EACH }, () => refund(payment?.id ?? '')),
      );
      for (const { status } of await Promise.all(calls)) statuses[status] = (statuses[status] ?? 0) + 1;
    }
    expect(Object.keys(statuses).sort()).toEqual(['201', '400', '422']);
    await settle(app);

    const atStripe = new Map<unknown, number>();
    for (const { payment_intent: intent, amount } of app.sandbox.stripe.refunds)
      atStripe.set(intent, (atStripe.get(intent) ?? 0) + amount);
    const payments = await app.database.many(
      sql<{ id: string; intent: string; captured: number; refunded: number; status: string }>`
        select id, stripe_payment_intent_id as intent, captured_minor as captured, refunded_minor as refunded, status from payments`,
    );
    expect(new Set(payments.map(({ id }) => id))).toEqual(
      new Set(sessions.map(({ payment }) => parsePublicId('payment', payment?.id ?? ''))),
    );
    const wrong = payments.filter(
      ({ intent, captured, refunded }) =>
        captured !== PRICE || refunded > captured || refunded !== (atStripe.get(intent) ?? 0),
    );
    expect(wrong).toEqual([]);
    // Fees in proportion, sums, status and ledger are invariants.
    expect(await app.brokenInvariants()).toEqual([]);
    const wholly = payments.filter(({ status }) => status === 'refunded').length;
    quote(
      `  ${PAYMENTS} payments × ${REFUNDS_EACH} refunds at once: ${Object.entries(statuses)
        .map(([status, count]) => `${status} × ${count}`)
        .join(', ')}; ${wholly} refunded in full, none beyond`,
    );
  }, 1_200_000);
});

/** Of very many, more than one round of draining. */
async function settle(app: TestApp, rounds = 50): Promise<void> {
  try {
    await app.drain();
  } catch (error) {
    if (rounds === 0 || !(error instanceof Error) || !error.message.includes('come to rest')) throw error;
    await settle(app, rounds - 1);
  }
}
