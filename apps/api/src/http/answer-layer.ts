import type { ExecutionContext, NestInterceptor } from '@nestjs/common';

/** An interceptor that says, by what a handler declares, whether the operation has anything to do with it. */
export interface AnswerLayer extends NestInterceptor {
  concerns(context: ExecutionContext): boolean;
}
