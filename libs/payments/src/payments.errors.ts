import { chargeStepOf, Conflict, Invalid, isCurrency, NotFound, RuleViolation } from '@app/common';
import type { PaymentStatus } from './domain/payment-status';
import type { RefundStatus } from './domain/refund-status';

/** Also the answer for somebody else's payment: ids cannot be probed. */
export class PaymentNotFound extends NotFound {
  constructor() {
    super('payments.not_found', 'There is no such payment.');
  }
}

export class RefundNotFound extends NotFound {
  constructor() {
    super('refunds.not_found', 'There is no such refund.');
  }
}

/** Paid offerings can be booked only while the coach's account can receive transfers (domain.md 12). */
export class PayoutsNotReady extends Conflict {
  constructor() {
    super('payouts-not-ready', 'The coach cannot take payments yet: their Stripe account is not complete.', {
      help: 'The coach finishes it through POST /v1/payout-account/onboarding-links.',
    });
  }
}

export class PaymentNotPayable extends Conflict {
  constructor(status: PaymentStatus) {
    super('payments.not_payable', `The payment is ${status}; it cannot be paid.`, {
      // `status` itself is the problem's HTTP status (RFC 9457).
      extensions: { paymentStatus: status },
    });
  }
}

export class StripeRefusedPayment extends Conflict {
  constructor(reason: string, cause: unknown) {
    super('payments.refused', 'Stripe does not take this payment.', { extensions: { reason }, cause });
  }
}

/** Nothing beyond what was paid is charged before the client has agreed (domain.md 6). */
export class TermsBeforePayment extends Conflict {
  constructor() {
    super('payments.terms_first', 'The terms of the session are to be accepted before it is paid.', {
      help: 'POST /v1/sessions/{id}/accept-terms, or the link in the mail.',
    });
  }
}

/** A page of Stripe is open for it: one payment has one way to be paid. */
export class PaymentAtCheckout extends Conflict {
  constructor() {
    super('payments.at_checkout', 'The payment is being made on Stripe’s page.', {
      help: 'DELETE /v1/payments/{id}/checkout-links closes the page.',
    });
  }
}

/** A session is charged once: what was asked before is to be released, or is paid. */
export class ChargeExists extends Conflict {
  constructor(paymentId: string) {
    super('payments.charge_exists', 'The session has a payment already.', { extensions: { paymentId } });
  }
}

export class PaymentNotRetryable extends Conflict {
  constructor() {
    super(
      'payments.not_retryable',
      'Only a charge of a saved card that has failed for good can be tried again.',
    );
  }
}

/** Also the answer for a link that has expired. */
export class PaymentLinkNotFound extends NotFound {
  constructor() {
    super('payment_links.not_found', 'There is no such link, or it has expired.');
  }
}

/** More than is left, nothing, or not an amount of the currency. */
export class RefundOutOfRange extends RuleViolation {
  constructor(refundableMinor: number, currency: string) {
    const step = isCurrency(currency) ? chargeStepOf(currency) : 1;
    super(
      'refunds.out_of_range',
      refundableMinor === 0
        ? 'Nothing is left to give back: all of it was, or is on its way.'
        : `Between ${Math.min(step, refundableMinor)} and ${refundableMinor} minor units of ${currency} can be given back.`,
      { extensions: { refundableMinor, currency } },
    );
  }
}

export class RefundInOtherCurrency extends RuleViolation {
  constructor(currency: string) {
    super('refunds.wrong_currency', `The payment was made in ${currency}, and so is its refund.`, {
      extensions: { currency },
    });
  }
}

export class RefundNotRetryable extends Conflict {
  constructor(status: RefundStatus) {
    super('refunds.not_retryable', `The refund is ${status}; only one that failed can be tried again.`, {
      extensions: { refundStatus: status },
    });
  }
}

/** A bank has the money: nothing can be given back of it (domain.md 12). */
export class PaymentDisputed extends Conflict {
  constructor() {
    super(
      'refunds.payment_disputed',
      "The payment is disputed: the client's bank has its money, so it cannot be refunded.",
      {
        help: 'Once the dispute is won, refunds are possible again. GET /v1/disputes shows it.',
      },
    );
  }
}

export class DisputeNotFound extends NotFound {
  constructor() {
    super('disputes.not_found', 'There is no such dispute.');
  }
}

/** Also the answer for somebody else's card. */
export class PaymentMethodNotFound extends NotFound {
  constructor() {
    super('payment_methods.not_found', 'There is no such saved card.');
  }
}

/** Also the answer for a coach whose client one is not. */
export class CoachOfCardNotFound extends NotFound {
  constructor() {
    super('payment_methods.coach_not_found', 'You are not a client of this coach.');
  }
}

export class CoachOfCardMissing extends RuleViolation {
  constructor() {
    super(
      'payment_methods.coach_missing',
      'You have several coaches: say in coachId for whom the card is saved.',
    );
  }
}

export class ConsentPolicyNotFound extends NotFound {
  constructor() {
    super('payment_methods.policy_not_found', 'The coach has no such policy.');
  }
}

/** The request does not come from Stripe, is too old, or belongs to another installation. */
export class WebhookRefused extends Invalid {
  constructor(code: 'signature' | 'too_large' | 'mode' | 'not_an_event', detail: string) {
    super(`webhooks.${code}`, detail);
  }
}
