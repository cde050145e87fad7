import type Stripe from 'stripe';
import { startSandbox, type Sandbox } from '../sandbox';
import { control, paidDestinationCharge, readyAccount, stripeClient } from '../testing';

let sandbox: Sandbox;
let stripe: Stripe;
let coach: string;
/** Business seconds since the epoch at which the second half of the payments was made. */
let later: number;

type Page = Stripe.ApiListPromise<{ id: string; created: number }>;
type Listing = (query: { limit?: number; starting_after?: string; created?: { gte: number } }) => Page;

/** A payment that is refunded in part and then disputed. */
async function playPayment(amount: number): Promise<void> {
  const payment = await paidDestinationCharge(stripe, coach, { amount, fee: 1_000 });
  await stripe.refunds.create({
    payment_intent: payment.id,
    amount: 1_000,
    reverse_transfer: true,
    refund_application_fee: true,
  });
  await control(sandbox, 'POST', `stripe/payment-intents/${payment.id}/dispute`, {});
}

/** Six payments, half of them an hour after the others. */
beforeAll(async () => {
  sandbox = await startSandbox();
  stripe = stripeClient(sandbox);
  coach = await readyAccount(sandbox, stripe);
  for (const amount of [10_000, 10_001, 10_002]) await playPayment(amount);
  await sandbox.advanceClock(3_600);
  later = Math.floor(sandbox.now().getTime() / 1_000);
  for (const amount of [10_003, 10_004, 10_005]) await playPayment(amount);
});

afterAll(() => sandbox.close());

describe('lists for reconciliation', () => {
  it.each<[string, () => Listing, () => Array<{ id: string; created: number }>]>([
    [
      'payment intents',
      () => (query) => stripe.paymentIntents.list(query),
      () => sandbox.stripe.paymentIntents,
    ],
    ['charges', () => (query) => stripe.charges.list(query), () => sandbox.stripe.charges],
    ['refunds', () => (query) => stripe.refunds.list(query), () => sandbox.stripe.refunds],
    ['disputes', () => (query) => stripe.disputes.list(query), () => sandbox.stripe.disputes],
    [
      'application fees',
      () => (query) => stripe.applicationFees.list(query),
      () => sandbox.stripe.applicationFees,
    ],
    ['transfers', () => (query) => stripe.transfers.list(query), () => sandbox.stripe.transfers],
    [
      'movements of the platform',
      () => (query) => stripe.balanceTransactions.list(query),
      () => sandbox.stripe.balanceTransactions.filter((row) => row.account === null),
    ],
  ])('has all %s, from an instant on, page by page while new ones are made', async (_title, listing, all) => {
    const expected = all()
      .filter((row) => row.created >= later)
      .map((row) => row.id)
      .toReversed();
    expect(expected.length).toBeGreaterThanOrEqual(3);
    expect(expected.length).toBeLessThan(all().length);
    const list = listing();
    const inOneGo = await list({ created: { gte: later } }).autoPagingToArray({ limit: 1_000 });
    expect(inOneGo.map((row) => row.id)).toEqual(expected);
    const seen: string[] = [];
    for (;;) {
      const after = seen.at(-1);
      const page = await list({ limit: 2, created: { gte: later }, ...(after && { starting_after: after }) });
      seen.push(...page.data.map((row) => row.id));
      if (!page.has_more) break;
      await playPayment(20_000);
    }
    expect(seen).toEqual(expected);
  });

  it('reads what balances a payment from the movements by source', async () => {
    const [dispute] = (await stripe.disputes.list({ limit: 1 })).data;
    const [refund] = (await stripe.refunds.list({ limit: 1 })).data;
    const netOf = async (source: string) =>
      (await stripe.balanceTransactions.list({ source })).data.map((row) => [row.type, row.net]);
    expect(await netOf(dispute?.id ?? '')).toEqual([['adjustment', -((dispute?.amount ?? 0) + 1_500)]]);
    expect(await netOf(refund?.id ?? '')).toEqual([['refund', -1_000]]);
    const expanded = await stripe.balanceTransactions.list({
      source: dispute?.id ?? '',
      expand: ['data.source'],
    });
    expect(expanded.data).toMatchObject([{ source: { object: 'dispute', id: dispute?.id } }]);
  });

  it('expands what a charge has only when it was transferred', async () => {
    const untransferred = await stripe.paymentIntents.create({
      amount: 700,
      currency: 'usd',
      automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
      payment_method: 'pm_card_visa',
      confirm: true,
    });
    const { data } = await stripe.charges.list({ limit: 100, expand: ['data.transfer'] });
    expect(data.find(({ payment_intent: intent }) => intent === untransferred.id)).not.toHaveProperty(
      'transfer',
    );
    expect(data.filter(({ transfer }) => typeof transfer === 'object').length).toBeGreaterThan(0);
    await expect(stripe.charges.list({ expand: ['data.transfers'] })).rejects.toThrow('cannot be expanded');
  });

  it('adds up: every balance is the sum of its movements, on both sides', async () => {
    for (const stripeAccount of [undefined, coach]) {
      const movements = await stripe.balanceTransactions
        .list({ limit: 100 }, stripeAccount ? { stripeAccount } : {})
        .autoPagingToArray({ limit: 1_000 });
      const balance = await stripe.balance.retrieve({}, stripeAccount ? { stripeAccount } : {});
      const held = [...balance.available, ...balance.pending].reduce((sum, part) => sum + part.amount, 0);
      expect(movements.reduce((sum, row) => sum + row.net, 0)).toBe(held);
      expect(sandbox.stripe.balance(stripeAccount)['usd']).toBe(held);
    }
  });
});
