import { parsePublicId } from '@app/common';
import { sql } from '@app/database';
import { manyClients } from '../support/many-clients';
import { saveCard } from '../support/saved-cards';
import type { TestApp } from '../support/test-app';
import { World, type ClientWorld, type CoachWorld, type SessionSummary } from '../support/world';
import type { MoneyAct } from './money-acts';
import { nextStart } from './next-start';

interface Declined {
  status: string;
  state: string;
  attempts: number;
  booked: string[];
}

const DECLINES = 'pm_card_chargeCustomerFail';

/** Charges of a saved card that declines, whose job is killed at every step: each attempt is made and counted once. */
export class DeclinedChargeActs {
  private startsMs = 0;

  private constructor(
    private readonly app: TestApp,
    private readonly world: World,
    private readonly coach: CoachWorld,
    private readonly offering: { id: string; policyId: string },
  ) {}

  static async make(app: TestApp): Promise<DeclinedChargeActs> {
    const world = new World(app);
    const coach = await world.coach({ payouts: true });
    // So long before the start that the card is charged when the session is booked.
    const timing = { chargeTiming: 'before_start', chargeHoursBefore: 720 };
    const offering = await world.offering(coach, { fundingOptions: ['pay_later'], ...timing });
    return new DeclinedChargeActs(app, world, coach, offering);
  }

  get all(): MoneyAct[] {
    return [this.declining()];
  }

  /** A day later the next attempt is due as well. */
  private declining(): MoneyAct {
    return {
      name: 'a saved card is declined',
      prepare: async () => {
        const [client] = await manyClients(this.app, this.coach, 1);
        if (client === undefined) throw new Error('No client was made.');
        await saveCard(this.app, client, this.offering.policyId, DECLINES);
        return async () => {
          const session = await this.book(client);
          const { id } = await this.app.database.one(sql<{ id: string }>`
            select id from payments where session_id = ${parsePublicId('session', session.id)}::uuid`);
          return {
            job: { name: 'charge-saved-card', subject: id },
            expectOnce: async (step) => {
              const { attempts, ...charge } = await this.charge(id);
              expect([step, charge]).toEqual([
                step,
                { status: 'requires_payment', state: 'planned', booked: ['charge'] },
              ]);
              expect(attempts).toBeGreaterThan(0);
              const refusals = Array.from({ length: attempts }, () => 'failed');
              expect([step, this.atStripe(session)]).toEqual([step, refusals]);
            },
          };
        };
      },
    };
  }

  private async book(client: ClientWorld): Promise<SessionSummary> {
    this.startsMs = nextStart(this.app, this.startsMs, 96);
    const startsAt = new Date(this.startsMs).toISOString();
    return this.world.book(client, this.offering, startsAt, { funding: 'pay_later' });
  }

  private charge(id: string): Promise<Declined> {
    return this.app.database.one(sql<Declined>`
      select status, charge_state as state, attempts, (select array_agg(t.kind) from ledger_transactions t
        where t.coach_id = p.coach_id and t.payment_id = p.id) as booked
      from payments p where p.id = ${id}::uuid`);
  }

  /** How often the card was asked for it, by whichever PaymentIntent, and with what end. */
  private atStripe(session: SessionSummary): string[] {
    const { paymentIntents, charges } = this.app.sandbox.stripe;
    const sessionId = parsePublicId('session', session.id);
    const intents = paymentIntents.filter(({ metadata }) => metadata['sessionId'] === sessionId);
    return charges
      .filter(({ payment_intent: intent }) => intents.some(({ id }) => id === intent))
      .map(({ status }) => status);
  }
}
