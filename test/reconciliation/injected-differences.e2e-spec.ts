import { inject, type Injected } from '../../libs/payments/src/reconciliation/injections.test-world';
import { isSafeToMend } from '../../libs/payments/src/reconciliation/difference-kinds';
import { ReconciliationWorld } from '../../libs/payments/src/reconciliation/reconciliation.test-world';
import { quote } from '../support/quote';

/** `npm run proof -- reconcile` takes 10,000 and 50. */
const ROWS = Number(process.env['RECONCILE_ROWS'] ?? 400);
const DIFFERENCES = Number(process.env['RECONCILE_DIFFERENCES'] ?? 20);
const HOUR = 3_600;
const MEGABYTE = 1_048_576;

const named = ({ kind, intentId }: Injected): string => `${kind} ${intentId}`;

describe(`${DIFFERENCES} differences to Stripe among ${ROWS} payments that agree`, () => {
  let world: ReconciliationWorld;
  let injected: Injected[];

  beforeAll(async () => {
    world = await ReconciliationWorld.start();
    await world.clean(ROWS / 2);
    injected = await inject(world, DIFFERENCES);
    await world.clean(ROWS / 2);
    await world.wait(2 * HOUR);
  }, 900_000);
  afterAll(() => world.close());

  it('finds all of them in one pass and no other, mends what is safe and raises the rest', async () => {
    const started = performance.now();
    const heap = new HeapWatch();
    const run = await world.compare();
    const seconds = (performance.now() - started) / 1_000;
    const grown = heap.stop();

    const found = await world.differences();
    const kinds = new Set(injected.map(({ kind }) => kind));
    expect(kinds.size).toBeGreaterThanOrEqual(10);
    expect(found.map((row) => named({ kind: row.kind, intentId: row.stripePaymentIntentId })).sort()).toEqual(
      injected.map(named).sort(),
    );
    expect(found.filter(({ state, kind }) => state !== (isSafeToMend(kind) ? 'mended' : 'raised'))).toEqual(
      [],
    );
    expect(run.paymentsThere).toBeGreaterThanOrEqual(ROWS);
    expect(run).toMatchObject({ found: DIFFERENCES, resolved: 0 });
    expect(run.lookedAt).toBe(DIFFERENCES);
    quote(
      `  ${ROWS} payments that agree, ${DIFFERENCES} differences of ${kinds.size} kinds: ${found.length} found, ${run.mended} mended,` +
        ` ${run.raised} raised, none of the others; ${run.paymentsThere} payments and ${run.refundsThere} refunds listed in` +
        ` ${seconds.toFixed(1)} s, heap at most ${Math.round(grown / MEGABYTE)} MB above the start (with the sandbox's Stripe)`,
    );
  }, 600_000);

  it('finds nothing new in the next pass', async () => {
    await world.wait(HOUR);
    const before = await world.differences();
    expect(await world.compare()).toMatchObject({ found: 0, mended: 0, raised: 0, resolved: 0 });
    const states = (rows: typeof before): string[] => rows.map(({ id, state }) => `${id} ${state}`);
    expect(states(await world.differences())).toEqual(states(before));
  }, 600_000);
});

/** The most memory that was in use above what it was at the beginning. */
class HeapWatch {
  private readonly start = process.memoryUsage().heapUsed;
  private most = this.start;
  private readonly timer = setInterval(() => {
    this.most = Math.max(this.most, process.memoryUsage().heapUsed);
  }, 100);

  /** @returns bytes */
  stop(): number {
    clearInterval(this.timer);
    return this.most - this.start;
  }
}
