import { Injectable, Logger, SetMetadata, type CallHandler, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { parsePublicId } from '@app/common';
import { CardSetups } from '@app/payments';
import { mergeMap, type Observable } from 'rxjs';
import type { AnswerLayer } from '../http/answer-layer';
import type { CardSetupView } from './payment-method.dto';

const WITH_SETUP_SECRET = 'with-setup-secret';

/** The answer gets the client secret of its SetupIntent, read from Stripe after the commit and never stored by us. */
export function WithSetupSecret(): MethodDecorator {
  return SetMetadata(WITH_SETUP_SECRET, true);
}

/** Stands outside the idempotency interceptor: a repeated request gets the secret again. */
@Injectable()
export class SetupSecretInterceptor implements AnswerLayer {
  private readonly logger = new Logger(SetupSecretInterceptor.name);

  constructor(
    private readonly reflector: Reflector,
    private readonly setups: CardSetups,
  ) {}

  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(mergeMap((body: CardSetupView) => this.complete(body)));
  }

  concerns(context: ExecutionContext): boolean {
    return this.reflector.get<boolean | undefined>(WITH_SETUP_SECRET, context.getHandler()) === true;
  }

  private async complete(view: CardSetupView): Promise<CardSetupView> {
    const coachId = parsePublicId('coach', view.coachId);
    const setupId = parsePublicId('cardSetup', view.id);
    if (coachId === null || setupId === null) return view;
    const clientSecret = await this.setups.clientSecret(coachId, setupId).catch((error: unknown) => {
      this.logger.warn({ err: error }, 'no client secret for the moment');
      return null;
    });
    return { ...view, clientSecret };
  }
}
