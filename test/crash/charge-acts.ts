import { parsePublicId } from '@app/common';
import { sql } from '@app/database';
import { Sweeps } from '../../apps/worker/src/sweeps';
import { mark, noShowQuote, undo } from '../support/no-shows';
import { PayLaterWorld, type ChargedSession } from '../support/pay-later';
import type { TestApp } from '../support/test-app';
import type { MoneyAct, MoneyCase } from './money-acts';

const HOUR_MS = 3_600_000;
const PRICE = 9_000;
/** 60 % of the price, by the terms. */
const MISSED = 5_400;

/** What is charged without the client, and what becomes of it: acts whose jobs are killed at every step. */
export class ChargeActs {
  private startsMs: number;

  private constructor(
    private readonly app: TestApp,
    private readonly practice: PayLaterWorld,
    /** Paid after the session. */
    private readonly afterwards: { id: string; policyId: string },
  ) {
    this.startsMs = this.firstFree();
  }

  static async make(app: TestApp): Promise<ChargeActs> {
    const practice = await PayLaterWorld.in(app);
    return new ChargeActs(app, practice, await practice.offer({ chargeTiming: 'after_session' }));
  }

  get all(): MoneyAct[] {
    return [this.charging(), this.chargingAMissedSession(), this.undoingAMissedSession()];
  }

  private firstFree(): number {
    return Math.ceil(this.app.sandbox.now().getTime() / HOUR_MS) * HOUR_MS + 72 * HOUR_MS;
  }

  private async booked(offering = this.practice.offering): Promise<ChargedSession> {
    this.startsMs = Math.max(this.startsMs + 2 * HOUR_MS, this.firstFree());
    return this.practice.book(offering, this.practice.client, new Date(this.startsMs).toISOString());
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
