import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { Principal } from '@app/accounts';
import { Clock } from '@app/common';
import { EntitlementRefunds, publicRefundQuote } from '@app/packages';
import { EntitlementQueries } from '@app/reporting';
import { Access } from '../http/access';
import { Idempotent } from '../http/idempotency';
import { CurrentPrincipal, ExpectedVersion, IdParam } from '../http/params';
import { Problems } from '../http/problems';
import {
  EntitlementRefundQuoteBody,
  EntitlementRefundQuoteView,
  RefundEntitlementBody,
} from './entitlement-refund.dto';
import { EntitlementView } from './entitlement.dto';
import { shownEntitlement } from './entitlement.views';

/** A bought package goes back. */
@ApiTags('packages')
@Controller('entitlements/:id')
export class EntitlementRefundsController {
  constructor(
    private readonly refunds: EntitlementRefunds,
    private readonly queries: EntitlementQueries,
    private readonly clock: Clock,
  ) {}

  /** What refunding the package would give back, and the credits lost by it; binds for 10 minutes */
  @Post('refund-quotes')
  @Access({ roles: ['coach', 'admin'], object: 'entitlement' })
  @Problems({
    404: ['entitlements.not_found'],
    409: ['entitlements.not_open'],
    422: ['refunds.out_of_range'],
  })
  async quote(
    @CurrentPrincipal() principal: Principal,
    @IdParam('entitlement') id: string,
    @Body() body: EntitlementRefundQuoteBody,
  ): Promise<EntitlementRefundQuoteView> {
    return publicRefundQuote(await this.refunds.quote(principal, id, body));
  }

  /** Refund it exactly as quoted, and close it; sessions that are booked stay booked */
  @Post('refund')
  @HttpCode(200)
  @Idempotent()
  @Access({ roles: ['coach', 'admin'], object: 'entitlement' })
  @ApiOkResponse({ type: EntitlementView })
  @Problems({
    404: ['entitlements.not_found', 'quotes.not_found'],
    409: ['entitlements.not_open', 'quotes.stale', 'idempotency.in_progress'],
    412: ['http.version_mismatch'],
    422: ['idempotency.key_reused'],
  })
  async refund(
    @CurrentPrincipal() principal: Principal,
    @IdParam('entitlement') id: string,
    @Body() body: RefundEntitlementBody,
    @ExpectedVersion() expectedVersion?: number,
  ): Promise<EntitlementView> {
    await this.refunds.refund(principal, id, body, expectedVersion);
    return shownEntitlement(this.queries, principal, id, await this.clock.now());
  }
}
