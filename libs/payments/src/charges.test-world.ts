import { newId } from '@app/common';
import { sql } from '@app/database';
import type { SandboxOptions } from '../../../apps/sandbox/src/sandbox';
import { control } from '../../../apps/sandbox/src/testing';
import { CardSetups } from './card-setups.service';
import type { ChargeReason } from './charge-record';
import { ChargeSweeps } from './charge-sweeps.service';
import { Charges } from './charges.service';
import { PaymentLinks } from './payment-links.service';
import type { PaymentRecord } from './payment-record';
import { PaymentsWorld, type Practice } from './payments.test-world';
import { idOf } from './stripe-reading';

export interface ChargeOverrides {
  amountMinor?: number;
  /** Seconds of business time from now; by default the charge is due at once. */
  dueIn?: number;
  reason?: ChargeReason;
  /** A second charge of the same session. */
  sessionId?: string;
}

/** Saved cards and charges of them, in a world of payments. */
export class ChargesWorld {
  private constructor(readonly base: PaymentsWorld) {}

  static async start(options: SandboxOptions = {}): Promise<ChargesWorld> {
    return new ChargesWorld(await PaymentsWorld.start(options));
  }

  get charges(): Charges {
    return this.base.module.get(Charges);
  }
  get links(): PaymentLinks {
    return this.base.module.get(PaymentLinks);
  }

  /** A practice whose client has saved a card. */
  async practiceWithCard(card = 'pm_card_visa', currency?: string): Promise<Practice> {
    const practice = await this.base.practice(currency);
    await this.saveCard(practice, card);
    return practice;
  }

  /** With consent, as the client's browser does it; the bank's challenge is passed. */
  async saveCard(practice: Practice, card: string): Promise<void> {
    const { coachId } = practice;
    const setups = this.base.module.get(CardSetups);
    const policyId = newId();
    await this.base.database.execute(sql`
      insert into policies (coach_id, id, line_id, line_version, name, rules, created_at, created_by)
      values (${coachId}, ${policyId}, ${policyId}, 1, 'Terms', '{}'::jsonb, app_now(), ${coachId})`);
    const text = 'My coach may charge this card for what I have booked.';
    const setup = await setups.open(this.base.client(practice), { coachId, text, policyId });
    const clientSecret = await setups.clientSecret(coachId, setup.id);
    const [intentId = ''] = String(clientSecret).split('_secret_');
    const path = `stripe/setup-intents/${intentId}`;
    const { body } = await control(this.base.sandbox, 'POST', `${path}/confirm`, {
      paymentMethod: card,
      clientSecret,
    });
    if ((body as { status: string }).status === 'requires_action')
      await control(this.base.sandbox, 'POST', `${path}/authenticate`, {});
    await setups.sync(intentId);
  }

  /** A booked session and a charge for it, as a booking asks for it. */
  async request(practice: Practice, overrides: ChargeOverrides = {}): Promise<PaymentRecord> {
    const { coachId, clientId, currency, stripeAccountId } = practice;
    const { amountMinor = 10_000, dueIn = 0, reason = 'pay_later' } = overrides;
    const now = await this.base.now();
    const sessionId = overrides.sessionId ?? newId();
    const id = await this.base.database.transaction(async () => {
      if (overrides.sessionId === undefined) {
        const session = { coachId, sessionId, clientId, amountMinor, currency };
        await this.base.insertSession(session, now, 'pay_later');
      }
      return this.charges.request({
        coachId,
        sessionId,
        clientId,
        amountMinor,
        currency,
        applicationFeeBps: 1_500,
        stripeAccountId,
        reason,
        dueAt: new Date(now.getTime() + dueIn * 1_000),
        actor: { kind: 'client', accountId: practice.clientAccountId },
        now,
      });
    });
    return this.base.payment({ coachId, id });
  }

  /** Does the job once, and answers what became of the charge. */
  async attempt({ coachId, id }: PaymentRecord): Promise<PaymentRecord> {
    await this.charges.attempt(coachId, id);
    return this.base.payment({ coachId, id });
  }

  /** Does the job again and again, as the queue does, until it does not fail. */
  async attemptUntilDone(charge: PaymentRecord, most = 8): Promise<PaymentRecord> {
    for (let time = 1; ; time += 1) {
      try {
        return await this.attempt(charge);
      } catch (error) {
        if (time >= most) throw error;
      }
    }
  }

  sweep(): Promise<number> {
    return this.base.module.get(ChargeSweeps).requestDue(10);
  }

  giveUpUnconfirmed(): Promise<number> {
    return this.base.module.get(ChargeSweeps).giveUpUnconfirmed(10);
  }

  /** Moves business time, and does what is due then. */
  async after(hours: number, charge: PaymentRecord): Promise<PaymentRecord> {
    await this.base.sandbox.advanceClock(hours * 3_600);
    await this.sweep();
    return this.attempt(charge);
  }

  /** What Stripe has made for a payment. */
  intentsOf({ id }: PaymentRecord) {
    return this.base.sandbox.stripe.paymentIntents.filter(({ metadata }) => metadata['paymentId'] === id);
  }

  /** How often a card was asked for it, and with what end. */
  chargesOf(payment: PaymentRecord): string[] {
    const intents = new Set(this.intentsOf(payment).map(({ id }) => id));
    return this.base.sandbox.stripe.charges
      .filter((charge) => intents.has(idOf(charge.payment_intent) ?? ''))
      .map(({ status }) => status);
  }
}
