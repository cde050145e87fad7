/** Why Stripe may take an account its rights (`requirements.disabled_reason`), as far as the console can say it. */
export const DISABLED_REASONS = [
  'listed',
  'platform_paused',
  'rejected.fraud',
  'rejected.other',
  'requirements.past_due',
  'requirements.pending_verification',
  'under_review',
] as const;
export type DisabledReason = (typeof DISABLED_REASONS)[number];

/** What the sandbox keeps of each Stripe object: only what can differ. `present-*.ts` make the whole answers. */
export type Metadata = Record<string, string>;

export interface AccountRow {
  id: string;
  created: number;
  type: 'express' | 'custom' | 'standard' | 'none';
  email: string | null;
  country: string;
  default_currency: string;
  business_type: string | null;
  business_profile: Record<string, string>;
  controller: {
    feesPayer: string;
    lossesPayments: string;
    requirementCollection: string;
    dashboard: string;
  };
  requestedCapabilities: string[];
  payoutInterval: string;
  details_submitted: boolean;
  /** Set by the console: the account lost its right to take transfers. */
  restricted: boolean;
  /** What Stripe still wants to know, and what of it is late; set by the console after onboarding. */
  currentlyDue?: string[];
  pastDue?: string[];
  disabledReason?: DisabledReason | null;
  metadata: Metadata;
}

export interface AccountLinkRow {
  id: string;
  account: string;
  return_url: string;
  refresh_url: string;
  /** Real milliseconds since the epoch: a link lives five minutes of technical time. */
  expiresAtMs: number;
}

export interface CustomerRow {
  id: string;
  created: number;
  email: string | null;
  name: string | null;
  phone: string | null;
  description: string | null;
  preferred_locales: string[];
  metadata: Metadata;
}

export interface PaymentMethodRow {
  id: string;
  created: number;
  testId: string;
  brand: string;
  last4: string;
  customer: string | null;
  /** Saved with the client's authentication for payments without the client. */
  isSetUpOffSession?: boolean;
  /** Detached, or used without a customer: Stripe takes it no more. */
  isSpent?: boolean;
  metadata: Metadata;
}

export type PaymentIntentStatus =
  | 'requires_payment_method'
  | 'requires_confirmation'
  | 'requires_action'
  | 'processing'
  | 'succeeded'
  | 'canceled';

export interface PaymentIntentRow {
  id: string;
  created: number;
  amount: number;
  currency: string;
  status: PaymentIntentStatus;
  client_secret: string;
  application_fee_amount: number | null;
  transfer_data: { destination: string; amount?: number } | null;
  transfer_group: string | null;
  on_behalf_of: string | null;
  customer: string | null;
  payment_method: string | null;
  latest_charge: string | null;
  automatic_payment_methods: { enabled: boolean; allow_redirects?: 'always' | 'never' } | null;
  capture_method: string;
  confirmation_method: string;
  setup_future_usage: string | null;
  description: string | null;
  receipt_email: string | null;
  statement_descriptor: string | null;
  statement_descriptor_suffix: string | null;
  canceled_at: number | null;
  cancellation_reason: string | null;
  last_payment_error: {
    code: string;
    decline_code?: string;
    message: string;
    charge?: string;
    paymentMethod: string;
  } | null;
  /** The Checkout Session that made it. */
  checkoutSession?: string;
  metadata: Metadata;
}

/** A charge of the platform, or (with `account`) the payment that a destination charge makes at a connected account. */
export interface ChargeRow {
  id: string;
  account: string | null;
  created: number;
  amount: number;
  amount_refunded: number;
  currency: string;
  status: 'succeeded' | 'failed';
  failure_code: string | null;
  decline_code: string | null;
  failure_message: string | null;
  payment_intent: string | null;
  payment_method: string | null;
  customer: string | null;
  balance_transaction: string | null;
  application_fee: string | null;
  application_fee_amount: number | null;
  transfer: string | null;
  transfer_data: { destination: string; amount: number | null } | null;
  transfer_group: string | null;
  source_transfer: string | null;
  on_behalf_of: string | null;
  description: string | null;
  receipt_email: string | null;
  statement_descriptor_suffix: string | null;
  /** The newest dispute about it. */
  dispute?: string;
  metadata: Metadata;
}

export type RefundStatus = 'pending' | 'succeeded' | 'failed' | 'canceled';

export interface RefundRow {
  id: string;
  account: string | null;
  created: number;
  amount: number;
  currency: string;
  charge: string;
  payment_intent: string | null;
  payment_method: string | null;
  status: RefundStatus;
  reason: string | null;
  pending_reason: string | null;
  failure_reason: string | null;
  balance_transaction: string | null;
  failure_balance_transaction: string | null;
  transfer_reversal: string | null;
  source_transfer_reversal: string | null;
  refundsApplicationFee: boolean;
  reversesTransfer: boolean;
  metadata: Metadata;
}

export interface TransferRow {
  id: string;
  created: number;
  amount: number;
  amount_reversed: number;
  currency: string;
  destination: string;
  destination_payment: string;
  source_transaction: string | null;
  description?: string | null;
  transfer_group: string | null;
  balance_transaction: string;
  metadata: Metadata;
}

export interface TransferReversalRow {
  id: string;
  created: number;
  amount: number;
  currency: string;
  transfer: string;
  balance_transaction: string;
  destination_payment_refund: string;
  source_refund: string | null;
  metadata: Metadata;
}

export interface ApplicationFeeRow {
  id: string;
  created: number;
  amount: number;
  amount_refunded: number;
  currency: string;
  account: string;
  /** The connected account's payment that the fee was taken from. */
  charge: string;
  /** The platform's charge. */
  originating_transaction: string;
  balance_transaction: string;
}

export interface FeeRefundRow {
  id: string;
  created: number;
  amount: number;
  currency: string;
  fee: string;
  balance_transaction: string;
  /** The refund that caused it, where one did. */
  sourceRefund: string | null;
  metadata: Metadata;
}

/** One movement on the balance of the platform (`account` null) or of a connected account. */
export interface BalanceTransactionRow {
  id: string;
  account: string | null;
  created: number;
  available_on: number;
  amount: number;
  fee: number;
  net: number;
  currency: string;
  type: string;
  reporting_category: string;
  source: string;
  description: string | null;
  fee_details: Array<{ amount: number; type: string; description: string }>;
}

export interface EventRow {
  id: string;
  created: number;
  type: string;
  account: string | null;
  object: unknown;
  requestId: string | null;
  idempotencyKey: string | null;
  isDelivered: boolean;
}

export interface IdempotencyRow {
  /** Account and key. */
  id: string;
  created: number;
  fingerprint: string;
  status: number;
  body: string;
  requestId: string;
}

/** Something that happens by itself once business time has come. */
export interface DueRow {
  id: string;
  /** Business seconds since the epoch. */
  dueAt: number;
  action:
    | 'succeed_refund'
    | 'fail_refund'
    | 'succeed_payment'
    | 'fail_payment'
    | 'open_dispute'
    | 'win_dispute'
    | 'lose_dispute'
    | 'expire_checkout';
  subject: string;
}
