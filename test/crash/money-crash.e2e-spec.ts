import { ensureBuilt } from '../support/processes';
import { quote } from '../support/quote';
import { TestApp } from '../support/test-app';
import { ChargeActs } from './charge-acts';
import { CheckoutActs } from './checkout-acts';
import { CrashLab } from './crash-lab';
import { DeclinedChargeActs } from './declined-charge-acts';
import { DisputeActs } from './dispute-acts';
import { MoneyActs, type MoneyAct, type MoneyCase } from './money-acts';

const HOUR_SECONDS = 3_600;
/** `npm test` takes one act, `npm run proof -- money` all of them, and each again a day later; a word takes those of that name. */
const CRASH_ACTS = process.env['CRASH_ACTS'];
const isProof = CRASH_ACTS !== undefined;
const IN_EVERY_RUN = new Set(['a card payment is booked']);
/** Stripe forgets keys when they are 24 hours old (providers.md 1). */
const LATER_HOURS = [23, 25];

/** Whatever step of its job is the last one before the process dies, money moves once (pitfalls.md C14). */
describe('acts on money and sudden ends', () => {
  let app: TestApp;
  let lab: CrashLab;
  let acts: MoneyAct[];

  beforeAll(async () => {
    ensureBuilt();
    app = await TestApp.start({ now: '2027-04-01T09:00:00Z' });
    lab = new CrashLab(app);
    const all = [
      ...(await MoneyActs.make(app)).all,
      ...(await ChargeActs.make(app)).all,
      ...(await DeclinedChargeActs.make(app)).all,
      ...(await DisputeActs.make(app)).all,
      ...(await CheckoutActs.make(app)).all,
    ];
    acts = all.filter(({ name }) =>
      isProof ? CRASH_ACTS === 'all' || name.includes(CRASH_ACTS) : IN_EVERY_RUN.has(name),
    );
  }, 240_000);

  afterAll(async () => {
    lab.close();
    await app.stop();
  });

  /** Prepares while Stripe's webhooks arrive, and acts while they get lost. */
  const begin = async (act: MoneyAct, count: number): Promise<(() => Promise<MoneyCase>)[]> => {
    lab.loseWebhooks(0);
    const prepared: (() => Promise<MoneyCase>)[] = [];
    while (prepared.length < count) prepared.push(await act.prepare());
    lab.loseWebhooks(1);
    return prepared;
  };

  /** @returns the steps of the act's job, counted in a run that nothing ends */
  const stepsOf = async (act: MoneyAct): Promise<string[]> => {
    const [start] = await begin(act, 1);
    if (start === undefined) throw new Error('Nothing was prepared.');
    const undisturbed = await start();
    const steps = await lab.count(undisturbed.job);
    await undisturbed.expectOnce('no crash');
    expect(steps.filter((step) => /\d+ commit/i.test(step)).length).toBeGreaterThan(0);
    return steps;
  };

  /** A worker dies before each of these steps, then the clock moves, and another one goes on. */
  const dieAtEach = async (
    act: MoneyAct,
    steps: readonly string[],
    from: number,
    hours: number,
  ): Promise<void> => {
    const prepared = await begin(act, steps.length - from);
    const cases: MoneyCase[] = [];
    for (const [index, start] of prepared.entries()) {
      const one = await start();
      cases.push(one);
      const before = from + index + 1;
      expect([act.name, await lab.dieBefore(before, one.job)]).toEqual([act.name, steps.slice(0, before)]);
    }
    await app.sandbox.advanceClock(hours * HOUR_SECONDS);
    await lab.recover();
    lab.loseWebhooks(0);
    for (const [index, one] of cases.entries())
      await one.expectOnce(`${steps[from + index] ?? ''}, ${hours} hours later`);
    expect(await app.brokenInvariants()).toEqual([]);
  };

  it('A92 happen once, whichever step of their job was the worker’s last', async () => {
    expect(acts.length).toBeGreaterThan(0);
    for (const act of acts) {
      const steps = await stepsOf(act);
      await dieAtEach(act, steps, 0, 0);
      quote(
        `  ${act.name}: the worker died before each of ${steps.length} steps, and it happened once:`,
        ...steps.map((step) => `    ${step}`),
      );
      if (!isProof) continue;
      const call = steps.findIndex((step) => /^\d+ (GET|POST|DELETE) /.test(step));
      if (call < 0) continue;
      for (const hours of LATER_HOURS) await dieAtEach(act, steps, call, hours);
      quote(
        `    also ${LATER_HOURS.join(' and ')} hours later, from the first call on: ${steps.length - call} steps`,
      );
    }
  }, 3_600_000);
});
