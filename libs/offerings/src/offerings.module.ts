import { Module } from '@nestjs/common';
import { AccountsModule } from '@app/accounts';
import { Offerings } from './offerings.service';
import { Policies } from './policies.service';

@Module({ imports: [AccountsModule], providers: [Offerings, Policies], exports: [Offerings, Policies] })
export class OfferingsModule {}
