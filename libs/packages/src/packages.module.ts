import { Module } from '@nestjs/common';
import { AccountsModule } from '@app/accounts';
import { PaymentsModule } from '@app/payments';
import { Credits } from './credits.service';
import { EntitlementRefunds } from './entitlement-refunds.service';
import { EntitlementSweeps } from './entitlement-sweeps.service';
import { Entitlements } from './entitlements.service';
import { LastStarts } from './last-starts.service';
import { LaterRefunds } from './later-refunds.service';
import { PackageRevenue } from './package-revenue.service';
import { Packages } from './packages.service';
import { Purchases } from './purchases.service';
import { SpendableCredits } from './spendable-credits.service';

@Module({
  imports: [AccountsModule, PaymentsModule],
  providers: [
    Packages,
    Purchases,
    Entitlements,
    EntitlementRefunds,
    LaterRefunds,
    LastStarts,
    EntitlementSweeps,
    Credits,
    PackageRevenue,
    SpendableCredits,
  ],
  exports: [
    LastStarts,
    Packages,
    Purchases,
    Entitlements,
    EntitlementRefunds,
    EntitlementSweeps,
    Credits,
    PackageRevenue,
    SpendableCredits,
  ],
})
export class PackagesModule {}
