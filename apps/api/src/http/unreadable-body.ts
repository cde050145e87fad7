import { HttpException } from '@nestjs/common';

/** Of a request's body. */
export const MOST_BODY_BYTES = 256 * 1024;

interface UnreadableBody {
  status: number;
  code: string;
  detail: string;
}

/** Words for Fastify's codes. */
const UNREADABLE_BODIES = new Map<string, UnreadableBody>([
  [
    'FST_ERR_CTP_EMPTY_JSON_BODY',
    {
      status: 400,
      code: 'http.empty_body',
      detail: 'The body is empty. Send {} or leave the content type out.',
    },
  ],
  [
    'FST_ERR_CTP_INVALID_JSON_BODY',
    { status: 400, code: 'http.malformed_json', detail: 'The body is not JSON that can be read.' },
  ],
  [
    'FST_ERR_CTP_INVALID_MEDIA_TYPE',
    { status: 415, code: 'http.unsupported_media_type', detail: 'Send the body as application/json.' },
  ],
  [
    'FST_ERR_CTP_BODY_TOO_LARGE',
    {
      status: 413,
      code: 'http.body_too_large',
      detail: `The body is too large. Send at most ${MOST_BODY_BYTES / 1024} KiB.`,
    },
  ],
]);

/** Fastify's refusal of a body, bare or as Nest hands it on. */
export function unreadableBody(error: unknown): UnreadableBody | undefined {
  const refusal = error instanceof HttpException ? error.cause : error;
  if (typeof refusal !== 'object' || refusal === null || !('code' in refusal)) return undefined;
  return typeof refusal.code === 'string' ? UNREADABLE_BODIES.get(refusal.code) : undefined;
}
