import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { Principal } from '@app/accounts';
import { SessionDetailsQueries } from '@app/reporting';
import { Cancellations, ChargeWaivers, publicCancellationQuote, SessionNotFound } from '@app/sessions';
import { Access } from '../http/access';
import { Idempotent } from '../http/idempotency';
import { CurrentPrincipal, ExpectedVersion, IdParam } from '../http/params';
import { Problems } from '../http/problems';
import {
  CancellationQuoteBody,
  CancellationQuoteView,
  CancelSessionBody,
  WaiveChargeBody,
} from './cancellation.dto';
import { SessionDetailsView } from './session-details.dto';
import { detailsView } from './session.views';

@ApiTags('sessions')
@Controller('sessions/:id')
export class CancellationsController {
  constructor(
    private readonly cancellations: Cancellations,
    private readonly waivers: ChargeWaivers,
    private readonly details: SessionDetailsQueries,
  ) {}

  /** What cancelling would give back, charge, and whom it would tell; binds for 10 minutes */
  @Post('cancellation-quotes')
  @Access({ roles: ['coach', 'client', 'admin'], object: 'session' })
  @Problems({
    404: ['sessions.not_found'],
    409: ['sessions.action_not_allowed'],
    422: ['refunds.choice_not_yours', 'refunds.out_of_range'],
  })
  async quote(
    @CurrentPrincipal() principal: Principal,
    @IdParam('session') id: string,
    @Body() body: CancellationQuoteBody,
  ): Promise<CancellationQuoteView> {
    return publicCancellationQuote(await this.cancellations.quote(principal, id, body));
  }

  /** Cancel: by a quote exactly as quoted, or at once by the terms of this moment */
  @Post('cancel')
  @HttpCode(200)
  @Idempotent()
  @Access({ roles: ['coach', 'client', 'admin'], object: 'session' })
  @ApiOkResponse({ type: SessionDetailsView })
  @Problems({
    404: ['sessions.not_found', 'quotes.not_found'],
    409: ['sessions.action_not_allowed', 'quotes.stale', 'idempotency.in_progress'],
    412: ['http.version_mismatch'],
    422: [
      'refunds.choice_not_yours',
      'refunds.out_of_range',
      'sessions.quote_decides',
      'idempotency.key_reused',
    ],
  })
  async cancel(
    @CurrentPrincipal() principal: Principal,
    @IdParam('session') id: string,
    @Body() body: CancelSessionBody,
    @ExpectedVersion() expectedVersion?: number,
  ): Promise<SessionDetailsView> {
    await this.cancellations.cancel(principal, id, body, expectedVersion);
    return this.shown(principal, id);
  }

  /** Let off what the client owes for cancelling late or for not coming, while it is not paid */
  @Post('waive-charge')
  @HttpCode(200)
  @Idempotent()
  @Access({ roles: ['coach', 'admin'], object: 'session' })
  @ApiOkResponse({ type: SessionDetailsView })
  @Problems({
    404: ['sessions.not_found'],
    409: ['sessions.nothing_to_waive', 'idempotency.in_progress'],
    412: ['http.version_mismatch'],
    422: ['idempotency.key_reused'],
  })
  async waiveCharge(
    @CurrentPrincipal() principal: Principal,
    @IdParam('session') id: string,
    @Body() body: WaiveChargeBody,
    @ExpectedVersion() expectedVersion?: number,
  ): Promise<SessionDetailsView> {
    await this.waivers.waive(principal, id, body.reason ?? null, expectedVersion);
    return this.shown(principal, id);
  }

  private async shown(principal: Principal, id: string): Promise<SessionDetailsView> {
    const row = await this.details.find(principal, id);
    if (row === undefined) throw new SessionNotFound();
    return detailsView(row, principal);
  }
}
