import { Deliveries, type Delivery } from '@app/outbox';
import { routesOf } from '../../apps/worker/src/event-routes';
import { JobRunner } from '../../apps/worker/src/job-runner';
import { atBank } from '../support/disputes';
import { manyClients } from '../support/many-clients';
import type { Random } from '../support/random';
import type { TestApp } from '../support/test-app';
import { World, type ClientWorld, type CoachWorld, type SessionSummary } from '../support/world';

const HOUR_MS = 3_600_000;
/** A client may hold no more sessions that are not paid. */
const HOLDS_AT_A_TIME = 3;
const JOBS_AT_ONCE = 8;
const MOST_TRIES = 6;
const MOST_ROUNDS = 400;

const CARDS = {
  pm_card_visa: 60,
  pm_card_createDispute: 8,
  pm_card_createDisputeInquiry: 4,
  pm_card_refundFail: 6,
  pm_card_pendingRefund: 6,
  pm_sandbox_processing: 6,
  pm_sandbox_processingFails: 3,
  pm_card_chargeDeclined: 5,
};

/** People who pay, cancel, refund and dispute, while nothing that Stripe announces arrives by itself. */
export class MoneyTraffic {
  readonly acts: Record<string, number> = {};
  private readonly paid: { session: SessionSummary; intentId: string }[] = [];
  private startMs: number;

  private constructor(
    private readonly app: TestApp,
    private readonly random: Random,
    private readonly coach: CoachWorld,
    private readonly clients: ClientWorld[],
    private readonly offering: { id: string; policyId: string },
    private readonly stripeAccountId: string,
  ) {
    this.startMs = Math.ceil(app.sandbox.now().getTime() / HOUR_MS) * HOUR_MS + 24 * HOUR_MS;
  }

  static async make(app: TestApp, random: Random, clients: number): Promise<MoneyTraffic> {
    const world = new World(app);
    const coach = await world.coach({ payouts: true });
    const offering = await world.offering(coach);
    const [account] = app.sandbox.stripe.accounts;
    const people = await manyClients(app, coach, clients);
    return new MoneyTraffic(app, random, coach, people, offering, account?.id ?? '');
  }

  /** Bookings of all clients, paid at Stripe, and acts on what was paid before. */
  async round(): Promise<void> {
    const older = [...this.paid];
    for (const client of this.clients) {
      for (let hold = 0; hold < HOLDS_AT_A_TIME; hold += 1) await this.bookAndPay(client);
    }
    for (const paid of older) await this.actOn(paid);
    if (this.random.next() < 0.5)
      await atBank(this.app, `accounts/${this.stripeAccountId}/require`, {
        currentlyDue: this.random.next() < 0.5 ? ['individual.id_number', 'external_account'] : ['tos'],
      });
    await this.work();
  }

  private async bookAndPay(client: ClientWorld): Promise<void> {
    this.startMs += 2 * HOUR_MS;
    const booked = await client.http.post<SessionSummary>('/v1/sessions', {
      offeringId: this.offering.id,
      startsAt: new Date(this.startMs).toISOString(),
      funding: 'card',
      acceptedPolicyId: this.offering.policyId,
    });
    // A payment whose news is lost holds its session for a while.
    if (booked.status === 429) return;
    if (booked.status !== 201) throw new Error(`Not booked: ${booked.status} ${JSON.stringify(booked.body)}`);
    const intentId = String(booked.body.payment?.clientSecret).split('_secret_')[0] ?? '';
    await this.pay(intentId, this.random.weighted(CARDS));
    this.paid.push({ session: booked.body, intentId });
  }

  private async pay(intentId: string, paymentMethod: string): Promise<void> {
    // A declined card answers with a problem of its own.
    await fetch(`${this.app.sandbox.urls.console}/sandbox/stripe/payment-intents/${intentId}/confirm`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ paymentMethod }),
    });
  }

  private async actOn({ session, intentId }: { session: SessionSummary; intentId: string }): Promise<void> {
    const act = this.random.weighted({
      nothing: 50,
      cancel: 12,
      refund_a_part: 12,
      dispute: 12,
      decide: 20,
      pay_again: 4,
    });
    const done = await this.carryOut(act, session, intentId);
    if (done) this.acts[act] = (this.acts[act] ?? 0) + 1;
  }

  /** @returns whether it could be done as things stand */
  private async carryOut(act: string, session: SessionSummary, intentId: string): Promise<boolean> {
    switch (act) {
      case 'cancel':
        return (await this.coach.http.post(`/v1/sessions/${session.id}/cancel`, {})).status === 200;
      case 'refund_a_part': {
        const amount = { amount: 100 + this.random.below(3_000), currency: 'EUR' };
        const path = `/v1/payments/${session.payment?.id ?? ''}/refunds`;
        return (await this.coach.http.post(path, { amount })).status === 201;
      }
      case 'dispute':
        return this.atBank(`payment-intents/${intentId}/dispute`);
      case 'decide': {
        const open = this.app.sandbox.stripe.disputes.find(({ payment_intent: of }) => of === intentId);
        if (open === undefined) return false;
        return this.atBank(`disputes/${open.id}/${this.random.pick(['win', 'lose', 'escalate'])}`);
      }
      case 'pay_again':
        await this.pay(intentId, 'pm_card_visa');
        return true;
      default:
        return false;
    }
  }

  private atBank(path: string): Promise<boolean> {
    return atBank(this.app, path).then(
      () => true,
      () => false,
    );
  }

  /** The worker: many jobs at a time, each again until it is done. */
  async work(): Promise<void> {
    const deliveries = this.app.worker.get(Deliveries);
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      const batch: Delivery[] = [];
      const published = await deliveries.publish(200, routesOf, async (found) => void batch.push(...found));
      const waiting = [...batch];
      const runner = async (): Promise<void> => {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await this.run(next);
      };
      await Promise.all(Array.from({ length: JOBS_AT_ONCE }, runner));
      if (published === 0) return;
    }
    throw new Error('The system does not come to rest.');
  }

  private async run({ coachId, id }: Delivery): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.app.worker.get(JobRunner).run(coachId, id, false);
      } catch (error) {
        if (tries === MOST_TRIES) throw error;
      }
    }
  }
}
