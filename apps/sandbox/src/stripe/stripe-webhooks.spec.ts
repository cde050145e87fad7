import type Stripe from 'stripe';
import { startSandbox, type Sandbox } from '../sandbox';
import {
  control,
  paidDestinationCharge,
  readyAccount,
  startReceiver,
  stripeClient,
  WEBHOOK_SECRET,
} from '../testing';

type Receiver = Awaited<ReturnType<typeof startReceiver>>;

let sandbox: Sandbox;
let stripe: Stripe;
let receiver: Receiver;

async function start(statuses: number[] = []): Promise<void> {
  receiver = await startReceiver(statuses);
  sandbox = await startSandbox({ stripeWebhook: { url: receiver.url, secret: WEBHOOK_SECRET } });
  stripe = stripeClient(sandbox);
}

afterEach(async () => {
  await sandbox.close();
  await receiver.close();
});

const customers = async (count: number) => {
  for (let index = 0; index < count; index += 1) await stripe.customers.create({ name: `Client ${index}` });
};
const names = () =>
  receiver.received.map(
    ({ body }) => (JSON.parse(body) as { data: { object: { name: string } } }).data.object.name,
  );

describe('webhooks', () => {
  it('arrive in order, signed so that the SDK accepts them, with the object as it was', async () => {
    await start();
    const coach = await readyAccount(sandbox, stripe);
    const payment = await paidDestinationCharge(stripe, coach, { amount: 10_000, fee: 1_500 });
    await stripe.refunds.create(
      { payment_intent: payment.id, reverse_transfer: true, refund_application_fee: true },
      { idempotencyKey: 'refund:1:1' },
    );
    await sandbox.drainWebhooks();
    expect(receiver.types()).toEqual([
      'account.updated',
      'payment_intent.created',
      'application_fee.created',
      'transfer.created',
      'charge.succeeded',
      'payment_intent.succeeded',
      'transfer.reversed',
      'refund.created',
      'application_fee.refunded',
      'charge.refunded',
    ]);
    const events = receiver.received.map(({ body, headers }) =>
      stripe.webhooks.constructEvent(body, headers['stripe-signature'] ?? '', WEBHOOK_SECRET),
    );
    expect(events[0]).toMatchObject({ account: coach, livemode: false, api_version: '2026-10-28.endive' });
    expect(events[1]).toMatchObject({
      data: { object: { id: payment.id, status: 'requires_confirmation' } },
    });
    expect(events[7]).toMatchObject({ request: { idempotency_key: 'refund:1:1' } });
    expect(await stripe.events.retrieve(events[7]?.id ?? '')).toMatchObject({ type: 'refund.created' });
    const tampered = receiver.received[0]?.body.replace('acct_', 'acct-') ?? '';
    expect(() =>
      stripe.webhooks.constructEvent(
        tampered,
        receiver.received[0]?.headers['stripe-signature'] ?? '',
        WEBHOOK_SECRET,
      ),
    ).toThrow('signature');
  });

  it('are repeated until a 2xx', async () => {
    await start([500]);
    await customers(1);
    await sandbox.drainWebhooks();
    expect(receiver.received.map(({ body }) => body)).toHaveLength(2);
    expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1);
    expect(sandbox.webhookDeliveries).toMatchObject([{ state: 'delivered', attempts: 2, lastStatus: 200 }]);
  });

  it('go to the Connect endpoint when they are about a connected account', async () => {
    await start();
    const connect = await startReceiver();
    sandbox.setStripeConnectWebhook({ url: connect.url, secret: 'whsec_connect' });
    await readyAccount(sandbox, stripe);
    await customers(1);
    await sandbox.drainWebhooks();
    expect([connect.types(), receiver.types()]).toEqual([['account.updated'], ['customer.created']]);
    const [first] = connect.received;
    stripe.webhooks.constructEvent(
      first?.body ?? '',
      first?.headers['stripe-signature'] ?? '',
      'whsec_connect',
    );
    await connect.close();
  });

  it.each([
    ['webhook_double', ['Client 0', 'Client 0', 'Client 1', 'Client 2']],
    ['webhook_drop', ['Client 1', 'Client 2']],
  ])('can be made to go wrong: %s', async (kind, expected) => {
    await start();
    await control(sandbox, 'POST', 'faults', {
      provider: 'stripe_webhook',
      operation: 'customer.created',
      kind,
      times: 1,
    });
    await customers(3);
    await sandbox.drainWebhooks();
    expect(names()).toEqual(expected);
  });

  it('can be late and out of order', async () => {
    await start();
    sandbox.faults.inject({
      provider: 'stripe_webhook',
      operation: '*',
      kind: 'webhook_delay',
      times: 1,
      delayMs: 200,
    });
    await customers(2);
    await sandbox.drainWebhooks();
    expect(names()).toEqual(['Client 1', 'Client 0']);

    sandbox.faults.inject({ provider: 'stripe_webhook', operation: '*', kind: 'webhook_shuffle', times: 3 });
    await customers(3);
    await sandbox.drainWebhooks();
    expect(names().slice(2)).toEqual(['Client 2', 'Client 1', 'Client 0']);
  });
});
