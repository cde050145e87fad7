import { sql } from '@app/database';
import { atBank, dispute, intentOfPayment } from '../support/disputes';
import { manyClients } from '../support/many-clients';
import { announce, payUnseen, processStripeEvents } from '../support/stripe-news';
import type { TestApp } from '../support/test-app';
import { World, type CoachWorld, type SessionSummary } from '../support/world';
import type { MoneyAct, MoneyCase } from './money-acts';
import { nextStart } from './next-start';

const PRICE = 9_000;

/** What a disputed payment takes from the coach and a won dispute gives again: acts whose jobs are killed at every step. */
export class DisputeActs {
  private startsMs = 0;

  private constructor(
    private readonly app: TestApp,
    private readonly world: World,
    private readonly coach: CoachWorld,
    private readonly offering: { id: string; policyId: string },
  ) {}

  static async make(app: TestApp): Promise<DisputeActs> {
    const world = new World(app);
    const coach = await world.coach({ payouts: true });
    return new DisputeActs(app, world, coach, await world.offering(coach, { priceMinor: PRICE }));
  }

  get all(): MoneyAct[] {
    return [this.taking(), this.givingAgain()];
  }

  private async paid(): Promise<SessionSummary> {
    const [client] = await manyClients(this.app, this.coach, 1);
    if (client === undefined) throw new Error('No client was made.');
    this.startsMs = nextStart(this.app, this.startsMs);
    const session = await this.world.book(client, this.offering, new Date(this.startsMs).toISOString());
    await payUnseen(this.app, session);
    await this.app.drain();
    return session;
  }

  private taking(): MoneyAct {
    return {
      name: 'a disputed payment is taken from the coach',
      prepare: async () => {
        const session = await this.paid();
        return async () => {
          const intent = intentOfPayment(this.app, session.payment?.id ?? '');
          const { id } = await atBank(this.app, `payment-intents/${intent}/dispute`);
          await announce(this.app, 'charge.dispute.created', { id, object: 'dispute' });
          return this.caseOf(session, id, { state: 'reversed', given: [] });
        };
      },
    };
  }

  private givingAgain(): MoneyAct {
    return {
      name: 'a won dispute is given to the coach again',
      prepare: async () => {
        const session = await this.paid();
        const id = await dispute(this.app, session);
        return async () => {
          await atBank(this.app, `disputes/${id}/win`);
          await announce(this.app, 'charge.dispute.closed', { id, object: 'dispute' });
          return this.caseOf(session, id, { state: 'returned', given: [PRICE] });
        };
      },
    };
  }

  private async caseOf(
    session: SessionSummary,
    stripeDisputeId: string,
    ought: { state: string; given: number[] },
  ): Promise<MoneyCase> {
    await processStripeEvents(this.app);
    const { id } = await this.app.database.one(sql<{ id: string }>`
      select id from disputes where stripe_dispute_id = ${stripeDisputeId}`);
    return {
      job: { name: 'settle-dispute', subject: id },
      expectOnce: async (step) => {
        const { state } = await this.app.database.one(sql<{ state: string }>`
          select transfer_state as state from disputes where id = ${id}::uuid`);
        expect([step, { state, taken: this.taken(session), given: this.given(id) }]).toEqual([
          step,
          { ...ought, taken: [PRICE] },
        ]);
        const booked = await this.app.database.many(sql<{ kind: string }>`
          select kind from ledger_transactions where reference = ${`${id}:transfer`} order by kind`);
        expect([step, booked.map(({ kind }) => kind)]).toEqual([
          step,
          ought.given.length === 0 ? ['dispute'] : ['dispute', 'dispute_won'],
        ]);
      },
    };
  }

  /** At Stripe, of the payment's own transfer. */
  private taken(session: SessionSummary): number[] {
    const intent = intentOfPayment(this.app, session.payment?.id ?? '');
    const { stripe } = this.app.sandbox;
    const charge = stripe.charges.find(({ payment_intent: of }) => of === intent);
    return stripe.transferReversals
      .filter(({ transfer }) => transfer === charge?.transfer)
      .map(({ amount }) => amount);
  }

  /** At Stripe, out of the platform's balance. */
  private given(disputeId: string): number[] {
    return this.app.sandbox.stripe.transfers
      .filter(({ transfer_group: group }) => group === `dispute_${disputeId}`)
      .map(({ amount }) => amount);
  }
}
