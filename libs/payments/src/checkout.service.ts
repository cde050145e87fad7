import { Injectable } from '@nestjs/common';
import { Audit, WORKER, type Principal } from '@app/accounts';
import { Clock, Conflict } from '@app/common';
import { Database, sql } from '@app/database';
import { CheckoutPages, type CheckoutPage } from './checkout-pages.service';
import { paymentColumns, type PaymentRecord } from './payment-record';
import { PaymentNotFound, PaymentNotPayable, TermsBeforePayment } from './payments.errors';
import { PaymentQueries } from './payment.queries';
import { insertRetiredIntent } from './retired-intents';
import { isKeySpent } from './stripe-failure';

/** Stripe takes pages that are open for 30 minutes to 24 hours; a minute is left for the clocks to differ. */
const SHORTEST_MS = 31 * 60_000;
const LONGEST_MS = 24 * 3_600_000 - 60_000;
/** A page that was begun and not kept can still be made, with the same end. */
const STILL_TAKEN_MS = SHORTEST_MS - 50_000;
/** Somebody else may open a page, or ask for the client secret, at the same moment. */
const MOST_TRIES = 3;

/** What is paid, and until when it can be. */
interface Payable {
  payment: PaymentRecord;
  /** As it is called to the client. */
  what: string;
  expiresAt: Date;
}

/** The client's turn: what is charged without them has no page while a card of theirs is asked, or will be. */
export function isPayableOnPage({ status, mode, chargeState, releasedAt }: PaymentRecord): boolean {
  if (releasedAt !== null || (status !== 'requires_payment' && status !== 'failed')) return false;
  return mode === 'on_session' || chargeState === 'needs_action' || chargeState === 'given_up';
}

type PayableRow = PaymentRecord & { what: string; payableUntil: Date | null; isAgreed: boolean };

/**
 * Paying on Stripe's own page instead of by the PaymentIntent (domain.md 12). A payment has one way to be paid at a time:
 * the row names either its PaymentIntent or its page, and what it had before is closed at Stripe before the new one is
 * given out.
 */
@Injectable()
export class Checkout {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly audit: Audit,
    private readonly queries: PaymentQueries,
    private readonly pages: CheckoutPages,
  ) {}

  /**
   * The page on which the payment can be made; the same one while it is open. Asks Stripe, so never inside a transaction.
   *
   * @throws PaymentNotFound also for somebody else's; PaymentNotPayable, TermsBeforePayment, PayoutsNotReady,
   *   StripeOutcomeUnknown
   */
  async open(principal: Principal, paymentId: string): Promise<CheckoutPage> {
    const { coachId } = await this.queries.find(principal, paymentId);
    return this.page(coachId, paymentId);
  }

  /** The same for whoever holds the private link of the payment. */
  async page(coachId: string, paymentId: string): Promise<CheckoutPage> {
    for (let tried = 0; tried < MOST_TRIES; tried++) {
      const page = (await this.present(coachId, paymentId)) ?? (await this.next(coachId, paymentId));
      if (page !== undefined) return page;
    }
    throw new PaymentNotPayable((await this.queries.payment(coachId, paymentId)).status);
  }

  /** The client goes back to paying by the client secret. @throws PaymentNotFound also for somebody else's */
  async leave(principal: Principal, paymentId: string): Promise<void> {
    const { coachId } = await this.queries.find(principal, paymentId);
    await this.leavePage(coachId, paymentId);
  }

  /** Closes the page, if there is one: from now on the payment is made by a PaymentIntent again. */
  async leavePage(coachId: string, paymentId: string): Promise<void> {
    const { stripeCheckoutSessionId: sessionId } = await this.queries.payment(coachId, paymentId);
    if (sessionId === null) return;
    await this.pages.close(sessionId);
    await this.forget(coachId, paymentId, sessionId);
  }

  /** Webhooks of the page are only a reason to read it. One that is not ours changes nothing. */
  async sync(sessionId: string): Promise<void> {
    const isOpen = await this.pages.sync(sessionId);
    const owner = await this.database.maybe(sql<{ coachId: string; id: string }>`
      select coach_id as "coachId", id from payments where stripe_checkout_session_id = ${sessionId}`);
    if (owner !== undefined && !isOpen) await this.forget(owner.coachId, owner.id, sessionId);
  }

  /** What was paid on the page, or on a PaymentIntent that was to be closed for it, is taken over. */
  async syncPayment({ coachId, id, stripeCheckoutSessionId: sessionId }: PaymentRecord): Promise<void> {
    if (sessionId !== null) await this.sync(sessionId);
    await this.pages.syncRetired({ coachId, id });
  }

  /** Job: the payment is made or called off: whatever else could pay it is closed, and what has paid it twice found. */
  async closeOthers(coachId: string, paymentId: string): Promise<void> {
    await this.leavePage(coachId, paymentId);
    await this.pages.closeRetired({ coachId, id: paymentId });
  }

  /** Undefined when it has none that is open. */
  private async present(coachId: string, paymentId: string): Promise<CheckoutPage | undefined> {
    const payment = await this.queries.payment(coachId, paymentId);
    const sessionId = payment.stripeCheckoutSessionId;
    if (sessionId === null || !isPayableOnPage(payment)) return undefined;
    const page = await this.pages.open(sessionId);
    if (page === undefined) await this.sync(sessionId);
    return page;
  }

  /** Undefined when the payment got another way to be paid meanwhile. */
  private async next(coachId: string, paymentId: string): Promise<CheckoutPage | undefined> {
    const begun = await this.begin(coachId, paymentId);
    if (begun === undefined) return undefined;
    const { payment, what, expiresAt } = begun;
    await this.pages.closeRetired(payment);
    const page = await this.pages.make(payment, expiresAt, what).catch(async (error: unknown) => {
      if (error instanceof Conflict || isKeySpent(error)) await this.drop(payment);
      throw error;
    });
    if (await this.keep(payment, page)) return page;
    await this.pages.close(page.id);
    await this.drop(payment);
    return undefined;
  }

  /**
   * Takes the next page's number, and the PaymentIntent from its row: what it says from now on counts only if it is money.
   * Who asks while a page is being made gets the same one, by the same key. Undefined when there is a page by now.
   */
  private async begin(coachId: string, paymentId: string): Promise<Payable | undefined> {
    return this.database.transaction(async () => {
      const { what, payableUntil, isAgreed, ...payment } = await this.lockPayable(coachId, paymentId);
      const now = await this.clock.now();
      if (payment.releasedAt !== null || (payableUntil !== null && payableUntil <= now))
        throw new PaymentNotPayable('canceled');
      if (!isPayableOnPage(payment)) throw new PaymentNotPayable(payment.status);
      if (!isAgreed) throw new TermsBeforePayment();
      if (payment.stripeCheckoutSessionId !== null) return undefined;
      const begun = payment.stripePaymentIntentId === null ? payment.checkoutExpiresAt : null;
      if (begun !== null && begun.getTime() - now.getTime() >= STILL_TAKEN_MS)
        return { payment, what, expiresAt: begun };
      const expiresAt = pageEnd(now, payableUntil);
      if (payment.stripePaymentIntentId !== null)
        await this.database.execute(insertRetiredIntent(payment, now));
      const { checkoutNumber, version } = await this.database.one(sql<{
        checkoutNumber: number;
        version: number;
      }>`
        update payments set checkout_number = checkout_number + 1, stripe_payment_intent_id = null,
          stripe_key_number = stripe_key_number + case when stripe_payment_intent_id is null then 0 else 1 end,
          checkout_expires_at = ${expiresAt}::timestamptz, version = version + 1, updated_at = ${now}::timestamptz
        where coach_id = ${coachId} and id = ${paymentId}
        returning checkout_number as "checkoutNumber", version`);
      await this.record(coachId, paymentId, version, 'payment.open_checkout', { checkoutNumber });
      return { payment: { ...payment, checkoutNumber }, what, expiresAt };
    });
  }

  private async keep({ coachId, id, checkoutNumber }: PaymentRecord, page: CheckoutPage): Promise<boolean> {
    return this.database.transaction(async () => {
      const now = await this.clock.now();
      const kept = await this.database.maybe(sql<{ version: number }>`
        update payments set stripe_checkout_session_id = ${page.id}, version = version + 1, updated_at = ${now}::timestamptz
        where coach_id = ${coachId} and id = ${id} and checkout_number = ${checkoutNumber} and stripe_payment_intent_id is null
          and stripe_checkout_session_id is null and checkout_expires_at is not null
          and status in ('requires_payment', 'failed') and released_at is null
          and (mode = 'on_session' or charge_state in ('needs_action', 'given_up'))
        returning version`);
      if (kept === undefined)
        return (await this.queries.payment(coachId, id)).stripeCheckoutSessionId === page.id;
      await this.record(coachId, id, kept.version, 'payment.keep_checkout', { checkoutSessionId: page.id });
      return true;
    });
  }

  /** Under this key Stripe makes none, or one with another content: the next has another. */
  private async drop({ coachId, id, checkoutNumber }: PaymentRecord): Promise<void> {
    await this.database.execute(sql`
      update payments set checkout_expires_at = null
      where coach_id = ${coachId} and id = ${id} and checkout_number = ${checkoutNumber} and stripe_checkout_session_id is null`);
  }

  private async forget(coachId: string, id: string, sessionId: string): Promise<void> {
    await this.database.transaction(async () => {
      const left = await this.database.maybe(sql<{ version: number }>`
        update payments set stripe_checkout_session_id = null, checkout_expires_at = null, version = version + 1, updated_at = app_now()
        where coach_id = ${coachId} and id = ${id} and stripe_checkout_session_id = ${sessionId}
        returning version`);
      if (left === undefined) return;
      await this.record(coachId, id, left.version, 'payment.close_checkout', { checkoutSessionId: null });
    });
  }

  private async record(
    coachId: string,
    objectId: string,
    objectVersion: number,
    action: string,
    after: Record<string, unknown>,
  ): Promise<void> {
    await this.audit.record({
      coachId,
      actor: WORKER,
      action,
      objectType: 'payment',
      objectId,
      objectVersion,
      after,
    });
  }

  /** What it pays for says until when, and whether its terms were agreed to. */
  private async lockPayable(coachId: string, id: string): Promise<PayableRow> {
    const row = await this.database.maybe(sql<PayableRow>`
      select ${paymentColumns}, coalesce(s.offering_name, e.package_name) as what,
        case p.mode when 'on_session' then coalesce(s.hold_expires_at, e.awaits_payment_until) end as "payableUntil",
        (s.id is null or s.policy_accepted_at is not null) as "isAgreed"
      from payments p
      left join sessions s on s.coach_id = p.coach_id and s.id = p.session_id
      left join entitlements e on e.coach_id = p.coach_id and e.id = p.entitlement_id
      where p.coach_id = ${coachId} and p.id = ${id} for no key update of p`);
    if (row === undefined) throw new PaymentNotFound();
    return row;
  }
}

/** With what it pays for, as near as Stripe allows; if later, it is closed when that ends. */
function pageEnd(now: Date, payableUntil: Date | null): Date {
  const wanted = payableUntil === null ? LONGEST_MS : payableUntil.getTime() - now.getTime();
  return new Date(now.getTime() + Math.min(Math.max(wanted, SHORTEST_MS), LONGEST_MS));
}
