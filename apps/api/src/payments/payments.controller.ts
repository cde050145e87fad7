import { Body, Controller, Get, HttpCode, Inject, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { Principal } from '@app/accounts';
import { CONFIG, type SharedConfig } from '@app/common';
import { arrivalDays, Charges, PaymentQueries, Refunds } from '@app/payments';
import { Access } from '../http/access';
import { pageOf } from '../http/cursor';
import { decodeIdCursor, encodeIdCursor } from '../http/id-cursor';
import { Idempotent } from '../http/idempotency';
import { CurrentPrincipal, IdParam } from '../http/params';
import { Problems } from '../http/problems';
import {
  GiveRefundBody,
  LedgerView,
  PaymentListQuery,
  PaymentPageView,
  PaymentView,
  RefundPageView,
  RefundsOfPaymentQuery,
  RefundView,
} from './payment.dto';
import { ledgerEntryView, paymentView, refundView } from './payment.views';

const SORT = '-createdAt';

/** What clients paid, and what went back. */
@ApiTags('money')
@Controller('payments')
export class PaymentsController {
  constructor(
    private readonly queries: PaymentQueries,
    private readonly refundsService: Refunds,
    private readonly charges: Charges,
    @Inject(CONFIG) private readonly config: SharedConfig,
  ) {}

  /** Payments, newest first */
  @Get()
  @Access({ roles: ['coach', 'client', 'admin'], object: 'payment' })
  async list(
    @CurrentPrincipal() principal: Principal,
    @Query() { limit, cursor, ...filter }: PaymentListQuery,
  ): Promise<PaymentPageView> {
    const before = decodeIdCursor('payment', cursor, SORT);
    const rows = await this.queries.list(principal, filter, {
      limit,
      ...(before === undefined ? {} : { before }),
    });
    return pageOf(
      rows,
      limit,
      (row) => encodeIdCursor('payment', row.id, SORT),
      (row) => paymentView(row, principal),
    );
  }

  /** One payment */
  @Get(':id')
  @Access({ roles: ['coach', 'client', 'admin'], object: 'payment' })
  @Problems({ 404: ['payments.not_found'] })
  async get(@CurrentPrincipal() principal: Principal, @IdParam('payment') id: string): Promise<PaymentView> {
    return paymentView(await this.queries.find(principal, id), principal);
  }

  /** Every movement of a payment's money in double entry, oldest first, with the balance of each account */
  @Get(':id/ledger')
  @Access({ roles: ['coach', 'admin'], object: 'payment' })
  @Problems({ 404: ['payments.not_found'] })
  async ledger(
    @CurrentPrincipal() principal: Principal,
    @IdParam('payment') id: string,
  ): Promise<LedgerView> {
    const lines = await this.queries.ledger(principal, id);
    return { data: lines.map(ledgerEntryView) };
  }

  /** Refunds of a payment, newest first */
  @Get(':id/refunds')
  @Access({ roles: ['coach', 'client', 'admin'], object: 'payment' })
  @Problems({ 404: ['payments.not_found'] })
  async refunds(
    @CurrentPrincipal() principal: Principal,
    @IdParam('payment') id: string,
    @Query() { limit, cursor, ...filter }: RefundsOfPaymentQuery,
  ): Promise<RefundPageView> {
    const before = decodeIdCursor('refund', cursor, SORT);
    const payment = await this.queries.find(principal, id);
    const rows = await this.queries.listRefunds(
      principal,
      { ...filter, paymentId: payment.id },
      { limit, ...(before === undefined ? {} : { before }) },
    );
    const arrival = arrivalDays(this.config.REFUND_ARRIVAL_DAYS);
    return pageOf(
      rows,
      limit,
      (row) => encodeIdCursor('refund', row.id, SORT),
      (row) => refundView(row, principal, arrival),
    );
  }

  /** Try a saved card again after its charge has failed for good: the one that is the client's default now */
  @Post(':id/retry')
  @HttpCode(200)
  @Idempotent()
  @Access({ roles: ['coach', 'admin'], object: 'payment' })
  @ApiOkResponse({ type: PaymentView })
  @Problems({
    404: ['payments.not_found'],
    409: ['payments.not_retryable', 'idempotency.in_progress'],
    422: ['idempotency.key_reused'],
  })
  async retry(
    @CurrentPrincipal() principal: Principal,
    @IdParam('payment') id: string,
  ): Promise<PaymentView> {
    return paymentView(await this.charges.retry(principal, id), principal);
  }

  /** Give money back without cancelling anything; it is sent to Stripe within moments */
  @Post(':id/refunds')
  @Idempotent()
  @Access({ roles: ['coach', 'admin'], object: 'payment' })
  @Problems({
    404: ['payments.not_found'],
    409: ['refunds.payment_disputed', 'idempotency.in_progress'],
    422: ['refunds.out_of_range', 'refunds.wrong_currency', 'idempotency.key_reused'],
  })
  async refund(
    @CurrentPrincipal() principal: Principal,
    @IdParam('payment') id: string,
    @Body() { amount, note }: GiveRefundBody,
  ): Promise<RefundView> {
    const refund = await this.refundsService.give(principal, id, {
      ...(amount === undefined ? {} : { amount: { amountMinor: amount.amount, currency: amount.currency } }),
      ...(note === undefined ? {} : { note }),
    });
    return refundView(refund, principal, arrivalDays(this.config.REFUND_ARRIVAL_DAYS));
  }
}
