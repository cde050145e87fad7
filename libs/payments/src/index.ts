export type { PaymentStatus } from './domain/payment-status';
export { arrivalDays, expectedBetween, type ArrivalDays, type ArrivalWindow } from './domain/refund-arrival';
export type { RefundStatus } from './domain/refund-status';
export type { LedgerAccount } from './domain/ledger-postings';
export { CardSetups, type CardConsent } from './card-setups.service';
export type { ChargeReason, ChargeState, NewCharge, PaymentMode } from './charge-record';
export { ChargeSweeps } from './charge-sweeps.service';
export type { CheckoutPage } from './checkout-pages.service';
export { Checkout, isPayableOnPage } from './checkout.service';
export { Charges } from './charges.service';
export { DISPUTE_STATUSES, type DisputeStatus } from './domain/dispute-status';
export { DisputeCatchUp } from './dispute-catch-up.service';
export type { DisputeRecord } from './dispute-record';
export { isDisputeLost } from './dispute-standing';
export { DisputeQueries, type DisputeDetails, type DisputeFilter } from './dispute.queries';
export { DisputeTransfers } from './dispute-transfers.service';
export { Disputes } from './disputes.service';
export { FOLLOWED_EVENTS } from './followed-events';
export { Ledger, type LedgerKind, type LedgerLine } from './ledger';
export { PackageEarnings, type Earning, type PackagePayment } from './package-earnings.service';
export type { PaymentRecord } from './payment-record';
export * from './payment.queries';
export * from './payments.errors';
export { paymentOpened } from './payments.events';
export * from './payments.module';
export { insertPayment, Payments, type NewPayment } from './payments.service';
export { isPayableByLink, PaymentLinks, type LinkedPayment } from './payment-links.service';
export { PayoutAccountCatchUp } from './payout-account-catch-up.service';
export { PayoutAccounts, type OnboardingLink, type PayoutAccountRecord } from './payout-accounts.service';
export {
  DIFFERENCE_KINDS,
  DIFFERENCE_STATES,
  type DifferenceKind,
  type DifferenceState,
} from './reconciliation/difference-kinds';
export { Differences, type DifferenceFilter } from './reconciliation/differences.service';
export type { DifferenceRecord, ReconciliationRun } from './reconciliation/reconciliation-record';
export { Reconciliation } from './reconciliation/reconciliation.service';
export { ReconciliationRuns } from './reconciliation/reconciliation-runs.service';
export type { RefundReason, RefundRecord } from './refund-record';
export { Refunds, type RefundRequest } from './refunds.service';
export type { CardSetupRecord, SavedCardRecord } from './saved-card-record';
export { SavedCards, type SavedCardFilter } from './saved-cards.service';
export { StripeCatchUp } from './stripe-catch-up.service';
export { StripeOutcomeUnknown } from './stripe-failure';
export { StripeWebhooks } from './stripe-webhooks.service';
