import { Controller, Get, HttpCode, Logger, Param, Post, Res } from '@nestjs/common';
import { ApiOkResponse, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Accounts, Clients } from '@app/accounts';
import { Entitlements } from '@app/packages';
import { DomainError, formatMoney, publicId, wallTimeOf } from '@app/common';
import {
  Checkout,
  isPayableByLink,
  isPayableOnPage,
  PaymentLinks,
  PaymentNotPayable,
  Payments,
  TermsBeforePayment,
  type LinkedPayment,
  type PaymentRecord,
} from '@app/payments';
import { SessionQueries } from '@app/sessions';
import type { FastifyReply } from 'fastify';
import { Access } from '../http/access';
import { NeverStored } from '../http/idempotency';
import { ForPeople } from '../http/people.interceptor';
import { asPage, pageOf } from '../http/plain-page';
import { Problems } from '../http/problems';
import { PayableLinkView, PaymentLinkView } from './payment-link.dto';

const NOT_NOW = ['payments.not_payable', 'payments.terms_first', 'payments.refused', 'payouts-not-ready'];

/** The private link in the mail about a payment that a saved card did not make. */
@ApiTags('money')
@Controller('payment-links')
export class PaymentLinksController {
  private readonly logger = new Logger(PaymentLinksController.name);

  constructor(
    private readonly links: PaymentLinks,
    private readonly payments: Payments,
    private readonly sessions: SessionQueries,
    private readonly accounts: Accounts,
    private readonly clients: Clients,
    private readonly entitlements: Entitlements,
    private readonly checkout: Checkout,
  ) {}

  /** What is to be paid, to whom and why; changes nothing */
  @Get(':token')
  @Access({ roles: 'anyone', because: 'whoever was mailed the link sees what to pay without signing in' })
  @Problems({ 404: ['payment_links.not_found'] })
  async show(@Param('token') token: string): Promise<PaymentLinkView> {
    return this.view(await this.links.find(token));
  }

  /** What the browser pays with: it confirms the payment that the bank wanted confirmed, or pays it by another card */
  @Post(':token')
  @HttpCode(200)
  @NeverStored()
  @Access({ roles: 'anyone', because: 'whoever was mailed the link pays without signing in' })
  @ApiOkResponse({ type: PayableLinkView })
  @Problems({ 404: ['payment_links.not_found'], 409: ['payments.not_payable', 'payments.terms_first'] })
  async pay(@Param('token') token: string): Promise<PayableLinkView> {
    const linked = await this.payable(token);
    if (!linked.isAgreed) throw new TermsBeforePayment();
    await this.checkout.leavePage(linked.payment.coachId, linked.payment.id);
    return { ...(await this.view(linked)), clientSecret: await this.clientSecret(linked) };
  }

  /** The mailed link to Stripe's page: a page with a button, which changes nothing */
  @Get(':token/checkout')
  @ForPeople()
  @Access({ roles: 'anyone', because: 'whoever was mailed the link pays without signing in' })
  @ApiProduces('text/html')
  @ApiOkResponse({ type: String, description: 'A page for people' })
  @Problems({ 404: ['payment_links.not_found'], 409: ['payments.not_payable'] })
  async ask(@Param('token') token: string, @Res() reply: FastifyReply): Promise<void> {
    const linked = await this.links.find(token);
    if (!isPayableOnPage(linked.payment)) throw new PaymentNotPayable(linked.payment.status);
    const { amount, offeringName, coachName } = await this.view(linked);
    const price = formatMoney(amount, 'en');
    const text = `${offeringName} with ${coachName}: ${price}. You pay on a page of Stripe.`;
    const forms = [{ buttons: [{ label: 'Go on to pay' }] }];
    void asPage(reply).send(pageOf({ title: `Pay ${price}`, paragraphs: [text], forms }));
  }

  /** Opens Stripe's page, the same one while it is open; after that the payment is made there */
  @Post(':token/checkout')
  @ForPeople()
  @HttpCode(303)
  @NeverStored()
  @Access({ roles: 'anyone', because: 'whoever was mailed the link pays without signing in' })
  @ApiResponse({ status: 303, description: 'To the page on which it is paid' })
  @Problems({ 404: ['payment_links.not_found'], 409: NOT_NOW, 503: ['payments.stripe_unavailable'] })
  async toCheckout(@Param('token') token: string, @Res() reply: FastifyReply): Promise<void> {
    const { payment } = await this.links.find(token);
    const { url } = await this.checkout.page(payment.coachId, payment.id);
    await reply.header('cache-control', 'no-store').redirect(url, 303);
  }

  private async payable(token: string): Promise<LinkedPayment> {
    const linked = await this.links.find(token);
    if (!isPayableByLink(linked.payment)) throw new PaymentNotPayable(linked.payment.status);
    return linked;
  }

  private async clientSecret({ payment }: LinkedPayment): Promise<string | null> {
    return this.payments.clientSecret(payment.coachId, payment.id).catch((error: unknown) => {
      if (error instanceof DomainError && error.kind !== 'unavailable') throw error;
      this.logger.warn({ err: error }, 'no client secret for the moment');
      return null;
    });
  }

  /** Nothing but what the mail with the link told its reader: no address, no notes, no one else's data. */
  private async view({ payment, expiresAt }: LinkedPayment): Promise<PaymentLinkView> {
    const [paid, coach, { timezone }] = await Promise.all([
      this.whatIsPaid(payment),
      this.accounts.principalOf(payment.coachId),
      this.clients.byId(payment.coachId, payment.clientId),
    ]);
    return {
      paymentId: publicId('payment', payment.id),
      status: payment.status,
      isPayable: isPayableByLink(payment),
      amount: { amount: payment.amountMinor, currency: payment.currency },
      owedFor: payment.reason,
      failureCode: payment.failureCode,
      sessionId: payment.sessionId === null ? null : publicId('session', payment.sessionId),
      entitlementId: payment.entitlementId === null ? null : publicId('entitlement', payment.entitlementId),
      offeringName: paid.name,
      coachName: coach.displayName,
      startsAt: paid.startsAt?.toISOString() ?? null,
      timezone,
      localStart: paid.startsAt === null ? null : wallTimeOf(paid.startsAt, timezone),
      expiresAt: expiresAt.toISOString(),
    };
  }

  private async whatIsPaid(payment: PaymentRecord): Promise<{ name: string; startsAt: Date | null }> {
    const { coachId, sessionId, entitlementId } = payment;
    if (sessionId !== null) {
      const { offeringName, startsAt } = await this.sessions.get(coachId, sessionId);
      return { name: offeringName, startsAt };
    }
    if (entitlementId === null) throw new Error(`Payment ${payment.id} of a link is for nothing.`);
    const { packageName } = await this.entitlements.get(coachId, entitlementId);
    return { name: packageName, startsAt: null };
  }
}
