import { createHmac } from 'node:crypto';
import { sql } from '@app/database';
import { WebhookRefused } from './payments.errors';
import { OLD_WEBHOOK_SECRET, PaymentsWorld, WEBHOOK_SECRET, type Practice } from './payments.test-world';

interface Signing {
  secret?: string;
  /** Seconds before now. */
  ageSeconds?: number;
}

describe("Stripe's webhooks", () => {
  let world: PaymentsWorld;
  let practice: Practice;
  let number = 0;

  beforeAll(async () => {
    world = await PaymentsWorld.start();
    practice = await world.practice();
  });
  afterAll(() => world.close());

  function event(overrides: Record<string, unknown> = {}): Buffer {
    number += 1;
    return Buffer.from(
      JSON.stringify({
        id: `evt_of_these_specs_${number}`,
        object: 'event',
        type: 'payment_intent.succeeded',
        api_version: '2026-10-28.endive',
        created: 1_700_000_000,
        livemode: false,
        data: {
          object: { id: 'pi_of_nobody', object: 'payment_intent', client_secret: 'pi_of_nobody_secret_x' },
        },
        ...overrides,
      }),
    );
  }

  function signature(body: Buffer, { secret = WEBHOOK_SECRET, ageSeconds = 0 }: Signing = {}): string {
    const at = Math.floor(Date.now() / 1_000) - ageSeconds;
    return `t=${at},v1=${createHmac('sha256', secret).update(`${at}.`).update(body).digest('hex')}`;
  }

  const stored = async (): Promise<string[]> =>
    (await world.database.many(sql<{ id: string }>`select id from stripe_events order by id`)).map(
      ({ id }) => id,
    );

  it('stores an event once, with its message, whatever the number of deliveries', async () => {
    const body = event({ id: 'evt_delivered_often' });
    await Promise.all(Array.from({ length: 10 }, () => world.webhooks.receive(body, signature(body))));
    await world.webhooks.receive(body, signature(body));
    expect((await stored()).filter((id) => id === 'evt_delivered_often')).toHaveLength(1);
    const messages = await world.database.many(sql`
      select id from outbox_messages where type = 'payments.stripe_event_received' and payload ->> 'eventId' = 'evt_delivered_often'`);
    expect(messages).toHaveLength(1);
  });

  it('takes the secret that is being replaced, too', async () => {
    const body = event({ id: 'evt_by_the_old_secret' });
    await world.webhooks.receive(body, signature(body, { secret: OLD_WEBHOOK_SECRET }));
    expect(await stored()).toContain('evt_by_the_old_secret');
  });

  it.each([
    [
      'a false secret',
      'webhooks.signature',
      (body: Buffer) => signature(body, { secret: 'whsec_of_somebody_else' }),
    ],
    [
      'another body',
      'webhooks.signature',
      (body: Buffer) => signature(Buffer.concat([body, Buffer.from(' ')])),
    ],
    [
      'an event older than 300 seconds',
      'webhooks.signature',
      (body: Buffer) => signature(body, { ageSeconds: 302 }),
    ],
    ['no signature', 'webhooks.signature', () => ''],
    ['a signature that is none', 'webhooks.signature', () => 't=now,v1=none'],
  ])('refuses %s', async (_, code, sign) => {
    const before = await stored();
    const body = event();
    await expect(world.webhooks.receive(body, sign(body))).rejects.toMatchObject({ code });
    expect(await stored()).toEqual(before);
  });

  it('takes an event of 295 seconds', async () => {
    const body = event({ id: 'evt_just_in_time' });
    await world.webhooks.receive(body, signature(body, { ageSeconds: 295 }));
    expect(await stored()).toContain('evt_just_in_time');
  });

  it('refuses events of live mode under a test key', async () => {
    const body = event({ livemode: true });
    await expect(world.webhooks.receive(body, signature(body))).rejects.toMatchObject({
      code: 'webhooks.mode',
    });
  });

  it('refuses more than 256 KB before it looks at the signature', async () => {
    const body = Buffer.alloc(256 * 1_024 + 1, 'x');
    await expect(world.webhooks.receive(body, 'none')).rejects.toMatchObject({ code: 'webhooks.too_large' });
  });

  it.each([
    ['not JSON', Buffer.from('<html>')],
    ['JSON that is no event', Buffer.from('[1]')],
    ['an event about nothing', Buffer.from('{"id":"evt_1","object":"event","type":"x","livemode":false}')],
    [
      'an event with an object for an id',
      Buffer.from('{"id":{"$ne":null},"object":"event","type":"x","livemode":false,"data":{"object":{}}}'),
    ],
  ])('refuses what is signed but is %s', async (_, body) => {
    await expect(world.webhooks.receive(body, signature(body))).rejects.toThrow(WebhookRefused);
  });

  it('keeps neither client secrets nor what names people', async () => {
    const payment = await world.paid(practice);
    await world.refunded(payment, 1_000);
    await world.processEvents();
    const rows = await world.database.many(
      sql<{ text: string }>`select payload::text as text from stripe_events`,
    );
    expect(rows.length).toBeGreaterThan(5);
    for (const { text } of rows) expect(text).not.toMatch(/_secret_|billing|last4/);
  });

  it.each([
    [
      'an intent that is nobody’s',
      'payment_intent.succeeded',
      { id: 'pi_of_nobody', object: 'payment_intent' },
    ],
    ['a refund that is nobody’s', 'refund.updated', { id: 're_of_nobody', object: 'refund' }],
    ['an account that is nobody’s', 'account.updated', { id: 'acct_of_nobody', object: 'account' }],
    [
      'a charge that is nobody’s',
      'charge.refunded',
      { id: 'ch_1', object: 'charge', payment_intent: 'pi_of_nobody' },
    ],
    ['a kind of event that is new', 'issuing_card.created', { id: 'ic_1', object: 'issuing.card' }],
    ['an object without an id', 'payment_intent.succeeded', { object: 'payment_intent' }],
  ])('does nothing, once, about %s', async (_, type, object) => {
    const body = event({ type, data: { object } });
    const id = `evt_of_these_specs_${number}`;
    await world.webhooks.receive(body, signature(body));
    await world.webhooks.process(id);
    await world.webhooks.process(id);
    const row = await world.database.one(
      sql<{
        processedAt: Date | null;
      }>`select processed_at as "processedAt" from stripe_events where id = ${id}`,
    );
    expect(row.processedAt).toBeInstanceOf(Date);
  });

  it('does not take the word of an event: the state is read at Stripe', async () => {
    const payment = await world.open(practice);
    await world.payments.ensureIntent(payment.coachId, payment.id);
    const { stripePaymentIntentId } = await world.payment(payment);
    const body = event({
      data: {
        object: {
          id: stripePaymentIntentId,
          object: 'payment_intent',
          status: 'succeeded',
          amount_received: 1,
        },
      },
    });
    await world.webhooks.receive(body, signature(body));
    await world.processEvents();
    expect(await world.payment(payment)).toMatchObject({ status: 'requires_payment', capturedMinor: 0 });
  });

  it("does not take over a stranger's intent that carries our ids", async () => {
    const payment = await world.paid(practice);
    const forged = await world.stripe.paymentIntents.create({
      amount: 10_000,
      currency: 'eur',
      automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
      metadata: { coachId: payment.coachId, paymentId: payment.id },
    });
    await world.stripe.paymentIntents.cancel(forged.id);
    await world.processEvents();
    expect(await world.payment(payment)).toEqual(payment);
  });

  it('stays to be done while Stripe does not answer', async () => {
    const payment = await world.open(practice);
    await world.confirm(payment, 'pm_card_visa');
    await world.sandbox.drainWebhooks();
    world.sandbox.faults.inject({
      provider: 'stripe',
      operation: 'GET /v1/payment_intents/{id}',
      kind: 'server_error',
      times: 3,
    });
    const { id } = await world.database.one(sql<{ id: string }>`
      select id from stripe_events where type = 'payment_intent.succeeded' and object_id = ${(await world.payment(payment)).stripePaymentIntentId}`);
    await expect(world.webhooks.process(id)).rejects.toMatchObject({ code: 'payments.stripe_unavailable' });
    expect((await world.payment(payment)).status).toBe('requires_payment');
    await world.webhooks.process(id);
    expect((await world.payment(payment)).status).toBe('paid');
  });

  it('follows an account that Stripe restricts', async () => {
    const restricted = await world.practice();
    const url = `${world.sandbox.urls.console}/sandbox/stripe/accounts/${restricted.stripeAccountId}/restrict`;
    await fetch(url, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } });
    await world.processEvents();
    await expect(world.payoutAccounts.assertReady(restricted.coachId)).rejects.toMatchObject({
      code: 'payouts-not-ready',
    });
    const link = await world.payoutAccounts.onboardingLink(
      restricted.coachId,
      { returnUrl: 'https://practice.test/done', refreshUrl: 'https://practice.test/again' },
      { kind: 'coach', accountId: restricted.coachId },
    );
    await fetch(link.url, { method: 'POST', redirect: 'manual' });
    await world.processEvents();
    expect(await world.payoutAccounts.assertReady(restricted.coachId)).toBe(restricted.stripeAccountId);
  });

  it('fewest news are enough: with all but one event dropped the end is right', async () => {
    const payment = await world.paid(practice);
    await world.processEvents();
    await world.stripe.refunds.create({
      payment_intent: payment.stripePaymentIntentId ?? '',
      amount: 500,
      reverse_transfer: true,
    });
    await world.sandbox.drainWebhooks();
    await world.database.execute(sql`
      update stripe_events set processed_at = now() where processed_at is null and type <> 'transfer.reversed'`);
    await world.processEvents();
    expect(await world.payment(payment)).toMatchObject({ status: 'partially_refunded', refundedMinor: 500 });
  });
});
