import type Stripe from 'stripe';
import type { SandboxClock } from '../shared/clock';
import type { IdSource } from '../shared/id-source';
import { Table } from '../shared/table';
import type { CheckoutSessionRow } from './checkout-session-row';
import type { DisputeRow } from './dispute-row';
import type { SetupIntentRow } from './setup-intent-row';
import type {
  AccountLinkRow,
  AccountRow,
  ApplicationFeeRow,
  BalanceTransactionRow,
  ChargeRow,
  CustomerRow,
  DueRow,
  EventRow,
  FeeRefundRow,
  IdempotencyRow,
  Metadata,
  PaymentIntentRow,
  PaymentMethodRow,
  RefundRow,
  TransferReversalRow,
  TransferRow,
} from './stripe-rows';

export interface StripeSettings {
  feeRounding: 'nearest' | 'down';
  /** Stripe's own fee, borne by the platform: basis points of the amount plus minor units. */
  processingFee: { basisPoints: number; fixedMinor: number };
  /** Business seconds until a pending refund succeeds, a failing one fails, a processing payment succeeds. */
  pendingRefundSeconds: number;
  failingRefundSeconds: number;
  processingSeconds: number;
  /** Business seconds until a disputing card's bank takes the charge back, and until a bank decides on evidence. */
  disputeSeconds: number;
  /** Business seconds that a dispute waits for evidence before it is lost. */
  disputeResponseSeconds: number;
  /** Stripe's fee for a dispute, borne by the platform and not given back; minor units of the charge's currency. */
  disputeFeeMinor: number;
  /** Where onboarding pages live, for example `http://127.0.0.1:3901`. */
  baseUrl: string;
}

/** Who caused an event; nulls when nobody called the API. */
export interface EventCause {
  requestId: string | null;
  idempotencyKey: string | null;
}

export type EventSink = (event: EventRow, present: Stripe.Event) => void;

export type StripeTables = ReturnType<typeof createStripeTables>;

/** Stripe's whole state with what acts on it. Handlers are synchronous, so each call is atomic. */
export interface StripeModel {
  tables: StripeTables;
  clock: SandboxClock;
  ids: IdSource;
  settings: StripeSettings;
  cause: EventCause;
  deliver: EventSink;
}

export function createStripeTables(changed: () => void) {
  return {
    accounts: new Table<AccountRow>(changed),
    accountLinks: new Table<AccountLinkRow>(changed),
    customers: new Table<CustomerRow>(changed),
    paymentMethods: new Table<PaymentMethodRow>(changed),
    paymentIntents: new Table<PaymentIntentRow>(changed),
    charges: new Table<ChargeRow>(changed),
    setupIntents: new Table<SetupIntentRow>(changed),
    checkoutSessions: new Table<CheckoutSessionRow>(changed),
    disputes: new Table<DisputeRow>(changed),
    refunds: new Table<RefundRow>(changed),
    transfers: new Table<TransferRow>(changed),
    transferReversals: new Table<TransferReversalRow>(changed),
    applicationFees: new Table<ApplicationFeeRow>(changed),
    feeRefunds: new Table<FeeRefundRow>(changed),
    balanceTransactions: new Table<BalanceTransactionRow>(changed),
    events: new Table<EventRow>(changed),
    idempotency: new Table<IdempotencyRow>(changed),
    due: new Table<DueRow>(changed),
  };
}

/** The metadata after an update: named keys replaced, empty values removed, an empty string clears all. */
export function mergeMetadata(current: Metadata, change: Metadata | '' | undefined): Metadata {
  if (change === undefined) return current;
  if (change === '') return {};
  return Object.fromEntries(Object.entries({ ...current, ...change }).filter(([, value]) => value !== ''));
}
