import type { Random } from '../support/random';
import type { Booked, Surroundings } from './surroundings';

/** Few: what is disputed cannot be refunded, and is of little use to the others. */
const MOST_OPEN = 6;

/** What the banks of the clients do: take payments back, and decide later who keeps the money. */
export class BankOperations {
  private open: string[] = [];

  constructor(private readonly around: Surroundings) {}

  async perform(random: Random, paid: readonly Booked[]): Promise<void> {
    if (paid.length > 0 && this.open.length < MOST_OPEN && random.next() < 0.6)
      return this.dispute(random.pick(paid));
    const [id] = this.open;
    if (id === undefined) return;
    this.open = this.open.slice(1);
    await this.decide(id, random.next() < 0.5 ? 'win' : 'lose');
  }

  /** A bank leaves nothing undecided for ever. */
  async decideAll(): Promise<void> {
    for (const id of this.open.splice(0)) await this.decide(id, 'win');
  }

  private async dispute({ session }: Booked): Promise<void> {
    const intentId = session.payment?.clientSecret?.split('_secret_')[0];
    if (intentId === undefined) return;
    const answer = await this.atBank(`payment-intents/${intentId}/dispute`);
    // A payment is disputed once, and not when it was given back.
    if (answer.status >= 300) return;
    const { id } = (await answer.json()) as { id: string };
    this.open.push(id);
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
