import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { Principal } from '@app/accounts';
import { publicId } from '@app/common';
import { SessionDetailsQueries } from '@app/reporting';
import { SessionNotFound, TermsAcceptance } from '@app/sessions';
import { Access } from '../http/access';
import { NeverStored } from '../http/idempotency';
import { CurrentPrincipal, ExpectedVersion, IdParam } from '../http/params';
import { Problems } from '../http/problems';
import { WithClientSecret } from './client-secret.interceptor';
import { SessionDetailsView } from './session-details.dto';
import { detailsView } from './session.views';
import { AcceptTermsBody, PaymentToConfirmView, PaySessionBody } from './terms.dto';

/** What a client does with a session that their coach booked for them. */
@ApiTags('sessions')
@Controller('sessions/:id')
export class TermsController {
  constructor(
    private readonly terms: TermsAcceptance,
    private readonly details: SessionDetailsQueries,
  ) {}

  /** Agree to the terms of what your coach booked for you; until then nothing of it can be paid or charged */
  @Post('accept-terms')
  @HttpCode(200)
  @WithClientSecret()
  @Access({ roles: ['client'], object: 'session' })
  @ApiOkResponse({ type: SessionDetailsView })
  @Problems({
    404: ['sessions.not_found'],
    409: ['sessions.action_not_allowed'],
    412: ['http.version_mismatch'],
    422: ['policies.not_accepted'],
  })
  async accept(
    @CurrentPrincipal() principal: Principal,
    @IdParam('session') id: string,
    @Body() body: AcceptTermsBody,
    @ExpectedVersion() expectedVersion?: number,
  ): Promise<SessionDetailsView> {
    await this.terms.accept(principal, id, body.acceptedPolicyId, expectedVersion);
    const row = await this.details.find(principal, id);
    if (row === undefined) throw new SessionNotFound();
    return detailsView(row, principal);
  }

  /** Begin to pay: gives what the browser confirms the payment with, once the terms are accepted */
  @Post('pay')
  @HttpCode(200)
  @NeverStored()
  @Access({ roles: ['client'], object: 'session' })
  @ApiOkResponse({ type: PaymentToConfirmView })
  @Problems({
    404: ['sessions.not_found'],
    409: ['sessions.action_not_allowed', 'payments.not_payable', 'payments.refused', 'payouts-not-ready'],
    422: ['policies.not_accepted'],
    503: ['payments.stripe_unavailable'],
  })
  async pay(
    @CurrentPrincipal() principal: Principal,
    @IdParam('session') id: string,
    @Body() body: PaySessionBody,
  ): Promise<PaymentToConfirmView> {
    const { session, payment, clientSecret } = await this.terms.pay(principal, id, body.acceptedPolicyId);
    return {
      paymentId: publicId('payment', payment.paymentId),
      amount: { amount: payment.amountMinor, currency: payment.currency },
      clientSecret,
      holdExpiresAt: session.holdExpiresAt?.toISOString() ?? null,
    };
  }
}
