import { Body, Controller, Delete, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiTags } from '@nestjs/swagger';
import type { Principal } from '@app/accounts';
import { CardSetups, SavedCards } from '@app/payments';
import { Access } from '../http/access';
import { pageOf } from '../http/cursor';
import { decodeIdCursor, encodeIdCursor } from '../http/id-cursor';
import { Idempotent } from '../http/idempotency';
import { CurrentPrincipal, ExpectedVersion, IdParam } from '../http/params';
import { Problems } from '../http/problems';
import {
  CardSetupView,
  PaymentMethodListQuery,
  PaymentMethodPageView,
  SaveCardBody,
} from './payment-method.dto';
import { cardSetupView, paymentMethodView } from './payment-method.views';
import { WithSetupSecret } from './setup-secret.interceptor';

const SORT = '-savedAt';

/** Cards that clients have saved, each for one coach. */
@ApiTags('money')
@Controller('payment-methods')
export class PaymentMethodsController {
  constructor(
    private readonly setups: CardSetups,
    private readonly cards: SavedCards,
  ) {}

  /** Saved cards, newest first */
  @Get()
  @Access({ roles: ['coach', 'client', 'admin'], object: 'paymentMethod' })
  async list(
    @CurrentPrincipal() principal: Principal,
    @Query() { limit, cursor, ...filter }: PaymentMethodListQuery,
  ): Promise<PaymentMethodPageView> {
    const before = decodeIdCursor('paymentMethod', cursor, SORT);
    const rows = await this.cards.list(principal, filter, {
      limit,
      ...(before === undefined ? {} : { before }),
    });
    return pageOf(
      rows,
      limit,
      (row) => encodeIdCursor('paymentMethod', row.id, SORT),
      (row) => paymentMethodView(row, principal),
    );
  }

  /** Save a card for one coach: Stripe.js takes it with `clientSecret`; it is listed once the bank has agreed */
  @Post('setup')
  @Idempotent()
  @WithSetupSecret()
  @Access({ roles: ['client'], object: 'paymentMethod' })
  @Problems({
    404: ['payment_methods.coach_not_found', 'payment_methods.policy_not_found'],
    409: ['idempotency.in_progress'],
    422: ['payment_methods.coach_missing', 'idempotency.key_reused'],
  })
  async setup(
    @CurrentPrincipal() principal: Principal,
    @Body() { coachId, acceptedText, acceptedPolicyId }: SaveCardBody,
  ): Promise<CardSetupView> {
    const consent = { text: acceptedText, policyId: acceptedPolicyId };
    return cardSetupView(
      await this.setups.open(principal, { ...consent, ...(coachId === undefined ? {} : { coachId }) }),
    );
  }

  /** Remove a saved card: it is not used from now on, and Stripe forgets it within moments */
  @Delete(':id')
  @HttpCode(204)
  @Access({ roles: ['client', 'admin'], object: 'paymentMethod' })
  @ApiNoContentResponse({ description: 'The card is not used any more' })
  @Problems({ 404: ['payment_methods.not_found'], 412: ['http.version_mismatch'] })
  async remove(
    @CurrentPrincipal() principal: Principal,
    @IdParam('paymentMethod') id: string,
    @ExpectedVersion() expectedVersion?: number,
  ): Promise<void> {
    await this.cards.remove(principal, id, expectedVersion);
  }
}
