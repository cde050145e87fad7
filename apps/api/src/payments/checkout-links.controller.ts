import { Controller, Delete, HttpCode, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Principal } from '@app/accounts';
import { Checkout } from '@app/payments';
import { Access } from '../http/access';
import { NeverStored } from '../http/idempotency';
import { CurrentPrincipal, IdParam } from '../http/params';
import { Problems } from '../http/problems';
import { CheckoutLinkView } from './payment.dto';

const NOT_NOW = ['payments.not_payable', 'payments.terms_first', 'payments.refused', 'payouts-not-ready'];

/** Paying on Stripe's own page. */
@ApiTags('money')
@Controller()
export class CheckoutLinksController {
  constructor(private readonly checkout: Checkout) {}

  /** A page of Stripe on which a held session or a package is paid, instead of by `clientSecret`; the same one while it is open */
  @Post('payments/:id/checkout-links')
  @NeverStored()
  @Access({ roles: ['client', 'coach'], object: 'payment' })
  @Problems({ 404: ['payments.not_found'], 409: NOT_NOW, 503: ['payments.stripe_unavailable'] })
  async open(
    @CurrentPrincipal() principal: Principal,
    @IdParam('payment') id: string,
  ): Promise<CheckoutLinkView> {
    const { url, expiresAt } = await this.checkout.open(principal, id);
    return { url, expiresAt: expiresAt.toISOString() };
  }

  /** Close the page: the payment is made with `clientSecret` again */
  @Delete('payments/:id/checkout-links')
  @HttpCode(204)
  @Access({ roles: ['client', 'coach'], object: 'payment' })
  @Problems({ 404: ['payments.not_found'], 503: ['payments.stripe_unavailable'] })
  async close(@CurrentPrincipal() principal: Principal, @IdParam('payment') id: string): Promise<void> {
    await this.checkout.leave(principal, id);
  }
}
