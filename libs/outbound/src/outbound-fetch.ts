import { appendFileSync } from 'node:fs';
import { isInTransaction } from '@app/database';
import { blanked, blankedBody } from './blanking';

export type Provider = 'stripe' | 'zoom';

export interface OutboundOptions {
  provider: Provider;
  /** JSON-lines file that each call is appended to; absent: no capture. */
  captureFile?: string;
  /** Deadline of one call, in milliseconds. */
  timeoutMs?: number;
}

const DEADLINE_MS = 10_000;

/**
 * A `fetch` for one provider: it has a deadline, refuses to run inside a database transaction (the effect
 * would survive a rollback), and can write each call to a file for checks against the provider's contract.
 */
export function outboundFetch(options: OutboundOptions): typeof fetch {
  return async (input, init) => {
    if (isInTransaction())
      throw new Error(`A call to ${options.provider} was made inside a database transaction.`);
    const signal = AbortSignal.timeout(options.timeoutMs ?? DEADLINE_MS);
    const response = await fetch(input, {
      ...init,
      signal: init?.signal ? AbortSignal.any([init.signal, signal]) : signal,
    });
    if (options.captureFile !== undefined)
      await capture(options.captureFile, options.provider, input, init, response);
    return response;
  };
}

async function capture(
  file: string,
  provider: Provider,
  input: Parameters<typeof fetch>[0],
  init: RequestInit | undefined,
  response: Response,
): Promise<void> {
  const url = new URL(input instanceof Request ? input.url : input);
  const text = await response.clone().text();
  const line = {
    provider,
    method: init?.method ?? 'GET',
    path: url.pathname,
    query: blanked(Object.fromEntries(url.searchParams)),
    // As they were sent: `fetch` adds the media type of a form by itself.
    headers: blanked(Object.fromEntries(new Request(input, init).headers)),
    body: blankedBody(
      typeof init?.body === 'string'
        ? init.body
        : init?.body instanceof URLSearchParams
          ? init.body.toString()
          : null,
    ),
    response: {
      status: response.status,
      headers: blanked(Object.fromEntries(response.headers)),
      body: blankedBody(text),
    },
  };
  appendFileSync(file, `${JSON.stringify(line)}\n`);
}
