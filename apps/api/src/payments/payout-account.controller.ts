import { Body, Controller, Get, Inject, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { actorOf, type Principal } from '@app/accounts';
import { CONFIG, type SharedConfig } from '@app/common';
import { PayoutAccounts } from '@app/payments';
import { Access } from '../http/access';
import { NeverStored } from '../http/idempotency';
import { CurrentPrincipal } from '../http/params';
import { Problems } from '../http/problems';
import { OnboardingLinkBody, OnboardingLinkView, PayoutAccountView } from './payment.dto';
import { payoutAccountView } from './payment.views';

/** Where a coach's money goes: their account at Stripe. */
@ApiTags('money')
@Controller('payout-account')
export class PayoutAccountController {
  constructor(
    private readonly payoutAccounts: PayoutAccounts,
    @Inject(CONFIG) private readonly config: SharedConfig,
  ) {}

  /** Whether you can be paid, and what Stripe still asks for */
  @Get()
  @Access({ roles: ['coach'] })
  async get(@CurrentPrincipal() principal: Principal): Promise<PayoutAccountView> {
    return payoutAccountView(await this.payoutAccounts.get(principal.accountId));
  }

  /** A link to Stripe's own pages, where your account is completed; the first makes the account */
  @Post('onboarding-links')
  @NeverStored()
  @Access({ roles: ['coach'] })
  @Problems({ 503: ['payments.stripe_unavailable'] })
  async onboardingLink(
    @CurrentPrincipal() principal: Principal,
    @Body() body: OnboardingLinkBody,
  ): Promise<OnboardingLinkView> {
    const documentation = new URL('/docs', this.config.PUBLIC_URL).toString();
    const { returnUrl = documentation, refreshUrl = documentation } = body;
    const { url, expiresAt } = await this.payoutAccounts.onboardingLink(
      principal.accountId,
      { returnUrl, refreshUrl },
      actorOf(principal),
    );
    return { url, expiresAt: expiresAt.toISOString() };
  }
}
