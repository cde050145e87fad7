import { Controller, Get, HttpCode, Inject, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { Principal } from '@app/accounts';
import { CONFIG, type SharedConfig } from '@app/common';
import { arrivalDays, PaymentQueries, Refunds } from '@app/payments';
import { Access } from '../http/access';
import { pageOf } from '../http/cursor';
import { decodeIdCursor, encodeIdCursor } from '../http/id-cursor';
import { Idempotent } from '../http/idempotency';
import { CurrentPrincipal, IdParam } from '../http/params';
import { Problems } from '../http/problems';
import { RefundListQuery, RefundPageView, RefundView } from './payment.dto';
import { refundView } from './payment.views';

const SORT = '-requestedAt';

@ApiTags('money')
@Controller('refunds')
export class RefundsController {
  constructor(
    private readonly queries: PaymentQueries,
    private readonly refunds: Refunds,
    @Inject(CONFIG) private readonly config: SharedConfig,
  ) {}

  /** Refunds, newest first; `status=failed,needs_attention` are those that wait for you */
  @Get()
  @Access({ roles: ['coach', 'client', 'admin'], object: 'refund' })
  async list(
    @CurrentPrincipal() principal: Principal,
    @Query() { limit, cursor, ...filter }: RefundListQuery,
  ): Promise<RefundPageView> {
    const before = decodeIdCursor('refund', cursor, SORT);
    const rows = await this.queries.listRefunds(principal, filter, {
      limit,
      ...(before === undefined ? {} : { before }),
    });
    return pageOf(
      rows,
      limit,
      (row) => encodeIdCursor('refund', row.id, SORT),
      (row) => refundView(row, principal, this.arrival()),
    );
  }

  /** One refund, and when it usually shows */
  @Get(':id')
  @Access({ roles: ['coach', 'client', 'admin'], object: 'refund' })
  @Problems({ 404: ['refunds.not_found'] })
  async get(@CurrentPrincipal() principal: Principal, @IdParam('refund') id: string): Promise<RefundView> {
    return refundView(await this.queries.findRefund(principal, id), principal, this.arrival());
  }

  /** Try again what failed, or what needed your attention and has it had */
  @Post(':id/retry')
  @HttpCode(200)
  @Idempotent()
  @Access({ roles: ['coach', 'admin'], object: 'refund' })
  @ApiOkResponse({ type: RefundView })
  @Problems({
    404: ['refunds.not_found'],
    409: ['refunds.not_retryable', 'refunds.payment_disputed', 'idempotency.in_progress'],
    422: ['refunds.out_of_range', 'idempotency.key_reused'],
  })
  async retry(@CurrentPrincipal() principal: Principal, @IdParam('refund') id: string): Promise<RefundView> {
    return refundView(await this.refunds.retry(principal, id), principal, this.arrival());
  }

  private arrival(): ReturnType<typeof arrivalDays> {
    return arrivalDays(this.config.REFUND_ARRIVAL_DAYS);
  }
}
