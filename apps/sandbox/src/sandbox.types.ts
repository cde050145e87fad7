import type Stripe from 'stripe';
import type { FaultPlan } from './shared/faults';
import type { WebhookDelivery, WebhookTarget } from './shared/webhook-sender';
import type { MailRow } from './mail/mailbox';
import type { IdempotencyRow } from './stripe/stripe-rows';
import type { MeetingRow, TokenRow, ZoomCallRow } from './zoom/zoom-model';

export interface SandboxPorts {
  console: number;
  stripe: number;
  zoom: number;
  smtp: number;
}

export interface SandboxOptions {
  /** Where the row `clock_offset` lives; absent: the offset is kept in memory. */
  databaseUrl?: string;
  /** 0 takes a free port; default: all ephemeral. */
  ports?: Partial<SandboxPorts>;
  host?: string;
  /** JSON snapshot that survives restarts; absent: memory only. */
  dataFile?: string;
  stripeWebhook?: WebhookTarget;
  /** For events of connected accounts; absent: they go to `stripeWebhook` too. */
  stripeConnectWebhook?: WebhookTarget;
  zoomWebhook?: WebhookTarget;
  /** Makes ids and secrets repeatable; absent: random. */
  seed?: number;
  /** How the proportional part of an application fee is rounded on a refund. */
  feeRounding?: 'nearest' | 'down';
  /** Stripe's own fee: basis points of the amount plus minor units. Default 2.9 % + 30. */
  processingFee?: { basisPoints: number; fixedMinor: number };
  /** Business seconds until a refund of `pm_card_pendingRefund` succeeds. Default 5. */
  pendingRefundSeconds?: number;
  /** Business seconds until a refund of `pm_card_refundFail` fails. Default 10. */
  failingRefundSeconds?: number;
  /** Business seconds until a payment by `pm_sandbox_processing` succeeds. Default 5. */
  processingSeconds?: number;
  /** Business seconds until `pm_card_createDispute…` is disputed, and until a bank decides on evidence. Default 5. */
  disputeSeconds?: number;
  /** Business seconds that a dispute waits for evidence before it is lost. Default 9 days. */
  disputeResponseSeconds?: number;
  /** Stripe's fee for a dispute, minor units of the charge's currency. Default 1500. */
  disputeFeeMinor?: number;
  zoomClient?: { id: string; secret: string };
  /** Meeting creates and updates per Zoom user and UTC day. Default 100. */
  zoomDailyLimit?: number;
}

/** Read access to Stripe's state; objects as the API shows them, oldest first. */
export interface StripeView {
  readonly accounts: Stripe.Account[];
  readonly customers: Stripe.Customer[];
  readonly paymentMethods: Stripe.PaymentMethod[];
  readonly paymentIntents: Stripe.PaymentIntent[];
  /** The platform's own; payments at connected accounts are not among them. */
  readonly charges: Stripe.Charge[];
  readonly setupIntents: Stripe.SetupIntent[];
  readonly checkoutSessions: Stripe.Checkout.Session[];
  readonly disputes: Stripe.Dispute[];
  readonly refunds: Stripe.Refund[];
  readonly transfers: Stripe.Transfer[];
  readonly transferReversals: Stripe.TransferReversal[];
  readonly applicationFees: Stripe.ApplicationFee[];
  readonly feeRefunds: Stripe.FeeRefund[];
  /** Of the platform and of connected accounts (`account`). */
  readonly balanceTransactions: Array<Stripe.BalanceTransaction & { account: string | null }>;
  readonly events: Stripe.Event[];
  readonly idempotency: IdempotencyRow[];
  /** Net minor units per currency, pending and available together. @param account absent: the platform */
  balance(account?: string): Record<string, number>;
}

export interface ZoomView {
  readonly meetings: MeetingRow[];
  readonly tokens: TokenRow[];
  readonly calls: ZoomCallRow[];
}

export interface MailboxView {
  readonly messages: MailRow[];
  /** Messages to one address, oldest first. */
  to(address: string): MailRow[];
  clear(): void;
}

/** A running sandbox: Stripe, Zoom, mail and the console that steers them. */
export interface Sandbox {
  readonly urls: { console: string; stripe: string; zoom: string; smtp: string };
  readonly stripe: StripeView;
  readonly zoom: ZoomView;
  readonly mailbox: MailboxView;
  readonly faults: FaultPlan;
  readonly webhookDeliveries: WebhookDelivery[];
  /** Business time. */
  now(): Date;
  /** Moves business time forward by whole seconds. */
  advanceClock(seconds: number): Promise<void>;
  setStripeWebhook(target: WebhookTarget | undefined): void;
  setStripeConnectWebhook(target: WebhookTarget | undefined): void;
  setZoomWebhook(target: WebhookTarget | undefined): void;
  /** Resolves when no webhook is waiting, being retried or under way. */
  drainWebhooks(): Promise<void>;
  close(): Promise<void>;
}
