import { mark, noShowQuote, undo } from '../support/no-shows';
import { PayLaterWorld, policyOf, type ChargedSession } from '../support/pay-later';
import { Random } from '../support/random';
import type { ClientWorld, Person } from '../support/world';

/** Each is a session with acts of its own; `OWED_HISTORIES=200` has many more. */
const HISTORIES = Number(process.env['OWED_HISTORIES'] ?? 12);
const SEED = Number(process.env['OWED_SEED'] ?? 20270601);
const HOUR_S = 3_600;
const MOST_ACTS = 8;

interface Quote {
  id: string;
  refund: { amount: number };
  captured: { amount: number };
  kept: { amount: number };
  laterCharge: { amount: number } | null;
}

/** Whatever happens to a session that is paid later: in the end the client has paid what the last quote said. */
describe('what is owed, by chance', () => {
  const random = new Random(SEED);
  let practice: PayLaterWorld;
  let cards: ClientWorld[];
  let offerings: { id: string; policyId: string }[];

  beforeAll(async () => {
    practice = await PayLaterWorld.start();
    cards = [practice.client, await practice.clientWith('pm_sandbox_processing')];
    const whole = await policyOf(practice.coach, 100);
    offerings = [
      practice.offering,
      await practice.offer({ chargeTiming: 'after_session' }),
      await practice.offer({ chargeTiming: 'after_session', policyId: whole }),
      await practice.offer({ chargeTiming: 'before_start', chargeHoursBefore: 0, policyId: whole }),
    ];
  });
  afterAll(() => practice.app.stop());

  /** The worker may be at it at the same moment. */
  async function meanwhile<Result>(act: () => Promise<Result>): Promise<Result> {
    if (random.next() < 0.5) return act();
    const [result] = await Promise.all([act(), practice.app.drain()]);
    return result;
  }

  /** What the client has paid in the end, as far as it was decided; the price where nothing else was. */
  class Life {
    owed = 9_000;
    readonly acts: string[] = [];

    constructor(
      readonly session: ChargedSession,
      readonly client: ClientWorld,
    ) {}

    async cancel(by: Person, body: Record<string, unknown>): Promise<void> {
      const quote = await by.http.post<Quote>(`/v1/sessions/${this.session.id}/cancellation-quotes`, body);
      if (quote.status !== 201) return;
      const { payment } = await practice.read(by, this.session.id);
      const { refunded } = payment as unknown as { refunded: { amount: number } };
      await this.somethingElse();
      const done = await meanwhile(() =>
        by.http.post(`/v1/sessions/${this.session.id}/cancel`, { quoteId: quote.body.id }),
      );
      if (done.status !== 200) return;
      const { laterCharge, captured, refund } = quote.body;
      this.owed = laterCharge?.amount ?? captured.amount - refunded.amount - refund.amount;
      this.acts.push(`cancelled by ${by === this.client ? 'client' : 'coach'}, owed ${this.owed}`);
    }

    async mark(who: 'client' | 'coach'): Promise<void> {
      const quote = await noShowQuote(practice.coach, this.session, who);
      if (quote.status !== 201) return;
      await this.somethingElse();
      const body = { quoteId: quote.body.id, override: true, reason: 'They wrote.' };
      if ((await meanwhile(() => mark(practice.coach, this.session, body))).status !== 200) return;
      const { laterCharge, kept } = quote.body as unknown as Quote;
      this.owed = laterCharge?.amount ?? kept.amount;
      this.acts.push(`${who} did not come, owed ${this.owed}`);
    }

    /** What a marking gave back stays given back; what it charged does not count. */
    async undo(): Promise<void> {
      const before = await practice.atStripe(this.session);
      if ((await undo(practice.coach, this.session)).status !== 200) return;
      const markings = await practice.coach.http.get<{
        markings: { refund: { amount: number }; kept: { amount: number } }[];
      }>(`/v1/sessions/${this.session.id}/no-show`);
      const { markings: all } = markings.body;
      const hasGivenBack = all.some(({ refund }) => refund.amount > 0);
      this.owed = hasGivenBack ? (all.at(-1)?.kept.amount ?? 0) : 9_000;
      this.acts.push(`taken back after ${JSON.stringify(before)}, owed ${this.owed}`);
    }

    async waive(): Promise<void> {
      if ((await practice.waive(practice.coach, this.session)).status !== 200) return;
      this.owed = 0;
      this.acts.push('waived');
    }

    async move(): Promise<void> {
      const { startsAt } = await practice.read(practice.coach, this.session.id);
      const later = new Date(Date.parse(startsAt) + (1 + random.below(3)) * 15 * 60_000).toISOString();
      const moved = await this.client.http.post(`/v1/sessions/${this.session.id}/reschedule`, {
        startsAt: later,
      });
      if (moved.status === 200) this.acts.push('moved');
    }

    /** Time, Stripe or the worker come between a quote and its act. */
    private async somethingElse(): Promise<void> {
      if (random.next() < 0.3) await practice.app.sandbox.advanceClock(1 + random.below(400));
      if (random.next() < 0.3) await practice.app.drain();
    }
  }

  it(
    'is what the client has paid, and nothing else',
    async () => {
      for (let history = 0; history < HISTORIES; history += 1) {
        const client = random.pick(cards);
        const offering = random.pick(offerings);
        const session = await practice.book(offering, client);
        const life = new Life(session, client);
        await practice.hoursBefore(session, random.pick([72, 48, 30, 20, 0, 0, 0, 0, -0.3, -0.5]));
        for (let act = 0; act < MOST_ACTS; act += 1) {
          await random.pick([
            () => life.cancel(random.pick([client, practice.coach]), {}),
            () => life.cancel(practice.coach, { refund: 'policy' }),
            () => life.mark('client'),
            () => life.mark('client'),
            () => life.mark('client'),
            () => life.mark('coach'),
            () => meanwhile(() => life.undo()),
            () => meanwhile(() => life.undo()),
            () => meanwhile(() => life.undo()),
            () => life.waive(),
            () => life.move(),
            () => life.move(),
            () => practice.app.advance(random.pick([60, 1_200, HOUR_S])),
            () => practice.app.sandbox.advanceClock(random.pick([10, 120])),
            () => practice.app.drain(),
          ])();
        }
        for (let hour = 0; hour < 2; hour += 1) await practice.app.advance(HOUR_S);
        await practice.hoursBefore(session, -80);
        await practice.app.advance(HOUR_S);
        const { taken, givenBack } = await practice.atStripe(session);
        const paid = sum(taken) - sum(givenBack);
        const facts = { history, acts: life.acts.join('; '), taken, givenBack };
        expect({ ...facts, paid }).toEqual({ ...facts, paid: life.owed });
        expect(await practice.app.brokenInvariants()).toEqual([]);
      }
    },
    20_000 + HISTORIES * 10_000,
  );
});

function sum(amounts: readonly number[]): number {
  return amounts.reduce((all, amount) => all + amount, 0);
}
