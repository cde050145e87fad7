import { Injectable, Logger, SetMetadata, type CallHandler, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { parsePublicId } from '@app/common';
import { Payments } from '@app/payments';
import type { FastifyRequest } from 'fastify';
import { mergeMap, type Observable } from 'rxjs';
import type { AnswerLayer } from '../http/answer-layer';

/** What is shown of something that can wait for payment: a session, an entitlement. */
interface Payable {
  status: string;
  coach: { id: string };
  payment: { id: string; clientSecret?: string | null } | null;
  /** Of sessions: nothing can be paid before its terms are accepted. */
  policy?: { acceptedAt: string | null };
}

const AWAITING_PAYMENT = ['held', 'awaiting_payment'];
const WITH_CLIENT_SECRET = 'with-client-secret';

/** The answer's payment gets its client secret, read from Stripe after the commit and never stored by us. */
export function WithClientSecret(): MethodDecorator {
  return SetMetadata(WITH_CLIENT_SECRET, true);
}

/**
 * Stands outside the idempotency interceptor: a repeated request gets the secret again, and Stripe is asked
 * when no transaction is open. Stripe being away does not undo a booking: the secret then reads null, and
 * GET /v1/sessions/{id} (or /v1/entitlements/{id}) has it later. Nor is there one until the terms are accepted: nothing can be paid before.
 */
@Injectable()
export class ClientSecretInterceptor implements AnswerLayer {
  private readonly logger = new Logger(ClientSecretInterceptor.name);

  constructor(
    private readonly reflector: Reflector,
    private readonly payments: Payments,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { principal } = context.switchToHttp().getRequest<FastifyRequest>();
    if (principal?.kind !== 'client') return next.handle();
    return next.handle().pipe(mergeMap((body: Payable) => this.complete(body)));
  }

  concerns(context: ExecutionContext): boolean {
    return this.reflector.get<boolean | undefined>(WITH_CLIENT_SECRET, context.getHandler()) === true;
  }

  private async complete(view: Payable): Promise<Payable> {
    if (!AWAITING_PAYMENT.includes(view.status) || view.payment === null) return view;
    if (view.policy?.acceptedAt === null)
      return { ...view, payment: { ...view.payment, clientSecret: null } };
    const coachId = parsePublicId('coach', view.coach.id);
    const paymentId = parsePublicId('payment', view.payment.id);
    if (coachId === null || paymentId === null) return view;
    const clientSecret = await this.payments.clientSecret(coachId, paymentId).catch((error: unknown) => {
      this.logger.warn({ err: error }, 'no client secret for the moment');
      return null;
    });
    return { ...view, payment: { ...view.payment, clientSecret } };
  }
}
