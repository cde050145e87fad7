import { payOnPage } from '../support/checkout';
import type { Random } from '../support/random';
import type { ClientWorld } from '../support/world';
import type { Caller } from './caller';
import type { Surroundings } from './surroundings';

/** What a client has to pay, as they know it. */
export interface Payable {
  paymentId: string;
  client: ClientWorld;
  /** Of the session or package: where Stripe was away, the secret is asked for again here. */
  path: string;
  clientSecret: string | null;
  sessionId?: string;
}

/** `both`: the same is paid in the app and on a page of Stripe at the same moment. */
const WAYS = { app: 7, page: 3, both: 1 };
const LEAVES_PAGE = 0.25;
const METHODS = { pm_card_visa: 8, pm_card_chargeDeclined: 1, pm_sandbox_processing: 1 };

/** What the browsers of clients do at Stripe: card or bank, sometimes declined, in the app or on a page of Checkout. */
export class PayingOperations {
  constructor(
    private readonly around: Surroundings,
    private readonly caller: Caller,
  ) {}

  /** @returns whether Stripe took it, as the client knows it */
  async pay(random: Random, payable: Payable): Promise<boolean> {
    switch (random.weighted(WAYS)) {
      case 'app':
        return this.inApp(random, payable);
      case 'page':
        return this.onPage(random, payable);
      default: {
        const paid = await Promise.all([this.inApp(random, payable), this.onPage(random, payable)]);
        return paid.includes(true);
      }
    }
  }

  private async inApp(random: Random, payable: Payable): Promise<boolean> {
    payable.clientSecret ??= await this.secretOf(random, payable);
    if (payable.clientSecret === null) return false;
    const intentId = payable.clientSecret.split('_secret_')[0];
    const url = `${this.around.consoleUrl}/sandbox/stripe/payment-intents/${intentId}/confirm`;
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ paymentMethod: random.weighted(METHODS) }),
    });
    await answer.text();
    this.note('pay', answer.status, payable);
    return answer.status < 300;
  }

  private async onPage(random: Random, payable: Payable): Promise<boolean> {
    const { body } = await this.caller.send(random, {
      operation: 'open page',
      by: payable.client,
      method: 'POST',
      path: `/v1/payments/${payable.paymentId}/checkout-links`,
    });
    const { url } = body;
    // The page has an intent of its own.
    payable.clientSecret = null;
    if (typeof url !== 'string' || random.next() < LEAVES_PAGE) return false;
    const isPaid = (await payOnPage(url, random.weighted(METHODS))).startsWith('http');
    this.note('pay on page', isPaid ? 200 : 402, payable);
    return isPaid;
  }

  private async secretOf(random: Random, { client, path }: Payable): Promise<string | null> {
    const { body } = await this.caller.send(random, { operation: 'read', by: client, method: 'GET', path });
    const { payment } = body as { payment?: { clientSecret?: string | null } | null };
    return payment?.clientSecret ?? null;
  }

  private note(operation: string, status: number, { sessionId }: Payable): void {
    this.around.history.add({ operation, status, ...(sessionId === undefined ? {} : { sessionId }) });
  }
}
