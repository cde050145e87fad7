import { MoneyView } from '../http/money.dto';
import { PublicId } from '../http/fields';

export class ConfirmBookingBody {
  /** The terms that were shown: `terms.policyId` */
  @PublicId('policy')
  acceptedPolicyId: string;
}

export class TermsToAcceptView {
  /** @example pol_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  policyId: string;

  /** The terms as they were when the session was booked */
  text: string;

  /** Until when cancelling gives everything back */
  deadlineAt: string | null;

  /** The same as wall time in `timezone` */
  localDeadline: string | null;

  /** When they were accepted; null while they wait for it */
  acceptedAt: string | null;
}

export class BookingConfirmationView {
  /** @example ses_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  sessionId: string;

  status: 'held' | 'scheduled' | 'completed' | 'cancelled' | 'no_show';

  /** How people read the status */
  statusLabel: string;

  /** @example "Coaching session" */
  offeringName: string;

  /** @example "Carla Coach" */
  coachName: string;

  /** @example 2026-12-01T09:00:00.000Z */
  startsAt: string;

  /** @example 2026-12-01T10:00:00.000Z */
  endsAt: string;

  /**
   * The client's
   * @example Europe/Berlin
   */
  timezone: string;

  /** @example 2026-12-01T10:00:00 */
  localStart: string;

  /** @example 60 */
  scheduledMinutes: number;

  price: MoneyView;

  paymentStatus: string;

  isPaymentDue: boolean;

  /** Until when the time is held for the payment */
  payUntil: string | null;

  /** The same as wall time in `timezone` */
  localPayUntil: string | null;

  terms: TermsToAcceptView;

  version: number;
}

export class DuePaymentView {
  /** @example pay_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  id: string;

  amount: MoneyView;

  /** What Stripe.js confirms the payment with; null while Stripe does not answer: send the request again */
  clientSecret: string | null;

  /**
   * A page for people, whose button leads to a page of Stripe to pay on instead
   * @example https://practice.example/v1/payment-links/Zm9vYmFyZm9vYmFyZm9vYmFy/checkout
   */
  payUrl: string;
}

export class ConfirmedBookingView extends BookingConfirmationView {
  /** Null when nothing is to be paid */
  payment: DuePaymentView | null;
}
