import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { Observable } from 'rxjs';
import { ClientSecretInterceptor } from '../sessions/client-secret.interceptor';
import { SetupSecretInterceptor } from '../payment-methods/setup-secret.interceptor';
import { NoteTextInterceptor } from '../notes/note-text.interceptor';
import { AdminReadsInterceptor } from './admin-reads.interceptor';
import type { AnswerLayer } from './answer-layer';
import { IdempotencyInterceptor } from './idempotency.interceptor';

/**
 * What stands around the handlers, outermost first: a client secret is read from Stripe after the transaction has
 * committed. Each operation runs only the layers that concern it; most reads have one or none.
 */
@Injectable()
export class AnswerLayers implements NestInterceptor {
  private readonly layers: AnswerLayer[];
  private readonly byHandler = new WeakMap<object, AnswerLayer[]>();

  constructor(
    adminReads: AdminReadsInterceptor,
    clientSecret: ClientSecretInterceptor,
    setupSecret: SetupSecretInterceptor,
    noteText: NoteTextInterceptor,
    idempotency: IdempotencyInterceptor,
  ) {
    this.layers = [adminReads, clientSecret, setupSecret, noteText, idempotency];
  }

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return this.layersOf(context)
      .reduceRight<CallHandler>(
        (inner, layer) => ({ handle: () => layer.intercept(context, inner) as Observable<unknown> }),
        next,
      )
      .handle();
  }

  private layersOf(context: ExecutionContext): AnswerLayer[] {
    const handler = context.getHandler();
    const known = this.byHandler.get(handler);
    if (known !== undefined) return known;
    const layers = this.layers.filter((layer) => layer.concerns(context));
    this.byHandler.set(handler, layers);
    return layers;
  }
}
