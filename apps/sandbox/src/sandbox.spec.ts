import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { startSandbox, type Sandbox } from './sandbox';
import {
  control,
  paidDestinationCharge,
  readyAccount,
  startReceiver,
  stripeClient,
  WEBHOOK_SECRET,
} from './testing';

async function comparable(sandbox: Sandbox): Promise<unknown> {
  const state = (await control(sandbox, 'GET', 'state')).body as Record<string, unknown>;
  const { clock, webhooks, ...rest } = state as {
    clock: { offsetSeconds: number };
    webhooks: Array<{ eventId: string }>;
  };
  return { ...rest, offset: clock.offsetSeconds, events: webhooks.map((delivery) => delivery.eventId) };
}

const firstId = async (seed?: number) => {
  const sandbox = await startSandbox({ ...(seed !== undefined && { seed }) });
  const { id } = await stripeClient(sandbox).customers.create({});
  await sandbox.close();
  return id;
};

describe('a restart', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sandbox-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('loses nothing: objects, keys, the clock, faults, mails and webhooks on their way', async () => {
    const dataFile = join(folder, 'data', 'sandbox.json');
    const receiver = await startReceiver([503, 503, 503, 503, 503, 503, 503]);
    const stripeWebhook = { url: receiver.url, secret: WEBHOOK_SECRET };
    const before = await startSandbox({ dataFile, stripeWebhook, seed: 7 });
    const coach = await readyAccount(before, stripeClient(before));
    const payment = await paidDestinationCharge(stripeClient(before), coach, { amount: 9_000, fee: 900 });
    const request = { payment_intent: payment.id, amount: 1_000 };
    const refund = await stripeClient(before).refunds.create(request, { idempotencyKey: 'refund:1:1' });
    const checkout = await stripeClient(before).checkout.sessions.create({
      mode: 'payment',
      line_items: [
        {
          price_data: { currency: 'usd', product_data: { name: 'Package' }, unit_amount: 500 },
          quantity: 1,
        },
      ],
      success_url: 'http://127.0.0.1:9/paid',
    });
    await stripeClient(before).setupIntents.create({});
    await control(before, 'POST', `stripe/payment-intents/${payment.id}/dispute`, {});
    await before.advanceClock(3_600);
    before.faults.inject({ provider: 'zoom', operation: '*', kind: 'slow', times: 2, delayMs: 5 });
    await createTransport(before.urls.smtp).sendMail({
      from: 'a@example.test',
      to: 'b@example.test',
      text: 'x',
    });
    const sent = before.stripe.events.length;
    const state = await comparable(before);
    await before.close();

    const ports = { stripe: Number(new URL(before.urls.stripe).port) }; // objects carry links to it
    const after = await startSandbox({ dataFile, stripeWebhook, seed: 7, ports });
    expect(await comparable(after)).toEqual(state);
    const again = await stripeClient(after).refunds.create(request, { idempotencyKey: 'refund:1:1' });
    expect(again.id).toBe(refund.id);
    await after.drainWebhooks();
    const delivered = new Set(
      receiver.received.slice(-sent).map(({ body }) => (JSON.parse(body) as { id: string }).id),
    );
    expect(delivered.size).toBe(sent);
    const next = await stripeClient(after).customers.create({});
    expect(JSON.stringify(state)).not.toContain(next.id);
    await after.advanceClock(10 * 86_400);
    expect(await stripeClient(after).checkout.sessions.retrieve(checkout.id)).toMatchObject({
      status: 'expired',
    });
    expect(after.stripe.disputes).toMatchObject([{ status: 'lost' }]);
    await after.close();
    await receiver.close();
  });

  it('writes soon after a change, whole files only', async () => {
    const dataFile = join(folder, 'sandbox.json');
    const sandbox = await startSandbox({ dataFile });
    await stripeClient(sandbox).customers.create({ name: 'Ann' });
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(await readFile(dataFile, 'utf8')).toContain('"Ann"');
    expect(await readdir(folder)).toEqual(['sandbox.json']);
    await sandbox.close();
  });

  it('refuses a file that is no snapshot instead of overwriting it', async () => {
    const dataFile = join(folder, 'sandbox.json');
    await writeFile(dataFile, '{"holiday":"pictures"}');
    await expect(startSandbox({ dataFile })).rejects.toThrow('is not a snapshot');
    expect(await readFile(dataFile, 'utf8')).toBe('{"holiday":"pictures"}');
  });
});

describe('ids', () => {
  it('are repeatable with a seed and random without', async () => {
    expect(await firstId(1)).toBe(await firstId(1));
    expect(await firstId(1)).not.toBe(await firstId(2));
    expect(await firstId()).not.toBe(await firstId());
  });
});

describe('ports', () => {
  it('that are taken are an error, and what was started is stopped again', async () => {
    const first = await startSandbox();
    const port = Number(new URL(first.urls.zoom).port);
    await expect(startSandbox({ ports: { zoom: port } })).rejects.toThrow('EADDRINUSE');
    const smtp = Number(new URL(first.urls.smtp).port);
    await expect(startSandbox({ ports: { smtp } })).rejects.toThrow('EADDRINUSE');
    await first.close();
  });
});
