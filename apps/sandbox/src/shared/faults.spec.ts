import { startSandbox, type Sandbox } from '../sandbox';
import { control } from '../testing';
import { FaultPlan, type RandomFaults } from './faults';

const STORM: RandomFaults = {
  seed: 4711,
  rates: { timeout_after_commit: 0.05, server_error: 0.05, rate_limit: 0.04, reset: 0.03, slow: 0.03 },
  webhooks: { double: 0.2, delay: 0.1, drop: 0.05, shuffle: 0.2 },
  slowMs: 10,
  delayMs: 100,
};

function planWith(faults: RandomFaults): FaultPlan {
  const plan = new FaultPlan(() => undefined);
  plan.setRandom(faults);
  return plan;
}

/** The faults of three attempts of each of `count` calls, asked for in the given order. */
function faultsOf(plan: FaultPlan, keys: string[]): Record<string, Array<string | undefined>> {
  const met: Record<string, Array<string | undefined>> = {};
  for (let attempt = 0; attempt < 3; attempt += 1) {
    for (const key of keys) (met[key] ??= []).push(plan.forCall('stripe', 'POST /v1/refunds', key)?.kind);
  }
  return met;
}

const KEYS = Array.from({ length: 1_000 }, (_unused, index) => `refund:ref_${index}:1`);

describe('random faults', () => {
  it('are a function of seed, key and attempt, whatever the order of the calls', () => {
    const first = faultsOf(planWith(STORM), KEYS);
    expect(faultsOf(planWith(STORM), KEYS.toReversed())).toEqual(first);
    expect(faultsOf(planWith({ ...STORM, seed: 4712 }), KEYS)).not.toEqual(first);
  });

  it('are counted by kind, beside all that was asked about', () => {
    const plan = planWith(STORM);
    const kinds = Object.values(faultsOf(plan, KEYS)).flat();
    for (const kind of Object.keys(STORM.rates))
      expect([kind, plan.met[kind]]).toEqual([kind, kinds.filter((met) => met === kind).length]);
    expect(plan.met['calls']).toBe(kinds.length);
    plan.inject({ provider: 'stripe_webhook', operation: '*', kind: 'webhook_drop', times: 1 });
    plan.forWebhook('stripe_webhook', 'refund.updated', 'one');
    expect([plan.met['webhooks'], plan.met['webhook_drop']]).toEqual([1, 1]);
  });

  it('come about as often as asked for, each kind', () => {
    const kinds = Object.values(faultsOf(planWith(STORM), KEYS)).flat();
    for (const [kind, rate] of Object.entries(STORM.rates)) {
      const share = kinds.filter((met) => met === kind).length / kinds.length;
      expect(Math.abs(share - rate)).toBeLessThan(0.015);
    }
  });

  it('refuse one mail no more often than asked for', () => {
    const plan = planWith({ ...STORM, rates: { server_error: 1 }, mostPerMail: 3 });
    const refused = (provider: 'smtp' | 'zoom'): boolean[] =>
      [1, 2, 3, 4].map(() => plan.forCall(provider, 'DATA', 'one') !== undefined);
    expect(refused('smtp')).toEqual([true, true, true, false]);
    expect(refused('zoom')).toEqual([true, true, true, true]);
  });

  it('do not stick to a key: a repeated call gets through in the end', () => {
    const plan = planWith({ ...STORM, rates: { server_error: 0.5 } });
    for (const key of KEYS.slice(0, 50)) {
      let attempts = 1;
      while (plan.forCall('zoom', 'PATCH /v2/meetings/1', key)) attempts += 1;
      expect(attempts).toBeLessThan(20);
    }
  });

  it('decide about webhooks by their cause', () => {
    const outcome = (plan: FaultPlan) =>
      KEYS.map((key) => plan.forWebhook('stripe_webhook', 'refund.created', key));
    const first = outcome(planWith(STORM));
    expect(outcome(planWith(STORM))).toEqual(first);
    expect(first.filter((fault) => fault.drop).length / KEYS.length).toBeCloseTo(0.05, 1);
    expect(first.every((fault) => fault.delayMs <= STORM.delayMs)).toBe(true);
  });

  it('go on where they were after a restart', () => {
    const whole = planWith(STORM);
    faultsOf(whole, KEYS);
    const next = faultsOf(whole, KEYS);
    const before = planWith(STORM);
    faultsOf(before, KEYS);
    const after = new FaultPlan(() => undefined);
    after.restore(JSON.parse(before.save()));
    expect(faultsOf(after, KEYS)).toEqual(next);
  });
});

describe('injected faults', () => {
  it.each([
    ['POST /v1/refunds', 'POST /v1/refunds', true],
    ['POST /v1/refunds', 'GET /v1/refunds', false],
    ['GET /v1/refunds/{id}', 'GET /v1/refunds/re_1', true],
    ['GET /v1/refunds/:id', 'GET /v1/refunds/re_1', true],
    ['GET /v1/refunds/{id}', 'GET /v1/refunds/re_1/more', false],
    ['GET /v1/refunds', 'GET /v1/refunds/re_1', false],
    ['*', 'DELETE /v2/meetings/1', true],
  ])('%s meets %s: %s', (pattern, operation, isMet) => {
    const plan = new FaultPlan(() => undefined);
    plan.inject({ provider: 'stripe', operation: pattern, kind: 'reset', times: 1 });
    expect(plan.forCall('stripe', operation, 'key')?.kind).toBe(isMet ? 'reset' : undefined);
  });

  it('are used up', () => {
    const plan = new FaultPlan(() => undefined);
    plan.inject({ provider: 'stripe', operation: '*', kind: 'reset', times: 2 });
    plan.inject({ provider: 'stripe', operation: '*', kind: 'slow', times: 1 });
    const kinds = [1, 2, 3, 4].map(() => plan.forCall('stripe', 'GET /v1/balance', 'key')?.kind);
    expect(kinds).toEqual(['reset', 'reset', 'slow', undefined]);
  });
});

describe('the control API', () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await startSandbox();
  });
  afterAll(() => sandbox.close());

  it('takes, lists and clears faults and refuses nonsense', async () => {
    const fault = { provider: 'stripe', operation: 'POST /v1/refunds', kind: 'rate_limit', times: 3 };
    expect(await control(sandbox, 'POST', 'faults', fault)).toMatchObject({ status: 201, body: fault });
    expect((await control(sandbox, 'PUT', 'faults/random', STORM)).body).toEqual({
      faults: [{ ...fault, id: 1 }],
      random: STORM,
    });
    expect((await control(sandbox, 'DELETE', 'faults')).status).toBe(204);
    expect((await control(sandbox, 'GET', 'faults')).body).toEqual({ faults: [], random: null });
    for (const wrong of [
      { ...fault, provider: 'paypal' },
      { ...fault, kind: 'webhook_drop' },
      { ...fault, times: 0 },
      { ...fault, colour: 'red' },
    ]) {
      expect((await control(sandbox, 'POST', 'faults', wrong)).status).toBe(400);
    }
  });
});

/** What a client sees of 30 calls with up to three attempts each. */
async function outcomes(): Promise<string[]> {
  const sandbox = await startSandbox();
  await control(sandbox, 'PUT', 'faults/random', {
    ...STORM,
    rates: { ...STORM.rates, reset: 0.2, server_error: 0.2 },
  });
  const seen: string[] = [];
  for (let call = 0; call < 30; call += 1) {
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const answer = await fetch(`${sandbox.urls.stripe}/v1/customers`, {
        method: 'POST',
        headers: { authorization: 'Bearer sk_test_x', 'idempotency-key': `customer:${call}` },
        body: new URLSearchParams({ name: 'Client' }),
      }).catch(() => undefined);
      seen.push(`${call}.${attempt} ${answer?.status ?? 'no answer'}`);
    }
  }
  expect(sandbox.stripe.customers.length).toBeLessThanOrEqual(30);
  await sandbox.close();
  return seen;
}

describe('the random mode over HTTP', () => {
  it('meets a replay with the same faults', async () => {
    const first = await outcomes();
    expect(new Set(first.map((line) => line.split(' ').slice(1).join(' ')))).toEqual(
      new Set(['200', '429', '500', 'no answer']),
    );
    expect(await outcomes()).toEqual(first);
  });
});
