import type { EntitlementAnswer } from '../support/packages';
import type { Random } from '../support/random';
import type { ClientWorld, SessionSummary } from '../support/world';
import type { Caller } from './caller';
import type { PayingOperations } from './paying-operations';
import { HOUR_MS, type Booked, type Practice, type Surroundings } from './surroundings';

interface Bought {
  id: string;
  practice: Practice;
  client: ClientWorld;
  paymentId: string;
  isPaid: boolean;
  clientSecret: string | null;
}

const ACTS = { buy: 3, pay: 8, book: 6, adjust: 1, extend: 1, refund: 0.6 };
/** Who pays does so soon; what is older is called off by itself. */
const NEWEST = 5;

/** Packages that are sold, spent, extended, corrected and given back. */
export class PackageOperations {
  private readonly bought: Bought[] = [];

  constructor(
    private readonly around: Surroundings,
    private readonly caller: Caller,
    private readonly paying: PayingOperations,
  ) {}

  /** @returns a session that a credit pays, where one was booked */
  async perform(random: Random): Promise<Booked | undefined> {
    const act = random.weighted(ACTS);
    const unpaid = this.bought.slice(-NEWEST).filter(({ isPaid }) => !isPaid);
    const paid = this.bought.filter(({ isPaid }) => isPaid);
    if (act === 'pay' && unpaid.length > 0) return this.pay(random, random.pick(unpaid));
    if (act === 'buy' || paid.length === 0) return this.buy(random);
    const entitlement = random.pick(paid);
    if (act === 'adjust') return this.adjust(random, entitlement);
    if (act === 'extend') return this.extend(random, entitlement);
    if (act === 'refund') return this.refund(random, entitlement);
    return this.book(random, entitlement);
  }

  private async buy(random: Random): Promise<undefined> {
    const practice = random.pick(this.around.practices);
    const client = random.pick(practice.clients);
    const answer = await this.caller.send(random, {
      operation: 'buy package',
      by: client,
      method: 'POST',
      path: `/v1/packages/${practice.packageId}/purchases`,
      effect: client.accountId,
    });
    if (answer.status !== 201) return;
    const { id, payment } = answer.body as unknown as EntitlementAnswer;
    const clientSecret = payment.clientSecret ?? null;
    this.bought.push({ id, practice, client, paymentId: payment.id, isPaid: false, clientSecret });
  }

  private async pay(random: Random, bought: Bought): Promise<undefined> {
    bought.isPaid = await this.paying.pay(random, { ...bought, path: `/v1/entitlements/${bought.id}` });
  }

  private async book(random: Random, { practice, client, id }: Bought): Promise<Booked | undefined> {
    const { firstStart, hours } = this.around;
    const startsAt = new Date(firstStart.getTime() + random.below(hours) * HOUR_MS);
    const answer = await this.caller.send(random, {
      operation: 'book',
      by: client,
      method: 'POST',
      path: '/v1/sessions',
      body: {
        offeringId: practice.paid.id,
        startsAt: startsAt.toISOString(),
        funding: 'package',
        acceptedPolicyId: practice.paid.policyId,
        ...(random.next() < 0.5 ? { entitlementId: id } : {}),
      },
      effect: `${client.accountId} at ${startsAt.toISOString()}`,
    });
    if (answer.status !== 201) return undefined;
    const session = answer.body as unknown as SessionSummary;
    return { session, practice, client, startsAt, isPaid: false, isCancelled: false };
  }

  private async adjust(random: Random, { practice, id }: Bought): Promise<undefined> {
    const credits = random.pick([1, 2, -1]);
    await this.caller.send(random, {
      operation: 'adjust credits',
      by: practice.coach,
      method: 'POST',
      path: `/v1/entitlements/${id}/adjust`,
      body: { credits, reason: 'storm' },
      effect: `${id} ${credits}`,
    });
  }

  private async extend(random: Random, { practice, id }: Bought): Promise<undefined> {
    const days = 40 + random.below(400);
    const expiresOn = new Date(this.around.now().getTime() + days * 24 * HOUR_MS).toISOString().slice(0, 10);
    await this.caller.send(random, {
      operation: 'extend package',
      by: practice.coach,
      method: 'POST',
      path: `/v1/entitlements/${id}/extend`,
      body: { expiresOn, reason: 'storm' },
    });
  }

  private async refund(random: Random, { practice, id }: Bought): Promise<undefined> {
    const call = { by: practice.coach, method: 'POST' };
    const quote = await this.caller.send(random, {
      ...call,
      operation: 'quote package refund',
      path: `/v1/entitlements/${id}/refund-quotes`,
      body: random.pick([{}, { refund: 'full' }, { refund: 'none' }]),
    });
    if (quote.status !== 201) return;
    await this.caller.send(random, {
      ...call,
      operation: 'refund package',
      path: `/v1/entitlements/${id}/refund`,
      body: { quoteId: quote.body['id'], reason: 'storm' },
      effect: id,
    });
  }
}
