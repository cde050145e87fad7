import { parsePublicId } from '@app/common';
import { sql } from '@app/database';
import type { Answer } from './http-client';
import { saveCard } from './saved-cards';
import { TestApp } from './test-app';
import { World, type ClientWorld, type CoachWorld, type Person, type SessionSummary } from './world';

export interface Charge {
  paymentId: string | null;
  reason: string;
  amount: { amount: number };
  dueAt: string;
  state: string;
  failureCode: string | null;
}

export interface ChargedSession extends SessionSummary {
  charge: Charge | null;
}

export type PaidLaterOffering = { id: string; policyId: string };

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** A practice whose clients pay later, with the card they have saved. */
export class PayLaterWorld {
  private next = 0;

  private constructor(
    readonly app: TestApp,
    readonly world: World,
    readonly coach: CoachWorld,
    readonly client: ClientWorld,
    /** 90.00 EUR; free to cancel until 48 hours before, half until 24; missed: 60 %. */
    readonly offering: PaidLaterOffering,
  ) {}

  /** The client has saved a card. */
  static async start(now = '2027-06-01T08:00:00Z'): Promise<PayLaterWorld> {
    return PayLaterWorld.in(await TestApp.start({ now }));
  }

  static async in(app: TestApp): Promise<PayLaterWorld> {
    const world = new World(app);
    const coach = await world.coach({ payouts: true });
    const client = await world.client(coach);
    const offering = await world.offering(coach, {
      fundingOptions: ['card', 'pay_later'],
      policyId: await policyOf(coach, 60),
    });
    await saveCard(app, client, offering.policyId);
    return new PayLaterWorld(app, world, coach, client, offering);
  }

  async offer(more: Record<string, unknown> = {}): Promise<PaidLaterOffering> {
    return this.world.offering(this.coach, {
      fundingOptions: ['pay_later'],
      policyId: this.offering.policyId,
      ...more,
    });
  }

  /** A client of the coach with a card of their own. */
  async clientWith(paymentMethod: string): Promise<ClientWorld> {
    const client = await this.world.client(this.coach);
    await saveCard(this.app, client, this.offering.policyId, paymentMethod);
    return client;
  }

  /** A start that no other session has, at least nine days ahead. */
  time(): string {
    const soonest = Math.ceil(this.app.sandbox.now().getTime() / DAY_MS) * DAY_MS + 9 * DAY_MS;
    this.next = Math.max(this.next + DAY_MS, soonest);
    return new Date(this.next).toISOString();
  }

  /** Booked by the client, whose card is charged when it is due. */
  async book(
    offering = this.offering,
    client = this.client,
    startsAt = this.time(),
  ): Promise<ChargedSession> {
    const { id } = await this.world.book(client, offering, startsAt, { funding: 'pay_later' });
    await this.app.drain();
    return this.read(client, id);
  }

  async read(person: Person, id: string): Promise<ChargedSession> {
    return (await this.world.read(person, id)) as ChargedSession;
  }

  async cancel(
    by: Person,
    session: { id: string },
    body: Record<string, unknown> = {},
  ): Promise<ChargedSession> {
    const answer = await by.http.post<ChargedSession>(`/v1/sessions/${session.id}/cancel`, body);
    expect([answer.status, answer.body]).toEqual([200, answer.body]);
    await this.app.drain();
    return this.read(by, session.id);
  }

  waive(
    by: Person,
    session: { id: string },
    body: Record<string, unknown> = {},
  ): Promise<Answer<ChargedSession>> {
    return by.http.post<ChargedSession>(`/v1/sessions/${session.id}/waive-charge`, body);
  }

  /** Just before, or after, a point in the life of a session. */
  hoursBefore({ startsAt }: { startsAt: string }, hours: number): Promise<void> {
    return this.app.advanceTo(new Date(Date.parse(startsAt) - hours * HOUR_MS));
  }

  /** What Stripe took for a session and did not give back, by payment. */
  async atStripe({ id }: { id: string }): Promise<{ taken: number[]; givenBack: number[] }> {
    const intents = await this.app.database.many(sql<{ intent: string }>`
      select stripe_payment_intent_id as intent from payments
      where session_id = ${parsePublicId('session', id)}::uuid and stripe_payment_intent_id is not null order by id`);
    const ids = intents.map(({ intent }) => intent);
    const { stripe } = this.app.sandbox;
    return {
      taken: stripe.charges
        .filter(({ payment_intent: intent, status }) => isOneOf(ids, intent) && status === 'succeeded')
        .map(({ amount }) => amount),
      givenBack: stripe.refunds
        .filter(({ payment_intent: intent }) => isOneOf(ids, intent))
        .map(({ amount }) => amount),
    };
  }

  async timeline(session: { id: string }): Promise<string[]> {
    const answer = await this.coach.http.get<{ data: { kind: string; text: string }[] }>(
      `/v1/sessions/${session.id}/timeline`,
    );
    return answer.body.data.map(({ kind }) => kind);
  }
}

/** Stripe shows them by their ids, unless it was asked to show them whole. */
function isOneOf(ids: string[], shown: unknown): boolean {
  return typeof shown === 'string' && ids.includes(shown);
}

/** Terms in two steps, which charge this share of the price for a missed session. */
export async function policyOf(coach: CoachWorld, noShowChargePercent: number): Promise<string> {
  const policy = await coach.http.post<{ id: string }>('/v1/policies', {
    name: `Missed sessions cost ${noShowChargePercent} %`,
    rules: {
      tiers: [
        { noticeHours: 48, refundPercent: 100 },
        { noticeHours: 24, refundPercent: 50 },
      ],
      freeRescheduleHours: 24,
      noShowChargePercent,
      returnCreditOnLateCancel: false,
    },
  });
  expect([policy.status, policy.body]).toEqual([201, policy.body]);
  return policy.body.id;
}
