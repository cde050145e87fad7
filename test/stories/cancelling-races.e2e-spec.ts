import { parsePublicId } from '@app/common';
import { sql } from '@app/database';
import {
  cancel,
  paidAtItsOwnTime,
  quote,
  startCancellingWorld,
  timeOfItsOwn,
  type CancellingWorld,
} from '../support/cancelling';
import { movesOf } from '../support/history';
import { refundsAtStripe } from '../support/stripe-news';
import type { ClientWorld, SessionSummary } from '../support/world';

const HOUR_MS = 3_600_000;
const ROUNDS = 20;

let { app, world, coach, client, admin, offering } = {} as CancellingWorld;

beforeAll(async () => {
  ({ app, world, coach, client, admin, offering } = await startCancellingWorld());
});
afterEach(async () => {
  expect(await app.brokenInvariants()).toEqual([]);
});
afterAll(() => app.stop());

const paid = (): Promise<SessionSummary> => paidAtItsOwnTime(world, client, offering);

describe('a quote', () => {
  it('A82 binds its maker alone, once, and for ten minutes; then there is a fresh one, which is confirmed once', async () => {
    const session = await paid();
    const other = await paid();
    const made = await quote(coach, session, { refund: 'partial', amountMinor: 1_000 });
    const lifeMs = Date.parse(made.body.expiresAt) - app.sandbox.now().getTime();
    expect([lifeMs > 590_000, lifeMs <= 600_000]).toEqual([true, true]);
    expect((await cancel(admin, session, { quoteId: made.body.id })).status).toBe(404);
    expect((await cancel(coach, other, { quoteId: made.body.id })).status).toBe(404);
    await app.sandbox.advanceClock(600);
    const late = await cancel(coach, session, { quoteId: made.body.id });
    expect(late).toMatchObject({ status: 409, body: { code: 'quotes.stale' } });
    // What is offered instead of an amount is the policy's answer, not all of it.
    const fresh = late.body['quote'] as { id: string; choice: string };
    expect(fresh.choice).toBe('policy');
    const key = { 'idempotency-key': 'confirmed-once' };
    const confirmed = await cancel(coach, session, { quoteId: fresh.id }, key);
    expect(confirmed.status).toBe(200);
    const again = await cancel(coach, session, { quoteId: fresh.id }, key);
    expect([again.status, again.body]).toEqual([200, confirmed.body]);
    expect((await cancel(coach, session, { quoteId: fresh.id })).status).toBe(409);
    await app.drain();
    expect(refundsAtStripe(app, session)).toEqual([9_000]);
  });

  it('decides what is refunded: another wish beside it is refused, and nothing happens', async () => {
    const session = await paid();
    const made = await quote(coach, session, { refund: 'none' });
    const key = { 'idempotency-key': 'a-quote-and-a-wish' };
    const both = { quoteId: made.body.id, refund: 'partial', percent: 50 };
    expect(await cancel(coach, session, both, key)).toMatchObject({
      status: 422,
      body: {
        code: 'sessions.quote_decides',
        errors: [{ pointer: '/refund' }, { pointer: '/percent' }],
      },
    });
    for (const wish of [{ refund: 'none' }, { amountMinor: 100 }, { percent: 1 }, { returnCredit: false }]) {
      const answer = await cancel(coach, session, { quoteId: made.body.id, ...wish });
      expect(answer).toMatchObject({ status: 422, body: { code: 'sessions.quote_decides' } });
    }
    expect(await world.read(coach, session.id)).toMatchObject({
      status: 'scheduled',
      version: session.version,
    });
    expect((await cancel(coach, session, { quoteId: made.body.id }, key)).status).toBe(200);
    await app.drain();
    expect(refundsAtStripe(app, session)).toEqual([]);
  });

  it('made before the payment is not carried out after it', async () => {
    const held = await world.book(client, offering, timeOfItsOwn());
    const byClient = await quote(client, held);
    const byCoach = await quote(coach, held);
    await world.pay(held);
    for (const [person, made] of [
      [client, byClient],
      [coach, byCoach],
    ] as const) {
      const answer = await cancel(person, held, { quoteId: made.body.id });
      expect(answer).toMatchObject({
        status: 409,
        body: { code: 'quotes.stale', quote: { refund: { amount: 9_000 } } },
      });
    }
  });

  it('gives way when what it promised was given back otherwise meanwhile', async () => {
    const session = await paid();
    const made = await quote(coach, session, { refund: 'full' });
    const { payment } = await world.read(coach, session.id);
    await coach.http.post(`/v1/payments/${payment?.id}/refunds`, {
      amount: { amount: 1_000, currency: 'EUR' },
    });
    const answer = await cancel(coach, session, { quoteId: made.body.id });
    expect(answer).toMatchObject({ status: 409, body: { quote: { refund: { amount: 8_000 } } } });
    const { id } = answer.body['quote'] as { id: string };
    expect((await cancel(coach, session, { quoteId: id })).status).toBe(200);
    await app.drain();
    expect(new Set(refundsAtStripe(app, session))).toEqual(new Set([1_000, 8_000]));
  });
});

describe('at the same moment', () => {
  it(`coach and client cancel, ${ROUNDS} times: one of them does, and the money goes back once`, async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const session = await paid();
      const answers = await Promise.all([cancel(coach, session), cancel(client, session)]);
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 409]));
      await app.drain();
      expect(refundsAtStripe(app, session)).toEqual([9_000]);
      const moves = await movesOf(app, session.id);
      expect(moves.filter(({ to }) => to === 'cancelled')).toHaveLength(1);
    }
  });

  it('50 cancel by one quote: one does, one refund', async () => {
    const session = await paid();
    const made = await quote(coach, session);
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => cancel(coach, session, { quoteId: made.body.id })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(49);
    await app.drain();
    expect(refundsAtStripe(app, session)).toEqual([9_000]);
  });

  it('the coach ends a session, cancels it, and the worker completes it: one of them does', async () => {
    for (let round = 0; round < 5; round += 1) {
      const soon = new Date(
        Math.ceil(app.sandbox.now().getTime() / HOUR_MS) * HOUR_MS + HOUR_MS,
      ).toISOString();
      const session = await world.paidSession(client, offering, soon);
      const before = await countOf(client);
      await app.sandbox.advanceClock(secondsUntil(Date.parse(soon) + HOUR_MS) + 1);
      const [ended, cancelled] = await Promise.all([
        coach.http.post(`/v1/sessions/${session.id}/complete`),
        cancel(coach, session),
        app.sweep(),
      ]);
      const moves = await movesOf(app, session.id);
      expect(moves).toHaveLength(3);
      expect([ended.status, cancelled.status].filter((status) => status === 200).length).toBeLessThanOrEqual(
        1,
      );
      expect(await countOf(client)).toBe(before + (moves[2]?.to === 'completed' ? 1 : 0));
      await app.drain();
    }
  });
});

async function countOf(person: ClientWorld): Promise<number> {
  const { count } = await app.database.one(sql<{ count: number }>`
    select completed_sessions as count from clients where id = ${parsePublicId('client', person.clientId)}::uuid`);
  return count;
}

function secondsUntil(instantMs: number): number {
  return Math.ceil((instantMs - app.sandbox.now().getTime()) / 1_000);
}
