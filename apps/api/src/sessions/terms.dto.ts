import { MoneyView } from '../http/money.dto';
import { Omittable, PublicId } from '../http/fields';

export class AcceptTermsBody {
  /** The terms that the client has read: `policy.id` of the session */
  @PublicId('policy')
  acceptedPolicyId: string;
}

export class PaySessionBody {
  /** Accepts the terms in the same call, where that has not been done */
  @Omittable()
  @PublicId('policy')
  acceptedPolicyId?: string;
}

export class PaymentToConfirmView {
  /** @example pay_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  paymentId: string;

  amount: MoneyView;

  /** What Stripe.js confirms the payment with */
  clientSecret: string;

  /** When an unpaid session gives its time back */
  holdExpiresAt: string | null;
}
