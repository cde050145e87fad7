import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

const MOST_CALL_MS = 30_000;
const MOST_PATIENCE = 5;

interface Problem {
  code?: string;
  detail?: string;
  errors?: { pointer: string; detail: string }[];
}

/** The api answered with a problem. */
export class ApiFault extends Error {
  constructor(
    readonly call: string,
    readonly status: number,
    readonly problem: Problem,
  ) {
    const errors = (problem.errors ?? []).map(({ pointer, detail }) => ` ${pointer} ${detail};`).join('');
    super(`${call} answered ${status} ${problem.code ?? ''}: ${problem.detail ?? ''}${errors}`);
  }
}

/** What is told about each call, for people who watch. */
export interface CallSeen {
  method: string;
  path: string;
  status: number;
  body: unknown;
}

export interface ApiOptions {
  signal: AbortSignal;
  onCall?: (call: CallSeen) => void;
}

/** The api as one person uses it over HTTP. */
export class ApiClient {
  private accessToken: string | undefined;

  constructor(
    private readonly baseUrl: string,
    private readonly options: ApiOptions,
  ) {}

  async signIn(email: string, password: string): Promise<void> {
    const { accessToken } = await this.post<{ accessToken: string }>('/v1/auth/sign-in', { email, password });
    this.accessToken = accessToken;
  }

  get<T>(path: string): Promise<T> {
    return this.call<T>('GET', path);
  }

  /** Asks without telling the watcher: for waiting. */
  peek<T>(path: string): Promise<T> {
    return this.call<T>('GET', path, undefined, true);
  }

  post<T>(path: string, body: object = {}): Promise<T> {
    return this.call<T>('POST', path, body);
  }

  patch<T>(path: string, body: object): Promise<T> {
    return this.call<T>('PATCH', path, body);
  }

  put<T>(path: string, body: object): Promise<T> {
    return this.call<T>('PUT', path, body);
  }

  async delete(path: string): Promise<void> {
    await this.call('DELETE', path);
  }

  /** @throws ApiFault for anything but 2xx; a 429 is waited out first */
  private async call<T>(method: string, path: string, body?: object, isQuiet = false): Promise<T> {
    // One key for all tries: whatever happens on the way, the effect happens once.
    const idempotencyKey = randomUUID();
    for (let tries = 1; ; tries += 1) {
      const response = await this.send(method, path, body, idempotencyKey);
      const text = await response.text();
      if (response.status === 429 && tries < MOST_PATIENCE) {
        await delay(Number(response.headers.get('retry-after') ?? 1) * 1_000, undefined, {
          signal: this.options.signal,
        });
        continue;
      }
      const answer: unknown = text === '' ? undefined : JSON.parse(text);
      if (!isQuiet) this.options.onCall?.({ method, path, status: response.status, body: answer });
      if (!response.ok) throw new ApiFault(`${method} ${path}`, response.status, answer ?? {});
      return answer as T;
    }
  }

  private send(
    method: string,
    path: string,
    body: object | undefined,
    idempotencyKey: string,
  ): Promise<Response> {
    const headers: Record<string, string> = {};
    if (this.accessToken !== undefined) headers['authorization'] = `Bearer ${this.accessToken}`;
    if (body !== undefined) headers['content-type'] = 'application/json';
    if (method === 'POST') headers['idempotency-key'] = idempotencyKey;
    return fetch(this.baseUrl + path, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.any([this.options.signal, AbortSignal.timeout(MOST_CALL_MS)]),
    });
  }
}
