import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../support/random';
import type { Caller } from './caller';
import type { Booked, Surroundings } from './surroundings';

/** Few: what is disputed cannot be refunded, and is of little use to the others. */
const MOST_OPEN = 6;
/** What nobody has told of by then got lost; the reconciliation finds it later. */
const LONGEST_NEWS_MS = 10_000;

interface OpenDispute {
  /** At Stripe. */
  id: string;
  booked: Booked;
}

/** What the banks of the clients do: take payments back, and decide later who keeps the money. */
export class BankOperations {
  /** How many payments were taken back. */
  disputed = 0;
  private open: OpenDispute[] = [];

  constructor(
    private readonly around: Surroundings,
    private readonly caller: Caller,
  ) {}

  async perform(random: Random, paid: readonly Booked[]): Promise<void> {
    const mayOpen = paid.length > 0 && this.open.length < MOST_OPEN;
    if (mayOpen && (this.disputed === 0 || random.next() < 0.6)) return this.dispute(random.pick(paid));
    const [first] = this.open;
    if (first === undefined) return;
    this.open = this.open.slice(1);
    await this.decide(first.id, random.next() < 0.5 ? 'win' : 'lose');
  }

  /** One more of these is disputed. */
  async openOne(paid: readonly Booked[]): Promise<void> {
    const before = this.disputed;
    for (const booked of paid) if (this.disputed === before) await this.dispute(booked);
  }

  /**
   * Asks for a refund of each payment that a bank has, where our side has heard of it.
   *
   * @param paymentOf the payment of a dispute that our side knows
   * @returns the codes of the refusals
   */
  async refundOpen(
    random: Random,
    paymentOf: (disputeId: string) => Promise<string | undefined>,
  ): Promise<unknown[]> {
    const codes: unknown[] = [];
    const until = Date.now() + LONGEST_NEWS_MS;
    for (const { id, booked } of this.open) {
      let paymentId = await paymentOf(id);
      while (paymentId === undefined && Date.now() < until) {
        await delay(100);
        paymentId = await paymentOf(id);
      }
      if (paymentId === undefined) continue;
      const path = `/v1/payments/${paymentId}/refunds`;
      const call = {
        operation: 'refund disputed',
        by: booked.practice.coach,
        method: 'POST',
        path,
        body: {},
      };
      codes.push((await this.caller.send(random, call)).body['code']);
    }
    return codes;
  }

  /** A bank leaves nothing undecided for ever. */
  async decideAll(): Promise<void> {
    for (const [index, { id }] of this.open.splice(0).entries())
      await this.decide(id, index % 2 === 0 ? 'win' : 'lose');
  }

  private async dispute(booked: Booked): Promise<void> {
    const { session } = booked;
    const intentId = this.around.dashboard.paidIntentOf(session.payment?.id ?? '');
    if (intentId === undefined) return;
    const answer = await this.atBank(`payment-intents/${intentId}/dispute`);
    // A payment is disputed once, and not when it was given back.
    if (answer.status >= 300) return;
    const { id } = (await answer.json()) as { id: string };
    this.disputed += 1;
    this.open.push({ id, booked });
    this.around.history.add({ operation: 'dispute', status: answer.status, sessionId: session.id });
  }

  private async decide(id: string, act: 'win' | 'lose'): Promise<void> {
    const { status } = await this.atBank(`disputes/${id}/${act}`);
    this.around.history.add({ operation: `${act} dispute`, status });
  }

  private atBank(path: string): Promise<Response> {
    return fetch(`${this.around.consoleUrl}/sandbox/stripe/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
  }
}
