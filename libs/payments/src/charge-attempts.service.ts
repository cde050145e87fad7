import { Injectable } from '@nestjs/common';
import { WORKER } from '@app/accounts';
import { Clock, DomainError } from '@app/common';
import { Database, sql } from '@app/database';
import { ChargeSettlement } from './charge-settlement.service';
import { cancelCharge } from './charge-release';
import { changeCharge } from './charge-writes';
import { Checkout } from './checkout.service';
import { NO_SAVED_CARD } from './domain/charge-retry';
import { isUnpaid } from './domain/payment-status';
import { KEY_LIFE_MS, PaymentIntents } from './payment-intents.service';
import { lockPayment } from './payment-lock';
import type { PaymentRecord } from './payment-record';
import { PaymentSync } from './payment-sync.service';
import { Payments } from './payments.service';
import { Stripe } from './stripe-client';
import { stripeFailure, StripeOutcomeUnknown } from './stripe-failure';
import { idOf } from './stripe-reading';

interface ChargeableCard {
  id: string;
  stripePaymentMethodId: string;
  stripeCustomerId: string;
}

interface OpenAttempt {
  payment: PaymentRecord;
  card: ChargeableCard;
}

/** Of the same session; what is being called off is settled before anything else is charged. */
const FORMER_IS_ASKED_AGAIN_MS = 5 * 60_000;
/** How far Stripe's clock may be behind ours. */
const CLOCK_DIFFERENCE_MS = 300_000;
const CONFIRMABLE: readonly string[] = [
  'requires_payment_method',
  'requires_confirmation',
  'requires_action',
];

/**
 * Charges saved cards. An attempt is written down before Stripe is asked, with its number and its card, and nothing but
 * an answer of Stripe ends it: a crash or a time-out at any point is repaired by doing the same again. All attempts of a
 * payment confirm one PaymentIntent, which takes money once.
 */
@Injectable()
export class ChargeAttempts {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly stripe: Stripe,
    private readonly intents: PaymentIntents,
    private readonly payments: Payments,
    private readonly settlement: ChargeSettlement,
    private readonly synchronizer: PaymentSync,
    private readonly checkout: Checkout,
  ) {}

  /** @throws StripeOutcomeUnknown to be tried again under the same key */
  async attempt(coachId: string, paymentId: string): Promise<void> {
    if (await this.isAsked(coachId, paymentId)) await this.checkout.leavePage(coachId, paymentId);
    const open = await this.begin(coachId, paymentId);
    if (open === undefined) return;
    const intent = await this.intentOf(open.payment);
    if (intent === undefined) return;
    const { payment, card } = open;
    if (!CONFIRMABLE.includes(intent.status)) return this.takeOver(payment, intent.id);
    const code = await this.refusalBefore(payment, intent);
    if (code !== undefined) return this.settlement.refused(coachId, paymentId, payment.attempts, code);
    if (idOf(intent.customer) !== card.stripeCustomerId) await this.nameCustomer(intent, card);
    await this.confirm(payment, card, intent);
  }

  /** Then a page that was opened before is closed: a payment has one way to be paid at a time. */
  private async isAsked(coachId: string, paymentId: string): Promise<boolean> {
    const asked = await this.database.maybe(sql<{ id: string }>`
      select id from payments
      where coach_id = ${coachId} and id = ${paymentId} and charge_state = 'requested' and checkout_number > 0`);
    return asked !== undefined;
  }

  /** Undefined when there is nothing to do, or not now. */
  private async begin(coachId: string, paymentId: string): Promise<OpenAttempt | undefined> {
    return this.database.transaction(async () => {
      const payment = await lockPayment(this.database, coachId, paymentId);
      if (payment.chargeState !== 'requested' || payment.releasedAt !== null) return undefined;
      // Stripe has it: how it ends is read from there.
      if (payment.status === 'processing' || !isUnpaid(payment.status)) return undefined;
      if (payment.attemptIsOpen) return this.openAttempt(payment);
      if (await this.waitsForFormer(payment)) return undefined;
      const card = await this.defaultCard(payment);
      if (card === undefined) {
        await this.settlement.giveUp(payment, NO_SAVED_CARD);
        return undefined;
      }
      const now = await this.clock.now();
      const attempts = payment.attempts + 1;
      await this.database.execute(
        changeCharge(payment, {
          set: [
            sql`attempts = ${attempts}::int`,
            sql`attempted_at = ${now}::timestamptz`,
            sql`attempted_card = ${card.id}::uuid`,
            sql`attempt_is_open = true`,
          ],
          actor: WORKER,
          action: 'payment.charge',
          after: { attempts, paymentMethodId: card.id },
          now,
        }),
      );
      return { payment: await lockPayment(this.database, coachId, paymentId), card };
    });
  }

  private async openAttempt(payment: PaymentRecord): Promise<OpenAttempt> {
    const card = await this.database.one(sql<ChargeableCard>`
      select m.id, m.stripe_payment_method_id as "stripePaymentMethodId", u.stripe_customer_id as "stripeCustomerId"
      from payment_methods m join stripe_customers u on u.coach_id = m.coach_id and u.client_id = m.client_id
      where m.coach_id = ${payment.coachId} and m.id = ${payment.attemptedCard}`);
    return { payment, card };
  }

  /** What the client has consented to be charged with; nothing of a client who was removed. */
  private async defaultCard({ coachId, clientId }: PaymentRecord): Promise<ChargeableCard | undefined> {
    return this.database.maybe(sql<ChargeableCard>`
      select m.id, m.stripe_payment_method_id as "stripePaymentMethodId", u.stripe_customer_id as "stripeCustomerId"
      from payment_methods m
      join card_consents k on k.coach_id = m.coach_id and k.setup_id = m.setup_id
      join stripe_customers u on u.coach_id = m.coach_id and u.client_id = m.client_id
      join clients c on c.coach_id = m.coach_id and c.id = m.client_id
      where m.coach_id = ${coachId} and m.client_id = ${clientId} and m.status = 'usable' and m.is_default
        and u.stripe_customer_id is not null and c.removed_at is null`);
  }

  /** A released payment of the same session is settled first; when it was paid after all and kept, this one is not wanted. */
  private async waitsForFormer(payment: PaymentRecord): Promise<boolean> {
    const former = await this.database.maybe(sql<{ isPaid: boolean }>`
      select bool_or(captured_minor > refunded_minor) as "isPaid" from payments
      where coach_id = ${payment.coachId} and session_id = ${payment.sessionId} and id <> ${payment.id}
        and released_at is not null and status <> 'canceled' and (captured_minor = 0 or captured_minor > refunded_minor)
      having count(*) > 0`);
    if (former === undefined) return false;
    const now = await this.clock.now();
    const later = new Date(now.getTime() + FORMER_IS_ASKED_AGAIN_MS);
    await this.database.execute(
      former.isPaid
        ? cancelCharge(payment, WORKER, now, 'paid before')
        : changeCharge(payment, {
            set: [sql`charge_state = 'planned'`, sql`next_attempt_at = ${later}::timestamptz`],
            actor: WORKER,
            action: 'payment.postpone_charge',
            after: { chargeState: 'planned', nextAttemptAt: later.toISOString() },
            now,
          }),
    );
    return true;
  }

  /** Undefined when there is none to confirm: it was called off meanwhile, or Stripe takes no such payment. */
  private async intentOf(payment: PaymentRecord): Promise<Stripe.PaymentIntent | undefined> {
    try {
      return await this.payments.preparedIntent(payment);
    } catch (error) {
      if (!(error instanceof DomainError) || error.kind !== 'conflict') throw error;
      const { reason } = error.extensions;
      const code = typeof reason === 'string' ? reason : error.code;
      await this.settlement.refused(payment.coachId, payment.id, payment.attempts, code);
      return undefined;
    }
  }

  /** Of an attempt older than Stripe keeps keys: the refusal it met, if the intent tells of one. */
  private async refusalBefore(
    payment: PaymentRecord,
    intent: Stripe.PaymentIntent,
  ): Promise<string | undefined> {
    const begun = payment.attemptedAt?.getTime() ?? 0;
    if ((await this.clock.now()).getTime() - begun <= KEY_LIFE_MS) return undefined;
    const seen = await this.intents.read(intent.id);
    const isSince = (seen?.refusedAt?.getTime() ?? 0) >= begun - CLOCK_DIFFERENCE_MS;
    return seen?.status === 'failed' && isSince ? (seen.failureCode ?? 'unknown') : undefined;
  }

  /** Made before the client had saved a card, when they looked at what to pay. */
  private async nameCustomer(intent: Stripe.PaymentIntent, card: ChargeableCard): Promise<void> {
    await this.stripe.paymentIntents
      .update(intent.id, { customer: card.stripeCustomerId })
      .catch((error: unknown) => {
        const { outcome } = stripeFailure(error);
        // Where it may not be changed any more, confirming tells why.
        if (outcome !== 'refused') throw new StripeOutcomeUnknown('the charge', error);
      });
  }

  private async confirm(
    payment: PaymentRecord,
    card: ChargeableCard,
    intent: Stripe.PaymentIntent,
  ): Promise<void> {
    const idempotencyKey = `payment-confirm:${payment.id}:${payment.stripeKeyNumber}`;
    try {
      await this.stripe.paymentIntents.confirm(
        intent.id,
        { payment_method: card.stripePaymentMethodId, off_session: true },
        { idempotencyKey },
      );
    } catch (error) {
      return this.afterFailure(payment, intent.id, error);
    }
    await this.takeOver(payment, intent.id);
  }

  private async afterFailure(payment: PaymentRecord, intentId: string, error: unknown): Promise<void> {
    const { outcome, code } = stripeFailure(error);
    if (outcome === 'unknown') throw new StripeOutcomeUnknown('the charge', error);
    // Paid by the client meanwhile, or called off.
    if (code === 'payment_intent_unexpected_state') return this.takeOver(payment, intentId);
    if (outcome === 'spent' || code === 'idempotency_error') {
      await this.synchronizer.sync(intentId);
      await this.takeNextKey(payment);
      throw new StripeOutcomeUnknown('the charge', error);
    }
    await this.settlement.refused(payment.coachId, payment.id, payment.attempts, declineCode(error) ?? code);
  }

  /** What the intent says counts; while it says nothing of the attempt, that is not over. */
  private async takeOver({ coachId, id }: PaymentRecord, intentId: string): Promise<void> {
    await this.synchronizer.sync(intentId);
    const { open } = await this.database.one(sql<{ open: boolean }>`
      select attempt_is_open and status <> 'processing' as open from payments where coach_id = ${coachId} and id = ${id}`);
    if (open) throw new StripeOutcomeUnknown('the charge', undefined);
  }

  /** The former key answers with a server error for a day; to confirm again is harmless: an intent takes money once. */
  private async takeNextKey({ coachId, id, stripeKeyNumber }: PaymentRecord): Promise<void> {
    await this.database.execute(sql`
      update payments set stripe_key_number = stripe_key_number + 1
      where coach_id = ${coachId} and id = ${id} and stripe_key_number = ${stripeKeyNumber} and attempt_is_open`);
  }
}

function declineCode(error: unknown): string | undefined {
  return error instanceof Stripe.errors.StripeCardError ? error.decline_code : undefined;
}
