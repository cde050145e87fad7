import { Module } from '@nestjs/common';
import { AccountsModule } from '@app/accounts';
import { CONFIG, type SharedConfig } from '@app/common';
import { CardSetups } from './card-setups.service';
import { Ledger } from './ledger';
import { PaymentIntents } from './payment-intents.service';
import { PaymentSync } from './payment-sync.service';
import { PaymentQueries } from './payment.queries';
import { Payments } from './payments.service';
import { PayoutAccounts } from './payout-accounts.service';
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
    PaymentIntents,
    PaymentSync,
    Payments,
    PayoutAccounts,
    RefundSettlement,
    RefundSubmission,
    Refunds,
    SetupIntents,
    SavedCards,
    CardSetups,
    Ledger,
    PaymentQueries,
    StripeCatchUp,
    StripeWebhooks,
  ],
  exports: [
    Payments,
    PayoutAccounts,
    Refunds,
    StripeCatchUp,
    StripeWebhooks,
    PaymentQueries,
    Ledger,
    CardSetups,
    SavedCards,
  ],
})
export class PaymentsModule {}
