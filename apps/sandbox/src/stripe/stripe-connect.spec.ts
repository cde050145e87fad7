import type Stripe from 'stripe';
import { startSandbox, type Sandbox } from '../sandbox';
import {
  control,
  paidDestinationCharge,
  readyAccount,
  stripeClient,
  stripeFailure as failure,
} from '../testing';

let sandbox: Sandbox;
let stripe: Stripe;
let coach: string;

beforeEach(async () => {
  sandbox = await startSandbox({ processingFee: { basisPoints: 0, fixedMinor: 0 } });
  stripe = stripeClient(sandbox);
  coach = await readyAccount(sandbox, stripe);
});

afterEach(() => sandbox.close());

const balances = () => [sandbox.stripe.balance()['usd'], sandbox.stripe.balance(coach)['usd']];
const types = () => sandbox.stripe.events.map((event) => event.type);

describe('what Stripe asks of a connected account', () => {
  const require = (needs: object) => control(sandbox, 'POST', `stripe/accounts/${coach}/require`, needs);

  it('only tells what is currently due', async () => {
    await require({ currentlyDue: ['individual.verification.document'] });
    expect(await stripe.accounts.retrieve(coach)).toMatchObject({
      charges_enabled: true,
      capabilities: { transfers: 'active' },
      requirements: {
        currently_due: ['individual.verification.document'],
        past_due: [],
        disabled_reason: null,
      },
    });
    const [event] = sandbox.stripe.events.filter((row) => row.type === 'account.updated').slice(-1);
    expect(event).toMatchObject({
      account: coach,
      data: { object: { requirements: { currently_due: ['individual.verification.document'] } } },
    });
  });

  it.each([
    [{ pastDue: ['external_account'] }, 'requirements.past_due', ['external_account']],
    [{ disabledReason: 'rejected.fraud' }, 'rejected.fraud', []],
    [{ currentlyDue: ['tos'], disabledReason: 'under_review' }, 'under_review', ['tos']],
  ])('takes its rights with %j until it is onboarded again', async (needs, reason, due) => {
    await require(needs);
    expect(await stripe.accounts.retrieve(coach)).toMatchObject({
      charges_enabled: false,
      payouts_enabled: false,
      details_submitted: true,
      capabilities: { transfers: 'inactive' },
      requirements: { disabled_reason: reason, currently_due: due },
    });
    expect(await failure(paidDestinationCharge(stripe, coach, { amount: 5_000, fee: 500 }))).toMatchObject({
      code: 'insufficient_capabilities_for_transfer',
    });
    await control(sandbox, 'POST', `stripe/accounts/${coach}/complete-onboarding`, {});
    expect(await stripe.accounts.retrieve(coach)).toMatchObject({
      charges_enabled: true,
      requirements: { disabled_reason: null, currently_due: [] },
    });
  });

  it('refuses a reason that Stripe does not have', async () => {
    expect((await require({ disabledReason: 'bad mood' })).status).toBe(400);
  });
});

describe('transfers', () => {
  it('moves money beside a charge, is reversed in part, and says so', async () => {
    const transfer = await stripe.transfers.create({
      amount: 3_000,
      currency: 'usd',
      destination: coach,
      transfer_group: 'session_1',
      metadata: { why: 'dispute won' },
    });
    expect(balances()).toEqual([-3_000, 3_000]);
    const reversal = await stripe.transfers.createReversal(transfer.id, { amount: 1_000 });
    expect(balances()).toEqual([-2_000, 2_000]);
    expect(await stripe.transfers.retrieve(transfer.id, { expand: ['balance_transaction'] })).toMatchObject({
      amount_reversed: 1_000,
      reversed: false,
      source_transaction: null,
      reversals: { data: [{ id: reversal.id }] },
      balance_transaction: { amount: -3_000, type: 'transfer' },
    });
    expect(types().filter((type) => type.startsWith('transfer.'))).toEqual([
      'transfer.created',
      'transfer.reversed',
    ]);
    const listed = await stripe.transfers.list({ transfer_group: 'session_1', created: { gte: 1 } });
    expect(listed.data.map(({ id }) => id)).toEqual([transfer.id]);
    expect(await failure(stripe.transfers.createReversal(transfer.id, { amount: 2_001 }))).toMatchObject({
      code: 'amount_too_large',
    });
  });

  it('takes no more out of a charge than it brought', async () => {
    const payment = await stripe.paymentIntents.create({
      amount: 5_000,
      currency: 'usd',
      payment_method: 'pm_card_visa',
      confirm: true,
      automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
    });
    const move = (amount: number, currency = 'usd') =>
      stripe.transfers.create({
        amount,
        currency,
        destination: coach,
        source_transaction: payment.latest_charge as string,
      });
    await move(4_000);
    expect(await failure(move(1_001))).toMatchObject({ code: 'amount_too_large' });
    expect(await failure(move(500, 'eur'))).toMatchObject({ param: 'source_transaction' });
    await move(1_000);
    expect(balances()).toEqual([0, 5_000]);
  });

  it('goes only to an account that may take it', async () => {
    const send = (destination: string) =>
      stripe.transfers.create({ amount: 100, currency: 'usd', destination });
    expect(await failure(send('acct_none'))).toMatchObject({ code: 'resource_missing' });
    await control(sandbox, 'POST', `stripe/accounts/${coach}/restrict`, {});
    expect(await failure(send(coach))).toMatchObject({ code: 'insufficient_capabilities_for_transfer' });
  });
});

describe('application fees', () => {
  it('are found by charge and time, and given back by amount and as the rest', async () => {
    const payment = await paidDestinationCharge(stripe, coach, { amount: 10_000, fee: 1_500 });
    const fees = await stripe.applicationFees.list({
      charge: payment.latest_charge as string,
      created: { gte: payment.created },
    });
    const [fee] = fees.data;
    if (!fee) throw new Error('no fee');
    expect(fee).toMatchObject({ amount: 1_500, account: coach });
    const first = await stripe.applicationFees.createRefund(fee.id, { amount: 400 });
    expect(balances()).toEqual([1_100, 8_900]);
    const rest = await stripe.applicationFees.createRefund(fee.id);
    expect(rest.amount).toBe(1_100);
    expect(balances()).toEqual([0, 10_000]);
    expect(await stripe.applicationFees.retrieve(fee.id)).toMatchObject({
      refunded: true,
      amount_refunded: 1_500,
      refunds: { data: [{ id: rest.id }, { id: first.id }] },
    });
    expect(types().filter((type) => type === 'application_fee.refunded')).toHaveLength(2);
    expect((await stripe.applicationFees.list({ created: { gt: payment.created + 60 } })).data).toEqual([]);
  });
});

describe('refunds that fail while pending', () => {
  it('gives the money back to the platform', async () => {
    const payment = await paidDestinationCharge(stripe, coach, {
      amount: 10_000,
      fee: 1_500,
      method: 'pm_sandbox_pendingRefundFails',
    });
    const refund = await stripe.refunds.create({ payment_intent: payment.id, amount: 2_000 });
    expect(refund.status).toBe('pending');
    await sandbox.advanceClock(5);
    expect(await stripe.refunds.retrieve(refund.id)).toMatchObject({ status: 'failed' });
    expect(balances()).toEqual([1_500, 8_500]);
  });
});
