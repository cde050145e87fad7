import { Body, Controller, Get, HttpCode, Logger, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { publicId } from '@app/common';
import { PaymentLinks, Payments } from '@app/payments';
import { TermsAcceptance, type BookingConfirmation } from '@app/sessions';
import { Access } from '../http/access';
import { NeverStored } from '../http/idempotency';
import { ForPeople } from '../http/people.interceptor';
import { Problems } from '../http/problems';
import {
  BookingConfirmationView,
  ConfirmBookingBody,
  ConfirmedBookingView,
} from './booking-confirmation.dto';
import { confirmationPage } from './booking-confirmation.page';
import { confirmationView } from './booking-confirmation.view';

/** The private link in the mail about a session that a coach booked; it works until the session begins. */
@ApiTags('sessions')
@Controller('booking-confirmations')
export class BookingConfirmationsController {
  private readonly logger = new Logger(BookingConfirmationsController.name);

  constructor(
    private readonly terms: TermsAcceptance,
    private readonly payments: Payments,
    private readonly links: PaymentLinks,
  ) {}

  /** What was booked for you, under which terms, and whether it waits for them or for payment; changes nothing */
  @Get(':token')
  @ForPeople(confirmationPage)
  @Access({ roles: 'anyone', because: 'whoever was mailed the link reads the terms without signing in' })
  @Problems({ 404: ['sessions.confirmation_link_not_found'] })
  async show(@Param('token') token: string): Promise<BookingConfirmationView> {
    return confirmationView(await this.terms.show(token));
  }

  /** Accept the terms; where a payment waits, the answer has what the browser pays with. Again is harmless */
  @Post(':token')
  @ForPeople(confirmationPage)
  @HttpCode(200)
  @NeverStored()
  @Access({ roles: 'anyone', because: 'whoever was mailed the link accepts and pays without signing in' })
  @ApiOkResponse({ type: ConfirmedBookingView })
  @Problems({
    404: ['sessions.confirmation_link_not_found'],
    409: ['sessions.action_not_allowed'],
    422: ['policies.not_accepted'],
  })
  async confirm(
    @Param('token') token: string,
    @Body() { acceptedPolicyId }: ConfirmBookingBody,
  ): Promise<ConfirmedBookingView> {
    const confirmed = await this.terms.acceptByLink(token, acceptedPolicyId);
    return { ...confirmationView(confirmed), payment: await this.paymentOf(confirmed) };
  }

  /** Stripe being away does not undo what was accepted. */
  private async paymentOf({
    session,
    payment,
  }: BookingConfirmation): Promise<ConfirmedBookingView['payment']> {
    if (payment === null) return null;
    const clientSecret = await this.payments
      .clientSecret(session.coachId, payment.paymentId)
      .catch((error: unknown) => {
        this.logger.warn({ err: error }, 'no client secret for the moment');
        return null;
      });
    return {
      id: publicId('payment', payment.paymentId),
      amount: { amount: payment.amountMinor, currency: payment.currency },
      clientSecret,
      payUrl: `${await this.links.linkOf(session.coachId, payment.paymentId)}/checkout`,
    };
  }
}
