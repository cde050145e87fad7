import type { Params } from 'nestjs-pino';

/** JSON lines with the request id; never bodies, tokens or cookies (reliability.md R26). */
export function logOptions(level: string): Params {
  return {
    pinoHttp: {
      level,
      autoLogging: { ignore: (request) => request.url?.startsWith('/health') === true },
      customAttributeKeys: { reqId: 'requestId' },
      quietReqLogger: true,
      redact: {
        paths: [
          'req.headers.authorization',
          'req.headers.cookie',
          '*.password',
          '*.passcode',
          '*.token',
          '*.accessToken',
          '*.refreshToken',
          '*.clientSecret',
          '*.client_secret',
          'err.config',
          'err.raw',
          'err.headers',
        ],
        censor: '[redacted]',
      },
      serializers: {
        // The query may hold one-time codes of OAuth callbacks; the path of a link holds its token.
        req: (request: { method: string; url: string; id: string }) => ({
          method: request.method,
          path: safePath(request.url),
          id: request.id,
        }),
        res: (reply: { statusCode: number }) => ({ statusCode: reply.statusCode }),
      },
    },
  };
}

function safePath(url: string): string {
  const path = url.split('?')[0] ?? '/';
  return path.startsWith('/j/') ? '/j/[token]' : path;
}
