import { Module } from '@nestjs/common';
import { AccountsModule } from '@app/accounts';
import { PaymentsModule } from '@app/payments';
import { Credits } from './credits.service';
import { EntitlementRefunds } from './entitlement-refunds.service';
import { EntitlementSweeps } from './entitlement-sweeps.service';
import { Entitlements } from './entitlements.service';
import { LaterRefunds } from './later-refunds.service';
import { Packages } from './packages.service';
import { Purchases } from './purchases.service';

@Module({
  imports: [AccountsModule, PaymentsModule],
  providers: [
    Packages,
    Purchases,
    Entitlements,
    EntitlementRefunds,
    LaterRefunds,
    EntitlementSweeps,
    Credits,
  ],
  exports: [Packages, Purchases, Entitlements, EntitlementRefunds, EntitlementSweeps, Credits],
})
export class PackagesModule {}
