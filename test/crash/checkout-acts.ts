import { parsePublicId } from '@app/common';
import { sql } from '@app/database';
import { stripeClient } from '../../apps/sandbox/src/testing';
import { openCheckout, payOnPage } from '../support/checkout';
import { manyClients } from '../support/many-clients';
import { announcePaid } from '../support/stripe-news';
import type { TestApp } from '../support/test-app';
import { World, type CoachWorld } from '../support/world';
import type { MoneyAct, MoneyCase } from './money-acts';
import { nextStart } from './next-start';

const PRICE = 9_000;

/** Money that comes twice for one session: the act whose job is killed at every step. */
export class CheckoutActs {
  private startsMs = 0;

  private constructor(
    private readonly app: TestApp,
    private readonly world: World,
    private readonly coach: CoachWorld,
    private readonly offering: { id: string; policyId: string },
  ) {}

  static async make(app: TestApp): Promise<CheckoutActs> {
    const world = new World(app);
    const coach = await world.coach({ payouts: true });
    return new CheckoutActs(app, world, coach, await world.offering(coach, { priceMinor: PRICE }));
  }

  get all(): MoneyAct[] {
    return [this.payingTwice()];
  }

  private payingTwice(): MoneyAct {
    return {
      name: 'a second capture beside a page of Stripe goes back',
      prepare: async () => {
        const paymentId = await this.paidOnPage();
        return async () => {
          const second = await this.secondIntent(paymentId);
          await stripeClient(this.app.sandbox).paymentIntents.confirm(second, {
            payment_method: 'pm_card_visa',
          });
          return this.caseOf(paymentId, second);
        };
      },
    };
  }

  /** @returns the plain id of the payment */
  private async paidOnPage(): Promise<string> {
    const [client] = await manyClients(this.app, this.coach, 1);
    if (client === undefined) throw new Error('No client was made.');
    this.startsMs = nextStart(this.app, this.startsMs);
    const session = await this.world.book(client, this.offering, new Date(this.startsMs).toISOString());
    const { body } = await openCheckout(client, session.payment?.id ?? '');
    await payOnPage(body.url);
    await this.app.drain();
    return parsePublicId('payment', session.payment?.id ?? '') ?? '';
  }

  /** As if Stripe had not been able to cancel the PaymentIntent that the page has replaced. */
  private async secondIntent(paymentId: string): Promise<string> {
    const { stripe } = this.app.sandbox;
    const first = stripe.paymentIntents.find(({ metadata }) => metadata['paymentId'] === paymentId);
    const to = first?.transfer_data?.destination;
    if (first === undefined || typeof to !== 'string')
      throw new Error(`Payment ${paymentId} is not at Stripe.`);
    const { id } = await stripeClient(this.app.sandbox).paymentIntents.create({
      amount: PRICE,
      currency: 'eur',
      automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
      transfer_data: { destination: to },
      application_fee_amount: first.application_fee_amount ?? 0,
      metadata: { coachId: this.coach.coachId, paymentId },
    });
    return id;
  }

  private async caseOf(paymentId: string, second: string): Promise<MoneyCase> {
    return {
      job: { name: 'process-stripe-event', subject: await announcePaid(this.app, second) },
      expectOnce: async (step) => {
        const payments = await this.app.database.many(sql<{ status: string; captured: number }>`
          select status, captured_minor as captured from payments
          where id = ${paymentId}::uuid or paid_twice_of = ${paymentId}::uuid order by id`);
        expect([step, payments]).toEqual([
          step,
          [
            { status: 'paid', captured: PRICE },
            { status: 'refunded', captured: PRICE },
          ],
        ]);
        const givenBack = this.app.sandbox.stripe.refunds.filter(
          ({ payment_intent: intent }) => intent === second,
        );
        expect([step, givenBack.map(({ amount }) => amount)]).toEqual([step, [PRICE]]);
        const booked = await this.app.database.many(sql<{ kind: string; count: number }>`
          select t.kind, count(*)::int as count from ledger_transactions t
          join payments p on p.coach_id = t.coach_id and p.id = t.payment_id
          where p.paid_twice_of = ${paymentId}::uuid and t.kind in ('capture', 'refund') group by t.kind order by t.kind`);
        expect([step, booked]).toEqual([
          step,
          [
            { kind: 'capture', count: 1 },
            { kind: 'refund', count: 1 },
          ],
        ]);
      },
    };
  }
}
