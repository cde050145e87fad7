import type Stripe from 'stripe';
import { startSandbox, type Sandbox } from '../sandbox';
import { control, paidDestinationCharge, readyAccount, stripeClient } from '../testing';

const ACTS = 500;
const CARDS = [
  'pm_card_visa',
  'pm_card_pendingRefund',
  'pm_card_refundFail',
  'pm_sandbox_pendingRefundFails',
  'pm_card_createDispute',
  'pm_card_createDisputeInquiry',
  'pm_card_chargeDeclined',
];

let sandbox: Sandbox;
let stripe: Stripe;
let coaches: string[];

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

beforeAll(async () => {
  sandbox = await startSandbox({ seed: 5 });
  stripe = stripeClient(sandbox);
  coaches = [await readyAccount(sandbox, stripe), await readyAccount(sandbox, stripe)];
});

afterAll(() => sandbox.close());

/** Minor units that went out of clients' pockets and did not come back. */
function paidByClients(): number {
  const { charges, refunds, disputes } = sandbox.stripe;
  const sum = (rows: Array<{ amount: number }>) => rows.reduce((total, row) => total + row.amount, 0);
  return (
    sum(charges.filter((charge) => charge.paid)) -
    sum(refunds.filter((refund) => refund.status !== 'failed')) -
    sum(disputes.filter((row) => ['needs_response', 'under_review', 'lost'].includes(row.status)))
  );
}

function keptByStripe(): number {
  return sandbox.stripe.balanceTransactions
    .flatMap((row) => row.fee_details)
    .filter((detail) => detail.type === 'stripe_fee')
    .reduce((total, detail) => total + detail.amount, 0);
}

it(`makes and loses no cent in ${ACTS} random acts`, async () => {
  const random = randomNumbers(20_261_122);
  const pick = <Item>(items: Item[]): Item | undefined => items[Math.floor(random() * items.length)];
  const upTo = (largest: number) => 1 + Math.floor(random() * largest);
  const oneOf = (rows: Array<{ id: string }>) => pick(rows)?.id ?? 'none';
  const acts: Record<string, () => Promise<unknown>> = {
    pay: () =>
      paidDestinationCharge(stripe, pick(coaches) ?? '', {
        amount: 1_000 + upTo(20_000),
        fee: upTo(900),
        method: pick(CARDS),
      }),
    refund: () =>
      stripe.refunds.create({
        charge: oneOf(sandbox.stripe.charges),
        amount: upTo(8_000),
        reverse_transfer: random() < 0.7,
        refund_application_fee: random() < 0.7,
      }),
    reverse: () =>
      stripe.transfers.createReversal(oneOf(sandbox.stripe.transfers), {
        amount: upTo(5_000),
        refund_application_fee: random() < 0.5,
      }),
    transfer: () =>
      stripe.transfers.create({ amount: upTo(500), currency: 'usd', destination: pick(coaches) ?? '' }),
    returnFee: () =>
      stripe.applicationFees.createRefund(oneOf(sandbox.stripe.applicationFees), { amount: upTo(300) }),
    dispute: () => control(sandbox, 'POST', `stripe/charges/${oneOf(sandbox.stripe.charges)}/dispute`, {}),
    decide: () =>
      control(
        sandbox,
        'POST',
        `stripe/disputes/${oneOf(sandbox.stripe.disputes)}/${pick(['win', 'lose', 'escalate']) ?? ''}`,
        {},
      ),
    wait: () => sandbox.advanceClock(upTo(8)),
  };
  const done = new Map<string, number>();
  for (let count = 0; count < ACTS; count += 1) {
    const name = pick(['pay', 'pay', 'refund', 'refund', ...Object.keys(acts)]) ?? 'wait';
    const events = sandbox.stripe.events.length;
    await acts[name]?.().catch(() => undefined); // many are refused, as they should be
    if (sandbox.stripe.events.length > events) done.set(name, (done.get(name) ?? 0) + 1);
    const held = [undefined, ...coaches].reduce(
      (total, account) => total + (sandbox.stripe.balance(account)['usd'] ?? 0),
      0,
    );
    expect([name, held]).toEqual([name, paidByClients() - keptByStripe()]);
  }
  expect([...done.keys()].toSorted()).toEqual(Object.keys(acts).toSorted());
  for (const charge of sandbox.stripe.charges) {
    expect(charge.amount_refunded).toBeLessThanOrEqual(charge.amount);
    expect(charge.amount_refunded).toBeGreaterThanOrEqual(0);
  }
});
