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

/**
 * `leave`: a page is opened and not paid; `twice`: it is paid, and so is a PaymentIntent that Stripe could not cancel;
 * `both`: the app and a page are tried at the same moment.
 */
const WAYS = { app: 7, page: 3, leave: 1, twice: 1, both: 1 };
type Way = keyof typeof WAYS;
type End = 'paid' | 'left' | 'nothing';
const METHODS = { pm_card_visa: 8, pm_card_chargeDeclined: 1, pm_sandbox_processing: 1 };

const LINK = /\/v1\/payment-links\/[\w-]{24}/;

/** What the browsers of clients do at Stripe: card or bank, sometimes declined, in the app or on a page of Checkout. */
export class PayingOperations {
  /** Even the smallest storm has each of them, as soon as there is something to pay. */
  private readonly wanted = new Set<Way>(['page', 'leave', 'twice']);
  /** Payments that have had a page: the secret from the booking is of no use for them. */
  private readonly opened = new Set<string>();

  constructor(
    private readonly around: Surroundings,
    private readonly caller: Caller,
  ) {}

  /** @returns whether Stripe took it, as the client knows it */
  async pay(random: Random, payable: Payable): Promise<boolean> {
    const drawn = random.weighted(WAYS);
    const [way = drawn] = this.wanted;
    const isWanted = this.wanted.delete(way);
    const end = await this.go(way, random, payable);
    if (isWanted && end === 'nothing') this.wanted.add(way);
    return end === 'paid';
  }

  private async go(way: Way, random: Random, payable: Payable): Promise<End> {
    switch (way) {
      case 'app':
        return this.inApp(random, payable);
      case 'page':
        return this.onPage(random, payable);
      case 'leave':
        return (await this.openPage(random, payable)) === undefined ? 'nothing' : 'left';
      case 'twice':
        return this.twice(random, payable);
      case 'both': {
        const paid = await Promise.all([this.inApp(random, payable), this.onPage(random, payable)]);
        return paid.includes('paid') ? 'paid' : 'nothing';
      }
    }
  }

  private async inApp(random: Random, payable: Payable): Promise<End> {
    const secret = await this.secretOf(random, payable);
    if (secret === null) return 'nothing';
    const status = await this.confirm(secret, random);
    this.note('pay', status, payable);
    return status < 300 ? 'paid' : 'nothing';
  }

  /** @returns the status of the answer */
  private async confirm(clientSecret: string, random: Random): Promise<number> {
    const intentId = clientSecret.split('_secret_')[0];
    const url = `${this.around.consoleUrl}/sandbox/stripe/payment-intents/${intentId}/confirm`;
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ paymentMethod: random.weighted(METHODS) }),
    });
    await answer.text();
    return answer.status;
  }

  private async onPage(random: Random, payable: Payable, method = random.weighted(METHODS)): Promise<End> {
    const url = await this.openPage(random, payable);
    if (url === undefined) return 'nothing';
    const isPaid = (await payOnPage(url, method)).startsWith('http');
    this.note('pay on page', isPaid ? 200 : 402, payable);
    return isPaid ? 'paid' : 'nothing';
  }

  private async twice(random: Random, payable: Payable): Promise<End> {
    if ((await this.onPage(random, payable, 'pm_card_visa')) !== 'paid') return 'nothing';
    const isPaidAgain = await this.around.dashboard.payAgain(payable.paymentId);
    this.note('pay again', isPaidAgain ? 200 : 402, payable);
    if (!isPaidAgain) this.wanted.add('twice');
    return 'paid';
  }

  /** Where a saved card did not pay: the newest mail about it has a link, behind which are its secret and its page. */
  async byLink(random: Random, client: ClientWorld): Promise<void> {
    const links = this.around.mailsTo(client).flatMap((text) => LINK.exec(text)?.[0] ?? []);
    const path = links.at(-1);
    if (path === undefined) return;
    if (random.below(2) === 0) return this.byLinkedPage(random, client, path);
    const { body } = await this.caller.send(random, { operation: 'open link', method: 'POST', path });
    if (typeof body['clientSecret'] !== 'string') return;
    this.note('pay by link', await this.confirm(body['clientSecret'], random));
  }

  private async byLinkedPage(random: Random, client: ClientWorld, path: string): Promise<void> {
    const { body } = await this.caller.send(random, { operation: 'look at link', method: 'GET', path });
    if (typeof body['paymentId'] !== 'string') return;
    const url = await this.openPage(random, { paymentId: body['paymentId'], client });
    if (url === undefined) return;
    const isPaid = (await payOnPage(url, random.weighted(METHODS))).startsWith('http');
    this.note('pay by linked page', isPaid ? 200 : 402);
  }

  private async openPage(
    random: Random,
    { paymentId, client }: Pick<Payable, 'paymentId' | 'client'>,
  ): Promise<string | undefined> {
    const { body } = await this.caller.send(random, {
      operation: 'open page',
      by: client,
      method: 'POST',
      path: `/v1/payments/${paymentId}/checkout-links`,
    });
    this.opened.add(paymentId);
    return typeof body['url'] === 'string' ? body['url'] : undefined;
  }

  /** Where a page may be open, it is closed first. */
  private async secretOf(random: Random, payable: Payable): Promise<string | null> {
    const { paymentId, client, path } = payable;
    if (!this.opened.has(paymentId) && payable.clientSecret !== null) return payable.clientSecret;
    const leave = { by: client, method: 'DELETE', path: `/v1/payments/${paymentId}/checkout-links` };
    if (this.opened.has(paymentId)) await this.caller.send(random, { operation: 'leave page', ...leave });
    const { body } = await this.caller.send(random, { operation: 'read', by: client, method: 'GET', path });
    const { payment } = body as { payment?: { clientSecret?: string | null } | null };
    return payment?.clientSecret ?? null;
  }

  private note(operation: string, status: number, { sessionId }: Partial<Payable> = {}): void {
    this.around.history.add({ operation, status, ...(sessionId === undefined ? {} : { sessionId }) });
  }
}
