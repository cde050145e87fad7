import { createHmac } from 'node:crypto';
import { newId } from '@app/common';
import type { Random } from '../support/random';
import type { TestApp } from '../support/test-app';
import { STRIPE_WEBHOOK_SECRET } from '../support/test-config';

/** What happens to an event on its way; shares of the issue's point 4. */
const SHARES = { doubled: 0.3, tampered: 0.05, old: 0.05, foreign: 0.02, dropped: 0.03, late: 0.1 };
const AT_ONCE = 16;
/** Stripe's tolerance is 300 seconds. */
const TOO_OLD_SECONDS = 301;

interface StripeEvent {
  id: string;
  type: string;
  account?: string;
  data: { object: object };
}

interface Delivery {
  kind: 'genuine' | 'tampered' | 'old' | 'foreign';
  id: string;
  body: string;
  signature: string;
}

export type Tally = Record<Delivery['kind'] | 'events' | 'doubled' | 'dropped' | 'late', number>;

/** Brings Stripe's events to the api as badly as networks and strangers do. */
export class WebhookWeather {
  readonly tally: Tally = {
    events: 0,
    genuine: 0,
    doubled: 0,
    tampered: 0,
    old: 0,
    foreign: 0,
    dropped: 0,
    late: 0,
  };
  /** Ids of deliveries that have to be refused, and of those that belong to another account. */
  readonly refusedIds: string[] = [];
  readonly foreignIds: string[] = [];
  /** Answers that were not what the delivery deserves. */
  readonly surprises: string[] = [];
  private seen: number;
  private keptBack: StripeEvent[] = [];

  constructor(
    private readonly app: TestApp,
    private readonly random: Random,
  ) {
    // What came before the weather changed has arrived.
    this.seen = app.sandbox.stripe.events.length;
  }

  /** Everything that has happened at Stripe since the last time, and what came late then. @param last nothing is kept back */
  async deliver(last = false): Promise<void> {
    const all = this.app.sandbox.stripe.events as unknown as StripeEvent[];
    const fresh = all.slice(this.seen);
    this.seen = all.length;
    this.tally.events += fresh.length;
    const events = [...this.keptBack, ...fresh];
    this.keptBack = [];
    const deliveries = this.shuffled(events.flatMap((event) => this.fateOf(event, last)));
    for (let at = 0; at < deliveries.length; at += AT_ONCE) {
      await Promise.all(deliveries.slice(at, at + AT_ONCE).map((delivery) => this.post(delivery)));
    }
  }

  private fateOf(event: StripeEvent, last: boolean): Delivery[] {
    const chance = (name: keyof typeof SHARES): boolean => this.random.next() < SHARES[name];
    if (!last && chance('late')) {
      this.tally.late += 1;
      this.keptBack.push(event);
      return [];
    }
    const more = [
      ...(chance('tampered') ? [this.tampered(event)] : []),
      ...(chance('foreign') ? [this.foreign(event)] : []),
    ];
    if (chance('dropped')) {
      this.tally.dropped += 1;
      return more;
    }
    // What comes too late to be believed is lost as well.
    if (chance('old')) return [...more, this.old(event)];
    const genuine = delivered('genuine', event.id, JSON.stringify(event));
    if (!chance('doubled')) return [...more, genuine];
    this.tally.doubled += 1;
    return [...more, genuine, genuine];
  }

  /** Somebody has changed a byte, or has made an event up, and has no secret to sign it with. */
  private tampered(event: StripeEvent): Delivery {
    const { signature } = delivered('genuine', event.id, JSON.stringify(event));
    const id = eventId();
    this.refusedIds.push(id);
    const body = JSON.stringify({ ...event, id });
    const forged = this.random.next() < 0.5 ? signature : sign(body, 'whsec_of_somebody');
    return { kind: 'tampered', id, body, signature: forged };
  }

  private old(event: StripeEvent): Delivery {
    const body = JSON.stringify(event);
    this.refusedIds.push(event.id);
    return { kind: 'old', id: event.id, body, signature: sign(body, STRIPE_WEBHOOK_SECRET, TOO_OLD_SECONDS) };
  }

  /** Signed with our secret, and about an account that nobody of ours has. */
  private foreign(event: StripeEvent): Delivery {
    const id = eventId();
    this.foreignIds.push(id);
    const body = JSON.stringify({ ...event, id, account: 'acct_of_somebody_else' });
    return delivered('foreign', id, body);
  }

  private async post({ kind, id, body, signature }: Delivery): Promise<void> {
    this.tally[kind] += 1;
    const answer = await fetch(`${this.app.url}/webhooks/stripe`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'stripe-signature': signature },
      body,
    });
    await answer.arrayBuffer();
    const expected = kind === 'tampered' || kind === 'old' ? 400 : 204;
    if (answer.status !== expected) this.surprises.push(`${kind} ${id}: ${answer.status}`);
  }

  private shuffled<T>(list: T[]): T[] {
    const shuffled = [...list];
    for (let last = shuffled.length - 1; last > 0; last -= 1) {
      const other = this.random.below(last + 1);
      const [a, b] = [shuffled[last], shuffled[other]];
      if (a !== undefined && b !== undefined) [shuffled[last], shuffled[other]] = [b, a];
    }
    return shuffled;
  }
}

function delivered(kind: Delivery['kind'], id: string, body: string): Delivery {
  return { kind, id, body, signature: sign(body, STRIPE_WEBHOOK_SECRET) };
}

function sign(body: string, secret: string, ageSeconds = 0): string {
  const at = Math.floor(Date.now() / 1_000) - ageSeconds;
  return `t=${at},v1=${createHmac('sha256', secret).update(`${at}.${body}`).digest('hex')}`;
}

function eventId(): string {
  return `evt_${newId().replaceAll('-', '')}`;
}
