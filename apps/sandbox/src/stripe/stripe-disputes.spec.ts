import type Stripe from 'stripe';
import { startSandbox, type Sandbox } from '../sandbox';
import {
  control,
  paidDestinationCharge,
  readyAccount,
  startReceiver,
  stripeClient,
  stripeFailure as failure,
  WEBHOOK_SECRET,
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

const pay = (method?: string) =>
  paidDestinationCharge(stripe, coach, { amount: 10_000, fee: 1_500, ...(method && { method }) });

async function disputed(input: object = {}): Promise<Stripe.Dispute> {
  const payment = await pay();
  const { body } = await control(sandbox, 'POST', `stripe/payment-intents/${payment.id}/dispute`, input);
  return body as Stripe.Dispute;
}

const balances = () => [sandbox.stripe.balance()['usd'], sandbox.stripe.balance(coach)['usd']];
const decide = (dispute: Stripe.Dispute, act: 'win' | 'lose' | 'escalate') =>
  control(sandbox, 'POST', `stripe/disputes/${dispute.id}/${act}`, {});
const typesAbout = (id: string) =>
  sandbox.stripe.events
    .filter((event) => (event.data.object as { id?: string }).id === id)
    .map((event) => event.type.replace('charge.dispute.', ''));

describe('a dispute', () => {
  it('is opened by the test card and found by its payment, the platform out of pocket until it reverses', async () => {
    const payment = await pay('pm_card_createDisputeProductNotReceived');
    expect((await stripe.disputes.list({ payment_intent: payment.id })).data).toEqual([]);
    expect(balances()).toEqual([1_500, 8_500]);
    await sandbox.advanceClock(5);
    const [dispute] = (
      await stripe.disputes.list({ payment_intent: payment.id, created: { gte: payment.created } })
    ).data;
    expect(dispute).toMatchObject({
      status: 'needs_response',
      reason: 'product_not_received',
      amount: 10_000,
      charge: payment.latest_charge,
      is_charge_refundable: false,
      balance_transactions: [{ amount: -10_000, fee: 1_500, net: -11_500, reporting_category: 'dispute' }],
    });
    expect(balances()).toEqual([1_500 - 11_500, 8_500]);
    const charge = await stripe.charges.retrieve(payment.latest_charge as string);
    expect(charge).toMatchObject({ disputed: true, amount_refunded: 0 });

    const reversal = await stripe.transfers.createReversal(charge.transfer as string, { amount: 8_500 });
    expect(reversal.amount).toBe(8_500);
    expect(balances()).toEqual([-1_500, 0]);
  });

  it('cannot be refunded while open or lost, and can after it was won', async () => {
    const refund = (dispute: Stripe.Dispute) =>
      stripe.refunds.create({ payment_intent: dispute.payment_intent as string, amount: 1_000 });
    const dispute = await disputed();
    expect(await failure(refund(dispute))).toMatchObject({ statusCode: 400, code: 'charge_disputed' });
    expect(sandbox.stripe.refunds).toEqual([]);
    await decide(dispute, 'win');
    expect(await refund(dispute)).toMatchObject({ status: 'succeeded' });
    const lost = await disputed();
    await decide(lost, 'lose');
    expect(await failure(refund(lost))).toMatchObject({ code: 'charge_disputed' });
  });

  it('gives the money back when won, but not the dispute fee, and the coach by a transfer of the platform', async () => {
    const dispute = await disputed();
    const charge = await stripe.charges.retrieve(dispute.charge as string);
    await stripe.transfers.createReversal(charge.transfer as string, { amount: 8_500 });
    await stripe.disputes.update(dispute.id, { evidence: { uncategorized_text: 'winning_evidence' } });
    expect(await stripe.disputes.retrieve(dispute.id)).toMatchObject({
      status: 'under_review',
      evidence_details: { has_evidence: true, submission_count: 1, submission_method: 'manual' },
    });
    await sandbox.advanceClock(5);
    const won = await stripe.disputes.retrieve(dispute.id);
    expect(won.status).toBe('won');
    expect(won.balance_transactions.map((movement) => movement.net)).toEqual([-11_500, 10_000]);
    expect(balances()).toEqual([1_500 + 8_500 - 1_500, 0]);
    await stripe.transfers.create(
      { amount: 8_500, currency: 'usd', destination: coach, metadata: { disputeId: dispute.id } },
      { idempotencyKey: `dispute-won:${dispute.id}` },
    );
    expect(balances()).toEqual([0, 8_500]);
    expect(typesAbout(dispute.id)).toEqual([
      'created',
      'funds_withdrawn',
      'updated',
      'closed',
      'funds_reinstated',
    ]);
  });

  it.each([
    [
      'losing evidence',
      (id: string) => stripe.disputes.update(id, { evidence: { uncategorized_text: 'losing_evidence' } }),
      5,
    ],
    ['acceptance by the platform', (id: string) => stripe.disputes.close(id), 0],
    ['silence until the last day', () => Promise.resolve(), 9 * 86_400],
  ])('is lost by %s', async (_title, act, seconds) => {
    const dispute = await disputed();
    const before = balances();
    await act(dispute.id);
    if (seconds > 0) await sandbox.advanceClock(seconds);
    expect(await stripe.disputes.retrieve(dispute.id)).toMatchObject({ status: 'lost' });
    expect(balances()).toEqual(before);
    expect(typesAbout(dispute.id).at(-1)).toBe('closed');
    expect((await failure(stripe.disputes.close(dispute.id))).statusCode).toBe(400);
  });

  it('keeps evidence that is not handed in yet, and takes none afterwards', async () => {
    const dispute = await disputed({ reason: 'product_unacceptable', amount: 4_000 });
    expect(dispute).toMatchObject({ amount: 4_000, reason: 'product_unacceptable' });
    const staged = await stripe.disputes.update(dispute.id, {
      evidence: { service_date: '2027-03-01', access_activity_log: '10:00 joined' },
      metadata: { paymentId: 'pay_1' },
      submit: false,
    });
    expect(staged).toMatchObject({
      status: 'needs_response',
      evidence: { service_date: '2027-03-01', receipt: null },
      metadata: { paymentId: 'pay_1' },
      evidence_details: { submission_count: 0 },
    });
    const handedIn = await stripe.disputes.update(dispute.id, { submit: true });
    expect(handedIn).toMatchObject({
      status: 'under_review',
      evidence: { access_activity_log: '10:00 joined' },
    });
    await sandbox.advanceClock(10 * 86_400);
    expect(await stripe.disputes.retrieve(dispute.id)).toMatchObject({ status: 'under_review' });
    expect(await failure(stripe.disputes.update(dispute.id, { submit: true }))).toMatchObject({
      param: 'evidence',
    });
  });

  it('may be an inquiry first: no money moves, a refund is possible, escalation withdraws the rest', async () => {
    const payment = await pay('pm_card_createDisputeInquiry');
    await sandbox.advanceClock(5);
    const [inquiry] = sandbox.stripe.disputes;
    if (!inquiry) throw new Error('no dispute');
    expect(inquiry).toMatchObject({ status: 'warning_needs_response', is_charge_refundable: true });
    expect(balances()).toEqual([1_500, 8_500]);
    await stripe.refunds.create({ payment_intent: payment.id, amount: 2_000 });
    await decide(inquiry, 'escalate');
    expect(await stripe.disputes.retrieve(inquiry.id)).toMatchObject({
      status: 'needs_response',
      amount: 8_000,
    });
    expect(balances()).toEqual([1_500 - 2_000 - 8_000 - 1_500, 8_500]);
  });

  it('is there once per charge, for no more than was not refunded', async () => {
    const payment = await pay();
    await stripe.refunds.create({ payment_intent: payment.id, amount: 9_000 });
    const path = `stripe/charges/${payment.latest_charge as string}/dispute`;
    expect((await control(sandbox, 'POST', path, { amount: 1_001 })).status).toBe(400);
    expect(await control(sandbox, 'POST', path, {})).toMatchObject({ status: 200, body: { amount: 1_000 } });
    expect((await control(sandbox, 'POST', path, {})).status).toBe(400);
  });

  it('tells the webhook endpoint', async () => {
    const receiver = await startReceiver();
    sandbox.setStripeWebhook({ url: receiver.url, secret: WEBHOOK_SECRET });
    const dispute = await disputed();
    await decide(dispute, 'lose');
    await sandbox.drainWebhooks();
    await receiver.close();
    expect(receiver.types().filter((type) => type.includes('dispute'))).toEqual([
      'charge.dispute.created',
      'charge.dispute.funds_withdrawn',
      'charge.dispute.closed',
    ]);
  });
});
