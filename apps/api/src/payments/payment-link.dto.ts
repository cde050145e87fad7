import { MoneyView } from '../http/money.dto';
import { PaymentView } from './payment.dto';

export class PaymentLinkView {
  /** @example pay_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  paymentId: string;

  status: PaymentView['status'];

  /** The payment can be made by this link now */
  isPayable: boolean;

  amount: MoneyView;

  /** What is owed: the session itself, for missing it, or for cancelling it late */
  owedFor: 'pay_later' | 'no_show' | 'late_cancellation' | null;

  /**
   * Why the saved card was not charged; `authentication_required`: the bank wants you to confirm it
   * @example authentication_required
   */
  failureCode: string | null;

  /**
   * Null where it is a package
   * @example ses_01kaxbt6r8e9tbm3v0c1d2e3f4
   */
  sessionId: string | null;

  /** Null where it is a session */
  entitlementId: string | null;

  /**
   * What is paid: of a session its offering, or the package
   * @example "Coaching session"
   */
  offeringName: string;

  /** @example "Carla Coach" */
  coachName: string;

  /**
   * Of a session
   * @example 2026-12-01T09:00:00.000Z
   */
  startsAt: string | null;

  /**
   * The client's
   * @example Europe/Berlin
   */
  timezone: string;

  /** @example 2026-12-01T10:00:00 */
  localStart: string | null;

  /** Until when the link works */
  expiresAt: string;
}

export class PayableLinkView extends PaymentLinkView {
  /** What Stripe.js confirms the payment with, by any card; null while Stripe does not answer: send the request again */
  clientSecret: string | null;
}
