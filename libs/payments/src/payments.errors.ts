import { Conflict, Invalid, NotFound, RuleViolation } from '@app/common';
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

/** More than is left, nothing, or not an amount of the currency. */
export class RefundOutOfRange extends RuleViolation {
  constructor(refundableMinor: number, currency: string) {
    super(
      'refunds.out_of_range',
      `At most ${refundableMinor} (minor units of ${currency}) can be given back.`,
      {
        extensions: { refundableMinor, currency },
      },
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
