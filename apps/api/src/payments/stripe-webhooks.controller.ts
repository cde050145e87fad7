import { Controller, Headers, HttpCode, Post, Req, type RawBodyRequest } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiNoContentResponse, ApiTags } from '@nestjs/swagger';
import { StripeWebhooks } from '@app/payments';
import type { FastifyRequest } from 'fastify';
import { Unlimited } from '../http/unlimited';
import { Access } from '../http/access';
import { NeverStored } from '../http/idempotency';
import { Problems } from '../http/problems';

@ApiTags('providers')
@Unlimited()
@Controller('webhooks')
export class StripeWebhooksController {
  constructor(private readonly webhooks: StripeWebhooks) {}

  /** Stripe's notices: checked, stored once, answered; the worker then reads what they are about */
  @Post('stripe')
  @HttpCode(204)
  @NeverStored()
  @Access({ roles: 'anyone', because: "the signature over the body shows that it is Stripe's" })
  @ApiHeader({ name: 'Stripe-Signature', required: true, schema: { type: 'string' } })
  @ApiBody({
    description: 'An event of Stripe, at most 256 KB',
    schema: { type: 'object', additionalProperties: true },
  })
  @ApiNoContentResponse({ description: 'It is stored' })
  @Problems({ 400: ['webhooks.signature', 'webhooks.not_an_event', 'webhooks.mode', 'webhooks.too_large'] })
  async receive(
    @Req() request: RawBodyRequest<FastifyRequest>,
    @Headers('stripe-signature') signature: string | undefined,
  ): Promise<void> {
    await this.webhooks.receive(request.rawBody ?? Buffer.alloc(0), signature ?? '');
  }
}
