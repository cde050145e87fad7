import { Injectable, SetMetadata, type CallHandler, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Principal } from '@app/accounts';
import { parsePublicId } from '@app/common';
import { NoteQueries } from '@app/notes';
import type { FastifyRequest } from 'fastify';
import { mergeMap, type Observable } from 'rxjs';
import type { AnswerLayer } from '../http/answer-layer';
import type { NoteView } from './note.dto';
import { textView } from './note.views';

const WITH_NOTE_TEXT = 'with-note-text';

/** The answer's note gets its text after the answer was stored without it. */
export function WithNoteText(): MethodDecorator {
  return SetMetadata(WITH_NOTE_TEXT, true);
}

/**
 * Stands outside the idempotency interceptor: stored answers would keep the words of a private note in plain text
 * (A63), so they are stored without, and a repeated request gets them from the sealed history, as they were.
 */
@Injectable()
export class NoteTextInterceptor implements AnswerLayer {
  constructor(
    private readonly reflector: Reflector,
    private readonly notes: NoteQueries,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { principal } = context.switchToHttp().getRequest<FastifyRequest>();
    if (principal === undefined) return next.handle();
    return next.handle().pipe(mergeMap((view: NoteView) => this.complete(principal, view)));
  }

  concerns(context: ExecutionContext): boolean {
    return this.reflector.get<boolean | undefined>(WITH_NOTE_TEXT, context.getHandler()) === true;
  }

  private async complete(principal: Principal, view: NoteView): Promise<NoteView> {
    const id = parsePublicId('note', view.id);
    if (id === null) return view;
    return { ...view, ...textView(await this.notes.textAt(principal, id, view.version)) };
  }
}
