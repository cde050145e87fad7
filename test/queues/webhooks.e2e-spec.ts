import { sql } from '@app/database';
import { ReconciliationRuns } from '@app/payments';
import { quote } from '../support/quote';
import { Random } from '../support/random';
import { TestApp } from '../support/test-app';
import { MoneyTraffic } from './money-traffic';
import { disagreements } from './stripe-agreement';
import { WebhookWeather } from './webhook-weather';

const EVENTS = Number(process.env['WEBHOOK_EVENTS'] ?? 400);
const SEED = Number(process.env['WEBHOOK_SEED'] ?? 20_270_601);
const CLIENTS = Math.min(30, Math.ceil(EVENTS / 100));
const MINUTE = 60;

/** reliability.md R4: whatever arrives, and however, in the end we know what Stripe knows. */
describe(`A179 ${EVENTS} events of Stripe, shuffled, doubled, tampered, old, of others, late and lost`, () => {
  let app: TestApp;
  let traffic: MoneyTraffic;
  let weather: WebhookWeather;

  beforeAll(async () => {
    app = await TestApp.start({
      now: '2027-06-01T08:00:00Z',
      sandbox: { failingRefundSeconds: 30, pendingRefundSeconds: 30, processingSeconds: 20 },
    });
    const random = new Random(SEED);
    traffic = await MoneyTraffic.make(app, random, CLIENTS);
    // From here on the weather brings what Stripe announces.
    await app.sandbox.drainWebhooks();
    app.sandbox.setStripeWebhook(undefined);
    weather = new WebhookWeather(app, random);
  }, 120_000);
  afterAll(() => app.stop());

  it(
    'leave our books as Stripe has them',
    async () => {
      while (weather.tally.events < EVENTS) {
        await traffic.round();
        await app.sandbox.advanceClock(MINUTE);
        await weather.deliver();
        await traffic.work();
      }
      await atRest();
      quote(`  seed ${SEED}: ${told(weather.tally)}`, `  acts: ${told(traffic.acts)}`);
      expect(weather.surprises).toEqual([]);
      expect(await disagreements(app)).toEqual([]);
      expect(await app.brokenInvariants()).toEqual([]);
    },
    20 * 60_000,
  );

  it('store nothing that was tampered with or too old, and read nothing of another account', async () => {
    const stored = await app.database.many(
      sql<{ id: string }>`select id from stripe_events where id = any (${weather.refusedIds}::text[])`,
    );
    expect(stored).toEqual([]);
    expect(weather.refusedIds.length).toBeGreaterThan(EVENTS / 20);
    const foreign = await app.database.many(sql<{ isDone: boolean }>`
      select processed_at is not null as "isDone" from stripe_events where id = any (${weather.foreignIds}::text[])`);
    expect(foreign).toHaveLength(weather.foreignIds.length);
    expect(foreign.every(({ isDone }) => isDone)).toBe(true);
  });

  /** What is still on its way arrives; what was lost is found by asking, a while later. */
  async function atRest(): Promise<void> {
    for (const minutes of [...Array.from({ length: 8 }, () => 15), 23 * 60, 61]) {
      await weather.deliver(true);
      await traffic.work();
      await app.sandbox.advanceClock(minutes * MINUTE);
      await app.sweep();
      await app.worker.get(ReconciliationRuns).requestDue();
      await traffic.work();
    }
  }
});

function told(counts: Record<string, number>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}
