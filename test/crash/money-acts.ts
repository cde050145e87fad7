import { parsePublicId } from '@app/common';
import { sql } from '@app/database';
import { manyClients } from '../support/many-clients';
import { PackageSale, type EntitlementAnswer } from '../support/packages';
import { announcePaid, intentOf, payUnseen, processStripeEvents } from '../support/stripe-news';
import type { TestApp } from '../support/test-app';
import { World, type ClientWorld, type CoachWorld, type SessionSummary } from '../support/world';
import type { WatchedJob } from './crash-lab';
import { nextStart } from './next-start';

/** An act that has been decided on, and whose job is still to be done. */
export interface MoneyCase {
  job: WatchedJob;
  /** What is true once it was done, and was done once; thrown as an expectation that names the step. */
  expectOnce(step: string): Promise<void>;
}

export interface MoneyAct {
  name: string;
  /** Everything before the act, while webhooks arrive; then, while they get lost, the act itself. */
  prepare(): Promise<() => Promise<MoneyCase>>;
}

interface Booked {
  client: ClientWorld;
  session: SessionSummary;
}

interface Purchased {
  client: ClientWorld;
  entitlement: EntitlementAnswer;
}

const PRICE = 9_000;
const PACKAGE_PRICE = 40_000;
/** 10 % of the price. */
const PACKAGE_FEE = 4_000;

/** The acts on money whose jobs are killed at every step, on one practice that sells sessions and packages. */
export class MoneyActs {
  /** Far enough ahead that a day more or less changes nothing. */
  private startsMs = 0;

  private constructor(
    private readonly app: TestApp,
    private readonly world: World,
    private readonly coach: CoachWorld,
    private readonly offering: { id: string; policyId: string },
    private readonly sale: PackageSale,
  ) {}

  static async make(app: TestApp): Promise<MoneyActs> {
    const world = new World(app);
    const coach = await world.coach({ payouts: true });
    const offering = await world.offering(coach, { priceMinor: PRICE });
    return new MoneyActs(app, world, coach, offering, await PackageSale.make(world));
  }

  get all(): MoneyAct[] {
    return [this.preparing(), this.capturing(), this.scheduling(), this.buying(), this.refundingAPackage()];
  }

  /** Somebody new each time: a client may have but a few bookings that wait for payment. */
  private async booked(): Promise<Booked> {
    const [client] = await manyClients(this.app, this.coach, 1);
    if (client === undefined) throw new Error('No client was made.');
    this.startsMs = nextStart(this.app, this.startsMs);
    const startsAt = new Date(this.startsMs).toISOString();
    return { client, session: await this.world.book(client, this.offering, startsAt) };
  }

  private async purchased(): Promise<Purchased> {
    const { id } = await this.sale.sold();
    const [client] = await manyClients(this.app, this.sale.coach, 1);
    if (client === undefined) throw new Error('No client was made.');
    const answer = await client.http.post<EntitlementAnswer>(`/v1/packages/${id}/purchases`);
    expect(answer.status).toBe(201);
    return { client, entitlement: answer.body };
  }

  /** The api could not reach Stripe: the worker makes the PaymentIntent. */
  private preparing(): MoneyAct {
    return {
      name: 'a PaymentIntent is made',
      prepare: async () => async () => {
        this.app.sandbox.faults.inject({
          provider: 'stripe',
          operation: 'POST /v1/payment_intents',
          kind: 'server_error',
          times: 2,
        });
        const { session } = await this.booked();
        expect([session.payment?.clientSecret, this.app.sandbox.faults.list()]).toEqual([null, []]);
        const paymentId = parsePublicId('payment', session.payment?.id ?? '') ?? '';
        return {
          job: { name: 'prepare-payment', subject: paymentId },
          expectOnce: async (step) => {
            const made = this.app.sandbox.stripe.paymentIntents.filter(
              ({ metadata }) => metadata['paymentId'] === paymentId,
            );
            expect([step, made.map(({ amount }) => amount)]).toEqual([step, [PRICE]]);
            const { intent } = await this.app.database.one(sql<{ intent: string }>`
              select stripe_payment_intent_id as intent from payments where id = ${paymentId}::uuid`);
            expect([step, intent]).toEqual([step, made[0]?.id]);
          },
        };
      },
    };
  }

  /** Stripe has the money and says so: it is booked. */
  private capturing(): MoneyAct {
    return {
      name: 'a card payment is booked',
      prepare: async () => {
        const { client, session } = await this.booked();
        await this.app.drain();
        return async () => {
          await payUnseen(this.app, session);
          return {
            job: { name: 'process-stripe-event', subject: await announcePaid(this.app, intentOf(session)) },
            expectOnce: (step) => this.expectSessionPaid({ client, session }, step),
          };
        };
      },
    };
  }

  /** It is booked: the held session is confirmed. */
  private scheduling(): MoneyAct {
    return {
      name: 'a paid session is confirmed',
      prepare: async () => {
        const { client, session } = await this.booked();
        await this.app.drain();
        return async () => {
          await payUnseen(this.app, session);
          await announcePaid(this.app, intentOf(session));
          await processStripeEvents(this.app);
          return {
            job: { name: 'follow-payment', subject: parsePublicId('session', session.id) ?? '' },
            expectOnce: (step) => this.expectSessionPaid({ client, session }, step),
          };
        };
      },
    };
  }

  private buying(): MoneyAct {
    return {
      name: 'a package is bought',
      prepare: async () => {
        const { client, entitlement } = await this.purchased();
        await this.app.drain();
        return async () => {
          const asSession = entitlement as unknown as SessionSummary;
          await payUnseen(this.app, asSession);
          await announcePaid(this.app, intentOf(asSession));
          await processStripeEvents(this.app);
          const paymentId = parsePublicId('payment', entitlement.payment.id) ?? '';
          return {
            job: { name: 'follow-payment', subject: paymentId },
            expectOnce: async (step) => {
              expect([step, await this.paymentOf(entitlement.payment.id)]).toEqual([
                step,
                { status: 'paid', captured: PACKAGE_PRICE, captures: 1 },
              ]);
              const { status, remaining } = await this.sale.read(client, entitlement.id);
              expect([step, status, remaining]).toEqual([step, 'active', 5]);
              expect([step, (await this.sale.entries(entitlement.id)).map(({ kind }) => kind)]).toEqual([
                step,
                ['grant'],
              ]);
            },
          };
        };
      },
    };
  }

  private refundingAPackage(): MoneyAct {
    return {
      name: 'a package is refunded',
      prepare: async () => {
        const { client, entitlement } = await this.purchased();
        await this.sale.pay(entitlement);
        return async () => {
          const path = `/v1/entitlements/${entitlement.id}`;
          const quote = await this.sale.coach.http.post<{ id: string }>(`${path}/refund-quotes`, {});
          const done = await this.sale.coach.http.post(`${path}/refund`, {
            quoteId: quote.body.id,
            reason: 'Moving abroad',
          });
          expect([quote.status, done.status]).toEqual([201, 200]);
          const { id } = await this.app.database.one(sql<{ id: string }>`
            select r.id from refunds r join payments p on p.coach_id = r.coach_id and p.id = r.payment_id
            where p.id = ${parsePublicId('payment', entitlement.payment.id)}::uuid`);
          return {
            job: { name: 'issue-refund', subject: id },
            expectOnce: (step) => this.expectPackageRefunded({ client, entitlement }, step),
          };
        };
      },
    };
  }

  private async expectPackageRefunded({ client, entitlement }: Purchased, step: string): Promise<void> {
    const paymentId = parsePublicId('payment', entitlement.payment.id);
    const refunds = await this.app.database.many(sql<{ status: string; amount: number; fee: number }>`
      select status, amount_minor as amount, fee_returned_minor as fee from refunds where payment_id = ${paymentId}::uuid`);
    expect([step, refunds]).toEqual([
      step,
      [{ status: 'succeeded', amount: PACKAGE_PRICE, fee: PACKAGE_FEE }],
    ]);
    const atStripe = this.app.sandbox.stripe.refunds.filter(
      ({ payment_intent: intent }) => intent === intentOf(entitlement as unknown as SessionSummary),
    );
    expect([step, atStripe.length]).toEqual([step, 1]);
    const { status, remaining } = await this.sale.read(client, entitlement.id);
    expect([step, status, remaining]).toEqual([step, 'refunded', 0]);
    const booked = await this.app.database.many(sql<{ account: string; sum: number }>`
      select e.account, sum(e.amount_minor)::bigint as sum from ledger_transactions t
      join ledger_entries e on e.coach_id = t.coach_id and e.transaction_id = t.id
      where t.payment_id = ${paymentId}::uuid and t.kind <> 'processing_fee' group by 1 having sum(e.amount_minor) <> 0`);
    expect([step, booked]).toEqual([step, []]);
  }

  private async expectSessionPaid({ client, session }: Booked, step: string): Promise<void> {
    expect([step, await this.paymentOf(session.payment?.id ?? '')]).toEqual([
      step,
      { status: 'paid', captured: PRICE, captures: 1 },
    ]);
    const { status, paymentStatus } = await this.world.read(client, session.id);
    expect([step, status, paymentStatus]).toEqual([step, 'scheduled', 'paid']);
  }

  private async paymentOf(id: string): Promise<{ status: string; captured: number; captures: number }> {
    return this.app.database.one(sql<{ status: string; captured: number; captures: number }>`
      select p.status, p.captured_minor as captured, (select count(*)::int from ledger_transactions t
        where t.coach_id = p.coach_id and t.payment_id = p.id and t.kind = 'capture') as captures
      from payments p where p.id = ${parsePublicId('payment', id)}::uuid`);
  }
}
