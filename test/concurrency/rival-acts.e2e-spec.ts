import { parsePublicId } from '@app/common';
import { sql } from '@app/database';
import { SessionSweeps } from '@app/sessions';
import { intentOf, refundsAtStripe } from '../support/stripe-news';
import { mark, noShowQuote, undo } from '../support/no-shows';
import { TestApp } from '../support/test-app';
import { World, type ClientWorld, type CoachWorld, type SessionSummary } from '../support/world';

const ROUNDS = Number(process.env['RIVAL_ROUNDS'] ?? 1);
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** A session, and what was quoted for it before the race. */
interface Prize {
  session: SessionSummary;
  noShowQuoteId: string;
  voidQuoteId: string;
}

/** True when the act was done, false when it was refused as no longer possible. */
type Act = (prize: Prize) => Promise<boolean>;

interface Race {
  title: string;
  /** Brings a session into the state that the acts fight over. */
  prepare: () => Promise<Prize>;
  acts: string[];
  /** Of these, the second is lawful after the first, so that both may succeed. */
  inTurn: [first: string, second: string][];
}

/** Issue point "Life cycle": rival acts on one session, started together (reliability.md G6). */
describe('rival acts on one session', () => {
  let app: TestApp;
  let world: World;
  let coach: CoachWorld;
  let client: ClientWorld;
  let offering: { id: string; policyId: string };
  let next = Date.parse('2027-03-01T10:00:00Z');

  beforeAll(async () => {
    app = await TestApp.start({ now: '2027-02-20T09:00:00Z' });
    world = new World(app);
    coach = await world.coach({ payouts: true });
    client = await world.client(coach);
    offering = await world.offering(coach);
  });
  afterAll(() => app.stop());

  const wasDone = ({ status, body }: { status: number; body: unknown }): boolean => {
    expect([status, [200, 409].includes(status) ? null : body]).toEqual([status, null]);
    return status === 200;
  };
  const cancel = (by: CoachWorld | ClientWorld, { session }: Prize): Promise<boolean> =>
    by.http.post(`/v1/sessions/${session.id}/cancel`, {}).then(wasDone);

  const ACTS: Record<string, Act> = {
    'client cancels': (prize) => cancel(client, prize),
    'coach cancels': (prize) => cancel(coach, prize),
    'coach completes': ({ session }) => coach.http.post(`/v1/sessions/${session.id}/complete`).then(wasDone),
    'worker completes': async () => (await app.worker.get(SessionSweeps).completeDue(100)) > 0,
    'hold expires': async () => (await app.worker.get(SessionSweeps).expireHolds(100)) > 0,
    'coach marks a no-show': ({ session, noShowQuoteId }) =>
      mark(coach, session, { quoteId: noShowQuoteId, override: true, reason: 'In a race.' }).then(wasDone),
    'coach undoes it': ({ session }) => undo(coach, session).then(wasDone),
    'coach voids': ({ session, voidQuoteId }) =>
      coach.http.post(`/v1/sessions/${session.id}/cancel`, { quoteId: voidQuoteId }).then(wasDone),
    'client pays': async ({ session }) => {
      await world.pay(session);
      return true;
    },
  };

  const moveClockTo = async (instantMs: number): Promise<void> => {
    const seconds = Math.ceil((instantMs - app.sandbox.now().getTime()) / 1_000);
    if (seconds > 0) await app.sandbox.advanceClock(seconds);
  };
  const held = async (): Promise<Prize> => {
    next += DAY_MS;
    const session = await world.book(client, offering, new Date(next).toISOString());
    return { session, noShowQuoteId: '', voidQuoteId: '' };
  };
  const paid = async (): Promise<Prize> => {
    const prize = await held();
    await world.pay(prize.session);
    return prize;
  };
  const quoted = async (prize: Prize): Promise<Prize> => ({
    ...prize,
    noShowQuoteId: (await noShowQuote(coach, prize.session)).body.id,
  });
  const voidable = async (prize: Prize): Promise<Prize> => {
    const path = `/v1/sessions/${prize.session.id}/cancellation-quotes`;
    return { ...prize, voidQuoteId: (await coach.http.post<{ id: string }>(path, {})).body.id };
  };
  const running = async (): Promise<Prize> => {
    const prize = await paid();
    await moveClockTo(next + 15 * MINUTE_MS);
    return quoted(prize);
  };
  const over = async (): Promise<Prize> => {
    const prize = await running();
    await moveClockTo(next + HOUR_MS - MINUTE_MS);
    const again = await quoted(prize);
    await moveClockTo(next + HOUR_MS);
    return again;
  };
  const completed = async (): Promise<Prize> => {
    const prize = await running();
    await coach.http.post(`/v1/sessions/${prize.session.id}/complete`);
    return voidable(await quoted(prize));
  };
  const missed = async (): Promise<Prize> => {
    const prize = await running();
    await ACTS['coach marks a no-show']?.(prize);
    return voidable(prize);
  };

  const RACES: Race[] = [
    { title: 'before the start', prepare: paid, acts: ['client cancels', 'coach cancels'], inTurn: [] },
    {
      title: 'awaiting payment',
      prepare: held,
      acts: ['client cancels', 'coach cancels', 'client pays'],
      inTurn: [
        // Paid, it is cancelled like any other; cancelled, the payment is called off or goes back.
        ['client pays', 'client cancels'],
        ['client pays', 'coach cancels'],
        ['client cancels', 'client pays'],
        ['coach cancels', 'client pays'],
      ],
    },
    {
      title: 'with a hold that has run out',
      prepare: async () => {
        const prize = await held();
        await moveClockTo(app.sandbox.now().getTime() + 15 * MINUTE_MS + 1_000);
        return prize;
      },
      acts: ['client cancels', 'coach cancels', 'hold expires', 'client pays'],
      inTurn: [
        ['client pays', 'client cancels'],
        ['client pays', 'coach cancels'],
        ['client cancels', 'client pays'],
        ['coach cancels', 'client pays'],
        ['hold expires', 'client pays'],
        ['client pays', 'hold expires'],
      ],
    },
    {
      title: 'while it runs',
      prepare: running,
      acts: ['coach cancels', 'coach completes', 'coach marks a no-show'],
      inTurn: [['coach completes', 'coach marks a no-show']],
    },
    {
      title: 'at its end',
      prepare: over,
      acts: ['coach cancels', 'coach completes', 'worker completes', 'coach marks a no-show'],
      inTurn: [
        ['coach completes', 'coach marks a no-show'],
        ['worker completes', 'coach marks a no-show'],
      ],
    },
    {
      title: 'once it is completed',
      prepare: completed,
      acts: ['coach marks a no-show', 'coach voids'],
      inTurn: [['coach marks a no-show', 'coach voids']],
    },
    {
      title: 'once it is missed',
      prepare: missed,
      acts: ['coach undoes it', 'coach voids'],
      inTurn: [],
    },
  ];
  const pairs = RACES.flatMap((race) =>
    race.acts.flatMap((first) => race.acts.map((second) => ({ ...race, first, second }))),
  ).filter(({ first, second }) => !(first === second && first === 'client pays'));

  it.each(pairs)('$title: $first, $second', async ({ prepare, first, second, inTurn }) => {
    const [one, other] = [ACTS[first], ACTS[second]];
    if (one === undefined || other === undefined) throw new Error('There is no such act.');
    for (let round = 0; round < ROUNDS; round += 1) {
      const prize = await prepare();
      const before = await changesOf(prize.session);
      const won = await Promise.all([one(prize), other(prize)]);
      const moves = (await changesOf(prize.session)).slice(before.length);
      const mayFollow = inTurn.some(
        (pair) => pair.includes(first) && pair.includes(second) && first !== second,
      );
      // One wins, unless the second act is lawful after the first.
      expect(moves.length).toBeGreaterThanOrEqual(1);
      expect(moves.length).toBeLessThanOrEqual(2);
      if (!mayFollow) {
        expect(won.filter(Boolean)).toHaveLength(1);
        expect(moves).toHaveLength(1);
      }
      await app.sweep();
      await expectMoneyOnce(prize.session);
      expect(await app.brokenInvariants()).toEqual([]);
    }
  });

  /** Changes of status and of time, oldest first. */
  function changesOf(session: SessionSummary): Promise<{ kind: string }[]> {
    return app.database.many(sql<{ kind: string }>`
      select kind from session_timeline where session_id = ${parsePublicId('session', session.id)}::uuid
        and kind in ('status_changed', 'moved') order by seq`);
  }

  /** What was refunded at Stripe is what our refunds say, never more than was paid, and all of it where nothing was sold. */
  async function expectMoneyOnce(session: SessionSummary): Promise<void> {
    const { id, status } = await world.read(coach, session.id);
    const { captured, refunded, refunds } = await app.database.one(sql<{
      captured: number;
      refunded: number;
      refunds: number;
    }>`
      select coalesce(sum(p.captured_minor), 0)::int as captured, coalesce(sum(p.refunded_minor), 0)::int as refunded,
        (select count(*)::int from refunds r where r.session_id = ${parsePublicId('session', id)}::uuid) as refunds
      from payments p where p.session_id = ${parsePublicId('session', id)}::uuid`);
    const atStripe = refundsAtStripe(app, session);
    expect(atStripe).toHaveLength(refunds);
    expect(atStripe.reduce((sum, amount) => sum + amount, 0)).toBe(refunded);
    expect(refunds).toBeLessThanOrEqual(1);
    if (status === 'cancelled') expect(refunded).toBe(captured);
    else if (status === 'scheduled') expect([captured, refunded]).toEqual([9_000, 0]);
    expect(intentOf(session)).toBeDefined();
  }
});
