import { Module } from '@nestjs/common';
import { AccountsModule } from '@app/accounts';
import { CONFIG, type SharedConfig } from '@app/common';
import { CardSetups } from './card-setups.service';
import { ChargeAttempts } from './charge-attempts.service';
import { ChargeSettlement } from './charge-settlement.service';
import { ChargeSweeps } from './charge-sweeps.service';
import { Charges } from './charges.service';
import { CheckoutPages } from './checkout-pages.service';
import { Checkout } from './checkout.service';
import { CoachTransfers } from './coach-transfers.service';
import { DisputeCatchUp } from './dispute-catch-up.service';
import { DisputeQueries } from './dispute.queries';
import { DisputeRefundShares } from './dispute-refund-shares.service';
import { DisputeSettlement } from './dispute-settlement.service';
import { DisputeStanding } from './dispute-standing.service';
import { DisputeTransfers } from './dispute-transfers.service';
import { Disputes } from './disputes.service';
import { Ledger } from './ledger';
import { PackageEarnings } from './package-earnings.service';
import { PaymentIntents } from './payment-intents.service';
import { PaidTwice } from './paid-twice.service';
import { PaymentTerms } from './payment-terms.service';
import { PaymentSync } from './payment-sync.service';
import { PaymentQueries } from './payment.queries';
import { PaymentLinks } from './payment-links.service';
import { Payments } from './payments.service';
import { PayoutAccountCatchUp } from './payout-account-catch-up.service';
import { PayoutAccounts } from './payout-accounts.service';
import { BothSidesOfPayments } from './reconciliation/both-sides.service';
import { Differences } from './reconciliation/differences.service';
import { Mending } from './reconciliation/mending.service';
import { Reconciliation } from './reconciliation/reconciliation.service';
import { ReconciliationRuns } from './reconciliation/reconciliation-runs.service';
import { StripeListing } from './reconciliation/stripe-listing.service';
import { RefundSettlement } from './refund-settlement.service';
import { RefundSubmission } from './refund-submission.service';
import { Refunds } from './refunds.service';
import { SavedCards } from './saved-cards.service';
import { SetupIntents } from './setup-intents.service';
import { createStripe, Stripe } from './stripe-client';
import { StripeCatchUp } from './stripe-catch-up.service';
import { StripeWebhooks } from './stripe-webhooks.service';

@Module({
  imports: [AccountsModule],
  providers: [
    { provide: Stripe, inject: [CONFIG], useFactory: (config: SharedConfig) => createStripe(config) },
    PaymentTerms,
    PaymentIntents,
    PaidTwice,
    PaymentSync,
    CheckoutPages,
    Checkout,
    Payments,
    PayoutAccounts,
    RefundSettlement,
    RefundSubmission,
    Refunds,
    SetupIntents,
    SavedCards,
    CardSetups,
    ChargeSettlement,
    ChargeAttempts,
    Charges,
    ChargeSweeps,
    PaymentLinks,
    Ledger,
    PackageEarnings,
    PaymentQueries,
    CoachTransfers,
    DisputeSettlement,
    DisputeStanding,
    DisputeRefundShares,
    DisputeTransfers,
    DisputeQueries,
    Disputes,
    DisputeCatchUp,
    PayoutAccountCatchUp,
    StripeCatchUp,
    StripeWebhooks,
    StripeListing,
    BothSidesOfPayments,
    Differences,
    Mending,
    Reconciliation,
    ReconciliationRuns,
  ],
  exports: [
    Checkout,
    Differences,
    Reconciliation,
    ReconciliationRuns,
    Disputes,
    DisputeTransfers,
    DisputeQueries,
    DisputeCatchUp,
    PayoutAccountCatchUp,
    Payments,
    PayoutAccounts,
    Refunds,
    StripeCatchUp,
    StripeWebhooks,
    PaymentQueries,
    Ledger,
    PackageEarnings,
    CardSetups,
    SavedCards,
    Charges,
    ChargeSweeps,
    PaymentLinks,
  ],
})
export class PaymentsModule {}
