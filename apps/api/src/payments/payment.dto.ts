import { IsInt, IsISO4217CurrencyCode, IsString, IsUrl, Max, MaxLength, Min } from 'class-validator';
import type { LedgerAccount, LedgerKind, RefundReason } from '@app/payments';
import { CommaList, Nested, Omittable, PublicId } from '../http/fields';
import { MoneyView } from '../http/money.dto';
import { PageQuery } from '../http/page.dto';

const PAYMENT_STATUSES = [
  'requires_payment',
  'processing',
  'paid',
  'failed',
  'canceled',
  'partially_refunded',
  'refunded',
  'disputed',
] as const;
const REFUND_STATUSES = ['pending', 'submitted', 'succeeded', 'failed', 'needs_attention'] as const;

export class PaymentListQuery extends PageQuery {
  @Omittable()
  @CommaList(PAYMENT_STATUSES)
  status?: (typeof PAYMENT_STATUSES)[number][];

  @Omittable()
  @PublicId('session')
  sessionId?: string;

  @Omittable()
  @PublicId('client')
  clientId?: string;
}

export class RefundsOfPaymentQuery extends PageQuery {
  @Omittable()
  @CommaList(REFUND_STATUSES)
  status?: (typeof REFUND_STATUSES)[number][];
}

export class RefundListQuery extends RefundsOfPaymentQuery {
  @Omittable()
  @PublicId('session')
  sessionId?: string;
}

export class PaymentView {
  /** @example pay_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  id: string;

  /**
   * What was paid for; null where it was a package
   * @example ses_01kaxbt6r8e9tbm3v0c1d2e3f4
   */
  sessionId: string | null;

  /** The package that was paid for; null where it was a session */
  entitlementId: string | null;

  /** @example cli_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  clientId: string;

  status:
    | 'requires_payment'
    | 'processing'
    | 'paid'
    | 'failed'
    | 'canceled'
    | 'partially_refunded'
    | 'refunded'
    | 'disputed';

  amount: MoneyView;

  captured: MoneyView;

  /** Refunds that did not fail, also those still under way */
  refunded: MoneyView;

  /** The platform's share; not for the client */
  applicationFee?: MoneyView;

  /** What of it went back, as Stripe reports it; not for the client */
  feeReturned?: MoneyView;

  /** `off_session`: the client's saved card is charged without them */
  mode: 'on_session' | 'off_session';

  /** What a saved card is charged for; null for other payments, like what follows */
  reason: 'pay_later' | 'no_show' | 'late_cancellation' | null;

  /** From when the card may be charged */
  dueAt: string | null;

  /** When the card is charged next; null when that is not planned */
  nextAttemptAt: string | null;

  /** `needs_action`: the client's bank wants the payment confirmed; `given_up`: the card is not tried again by itself */
  chargeState: 'planned' | 'requested' | 'needs_action' | 'given_up' | 'settled' | null;

  /** How often a saved card was tried */
  attempts: number;

  /** Stripe's reason for the last refusal; `no_saved_card` where there was none to try */
  failureCode: string | null;

  /** Its last dispute, also when it is decided; null where there was none. Not for the client */
  disputeId?: string | null;

  /** Stripe's receipt, which Stripe also mails to the client; null until something was captured */
  receiptUrl: string | null;

  /** Money that came a second time for this payment, and goes back whole; null for any other */
  paidTwiceOf: string | null;

  createdAt: string;

  paidAt: string | null;

  version: number;
}

export class CheckoutLinkView {
  /** Stripe's page: open it in the client's browser */
  url: string;

  /** Until when it can be paid there */
  expiresAt: string;
}

export class PaymentPageView {
  data: PaymentView[];

  nextCursor: string | null;

  hasMore: boolean;
}

export class LedgerEntryView {
  /** Entries of one movement share it, and sum to zero */
  transactionId: string;

  at: string;

  kind: LedgerKind;

  /** @example rfd_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  refundId: string | null;

  account: LedgerAccount;

  /** Debits are positive, credits negative */
  amount: MoneyView;

  /** Of the account, for this payment, after this entry */
  balance: MoneyView;
}

export class LedgerView {
  data: LedgerEntryView[];
}

export class RefundAmountBody {
  /**
   * Minor units of the currency
   * @example 4500
   */
  @IsInt()
  @Min(1)
  @Max(Number.MAX_SAFE_INTEGER)
  amount: number;

  /**
   * ISO 4217; the payment's own
   * @example EUR
   */
  @IsISO4217CurrencyCode()
  currency: string;
}

export class GiveRefundBody {
  /** Rounded half up to what the currency allows; all that is left when it is absent */
  @Omittable()
  @Nested(() => RefundAmountBody)
  amount?: RefundAmountBody;

  /**
   * Why; for coach and admin only
   * @example With apologies for the bad connection
   */
  @Omittable()
  @IsString()
  @MaxLength(1_000)
  note?: string;
}

export class ArrivalView {
  /** @example 2026-12-08 */
  earliestOn: string;

  /** @example 2026-12-10 */
  latestOn: string;
}

export class RefundView {
  /** @example rfd_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  id: string;

  /** @example pay_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  paymentId: string;

  /** @example ses_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  sessionId: string | null;

  /** `submitted`: Stripe has it; `needs_attention`: something at Stripe must be cleared, then try again */
  status: 'pending' | 'submitted' | 'succeeded' | 'failed' | 'needs_attention';

  amount: MoneyView;

  reason: RefundReason;

  /** Local days, in your zone, on which it usually shows; null when it failed */
  expectedBetween: ArrivalView | null;

  /** Our expectation of the fee that goes back; not for the client */
  estimatedFeeReturned?: MoneyView;

  /** What Stripe has given back of it; not for the client */
  feeReturned?: MoneyView | null;

  /** Not for the client */
  note?: string | null;

  /** Stripe's reason; not for the client */
  failureCode?: string | null;

  requestedAt: string;

  submittedAt: string | null;

  settledAt: string | null;

  version: number;
}

export class RefundPageView {
  data: RefundView[];

  nextCursor: string | null;

  hasMore: boolean;
}

export class PayoutAccountView {
  /** `ready`: paid offerings can be booked */
  status: 'not_started' | 'incomplete' | 'ready';

  transfersActive: boolean;

  payoutsEnabled: boolean;

  /** Stripe's names of what is missing */
  requirementsDue: string[];

  version: number;
}

const WEB_ADDRESS = { protocols: ['http', 'https'], require_protocol: true, require_tld: false };

export class OnboardingLinkBody {
  /**
   * Where Stripe sends the coach's browser when they are done; by default the documentation
   * @example https://practice.example/payouts
   */
  @Omittable()
  @IsUrl(WEB_ADDRESS)
  @MaxLength(2_000)
  returnUrl?: string;

  /**
   * Where it goes when the link has expired
   * @example https://practice.example/payouts/again
   */
  @Omittable()
  @IsUrl(WEB_ADDRESS)
  @MaxLength(2_000)
  refreshUrl?: string;
}

export class OnboardingLinkView {
  /** Open it in the coach's browser; it works once and for minutes */
  url: string;

  expiresAt: string;
}
