export { Credits, type CreditOnReturn, type CreditRequest, type CreditReturn } from './credits.service';
export * from './domain/credits';
export { REFUND_CHOICES, shareDue, type EntitlementRefundChoice } from './domain/entitlement-refund';
export * from './domain/expiry';
export { ENTITLEMENT_STATUSES, type EntitlementRecord, type EntitlementStatus } from './entitlement-record';
export {
  EntitlementRefunds,
  type EntitlementRefundQuote,
  type RefundWish,
  publicRefundQuote,
} from './entitlement-refunds.service';
export { EntitlementSweeps } from './entitlement-sweeps.service';
export { Entitlements } from './entitlements.service';
export { LastStarts } from './last-starts.service';
export type { ShareDue } from './later-refunds.service';
export type { PackageFields, PackageRecord } from './package-record';
export * from './packages.errors';
export * from './packages.module';
export { REVENUE_DUE, revenueDue } from './packages.events';
export { PackageRevenue } from './package-revenue.service';
export { Packages, type PackageChanges, type PackageFilter } from './packages.service';
export { Purchases } from './purchases.service';
export { SpendableCredits, type CreditSearch, type SpendableCredit } from './spendable-credits.service';
