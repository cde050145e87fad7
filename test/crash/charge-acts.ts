import { parsePublicId } from '@app/common';
import { sql } from '@app/database';
import { Sweeps } from '../../apps/worker/src/sweeps';
import { openCheckout } from '../support/checkout';
import { mark, noShowQuote, undo } from '../support/no-shows';
import { PayLaterWorld, type ChargedSession } from '../support/pay-later';
import { cardsOf, saveCard } from '../support/saved-cards';
import type { TestApp } from '../support/test-app';
import type { ClientWorld } from '../support/world';
import type { MoneyAct, MoneyCase } from './money-acts';
import { nextStart } from './next-start';

const HOUR_MS = 3_600_000;
const PRICE = 9_000;
/** 60 % of the price, by the terms. */
const MISSED = 5_400;

/** What is charged without the client, and what becomes of it: acts whose jobs are killed at every step. */
export class ChargeActs {
  private startsMs = 0;

  private constructor(
    private readonly app: TestApp,
    private readonly practice: PayLaterWorld,
    /** Paid after the session. */
    private readonly afterwards: { id: string; policyId: string },
    /** Removes the card before it is charged, and saves it again. */
    private readonly hesitant: ClientWorld,
  ) {}

  static async make(app: TestApp): Promise<ChargeActs> {
    const practice = await PayLaterWorld.in(app);
    const afterwards = await practice.offer({ chargeTiming: 'after_session' });
    return new ChargeActs(app, practice, afterwards, await practice.clientWith('pm_card_visa'));
  }

  get all(): MoneyAct[] {
    return [
      this.charging(),
      this.chargingAMissedSession(),
      this.undoingAMissedSession(),
      this.chargingBesideAPage(),
    ];
  }

  private async booked(
    offering = this.practice.offering,
    client = this.practice.client,
  ): Promise<ChargedSession> {
    this.startsMs = nextStart(this.app, this.startsMs, 72);
    return this.practice.book(offering, client, new Date(this.startsMs).toISOString());
  }

  /** Business time moves there; what is due by then is left to the workers. */
  private async passTo(instant: string | undefined, plusMs = 0): Promise<void> {
    const ms = Date.parse(String(instant)) + plusMs - this.app.sandbox.now().getTime();
    if (ms > 0) await this.app.sandbox.advanceClock(Math.ceil(ms / 1_000));
  }

  private charging(): MoneyAct {
    return {
      name: 'a saved card is charged when it is due',
      prepare: async () => {
        const session = await this.booked();
        return async () => {
          await this.passTo(session.charge?.dueAt);
          await this.app.worker.get(Sweeps).sweepCharges();
          return this.caseOf(session, session.charge?.paymentId, 'scheduled', {
            taken: [PRICE],
            givenBack: [],
          });
        };
      },
    };
  }

  private chargingAMissedSession(): MoneyAct {
    return {
      name: 'a missed session is charged',
      prepare: async () => {
        const session = await this.booked(this.afterwards);
        return async () => {
          await this.markAsMissed(session);
          const { charge } = await this.practice.read(this.practice.coach, session.id);
          return this.caseOf(session, charge?.paymentId, 'no_show', { taken: [MISSED], givenBack: [] });
        };
      },
    };
  }

  /** After its end: what the marking charged goes back, and the price is due at once. */
  private undoingAMissedSession(): MoneyAct {
    return {
      name: 'a marking as missed is taken back',
      prepare: async () => {
        const session = await this.booked(this.afterwards);
        return async () => {
          await this.markAsMissed(session);
          await this.app.drain();
          await this.passTo(session.startsAt, 2 * HOUR_MS);
          const { status } = await undo(this.practice.coach, session);
          expect(status).toBe(200);
          const { id } = await this.app.database.one(sql<{ id: string }>`
            select id from refunds where session_id = ${parsePublicId('session', session.id)}::uuid`);
          const money = { taken: [MISSED, PRICE], givenBack: [MISSED] };
          return {
            ...this.caseOf(session, null, 'completed', money),
            job: { name: 'issue-refund', subject: id },
          };
        };
      },
    };
  }

  /** No card paid it, its client has opened a page of Stripe, and the coach has another card asked. */
  private chargingBesideAPage(): MoneyAct {
    return {
      name: 'a saved card is charged while a page is open',
      prepare: async () => {
        const session = await this.booked(this.practice.offering, this.hesitant);
        const cards = await cardsOf(this.hesitant);
        for (const { id } of cards) await this.hesitant.http.delete(`/v1/payment-methods/${id}`);
        await this.passTo(session.charge?.dueAt);
        await this.app.sweep();
        await saveCard(this.app, this.hesitant, this.practice.offering.policyId);
        const { charge } = await this.practice.read(this.practice.coach, session.id);
        expect(charge).toMatchObject({ state: 'given_up' });
        const paymentId = charge?.paymentId ?? '';
        return async () => {
          expect((await openCheckout(this.hesitant, paymentId)).status).toBe(201);
          expect((await this.practice.coach.http.post(`/v1/payments/${paymentId}/retry`)).status).toBe(200);
          return this.caseOf(session, paymentId, 'scheduled', { taken: [PRICE], givenBack: [] });
        };
      },
    };
  }

  private async markAsMissed(session: ChargedSession): Promise<void> {
    await this.passTo(session.startsAt, HOUR_MS / 3);
    const { body: quote } = await noShowQuote(this.practice.coach, session);
    const { status } = await mark(this.practice.coach, session, { quoteId: quote.id });
    expect(status).toBe(200);
  }

  private caseOf(
    session: ChargedSession,
    paymentId: string | null | undefined,
    status: string,
    money: { taken: number[]; givenBack: number[] },
  ): MoneyCase {
    return {
      job: { name: 'charge-saved-card', subject: parsePublicId('payment', paymentId ?? '') ?? '' },
      expectOnce: async (step) => {
        expect([step, await this.practice.atStripe(session)]).toEqual([step, money]);
        const found = await this.practice.read(this.practice.coach, session.id);
        expect([step, found.paymentStatus]).toEqual([step, 'paid']);
        // What is scheduled is over a day or two later.
        const later = status === 'scheduled' ? [status, 'completed'] : [status];
        expect([step, later]).toEqual([step, expect.arrayContaining([found.status])]);
        const captures = await this.app.database.many(sql<{ amount: number }>`
          select sum(e.amount_minor)::bigint as amount from ledger_transactions t
          join ledger_entries e on e.coach_id = t.coach_id and e.transaction_id = t.id
          join payments p on p.coach_id = t.coach_id and p.id = t.payment_id
          where p.session_id = ${parsePublicId('session', session.id)}::uuid and e.account = 'stripe_clearing' and t.kind = 'capture'
          group by t.id order by t.id`);
        expect([step, captures.map(({ amount }) => amount)]).toEqual([step, money.taken]);
      },
    };
  }
}
