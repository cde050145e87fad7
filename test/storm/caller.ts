import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { HttpClient, type Answer } from '../support/http-client';
import type { Random } from '../support/random';
import type { Person } from '../support/world';
import type { Surroundings } from './surroundings';

export interface Call {
  operation: string;
  /** Without it nobody is signed in. */
  by?: Person;
  method: string;
  path: string;
  body?: unknown;
  sessionId?: string;
  /** What a success leaves behind, in words that can be found again in the database. */
  effect?: string;
}

const MOST_TRIES = 60;
/** Who gets no answer sends the call again; some give up, and never learn what became of it. */
const GIVES_UP = 0.1;

/** Calls any of the apis as a careful program does: under the same key until there is an answer. */
export class Caller {
  constructor(private readonly around: Surroundings) {}

  async send(random: Random, call: Call): Promise<Answer> {
    const { history } = this.around;
    const key = randomUUID();
    let isUnsure = false;
    for (let attempt = 1; attempt <= MOST_TRIES; attempt += 1) {
      const answer = await this.attempt(random, call, key);
      const stillRunning = answer?.status === 409 && answer.body['code'] === 'idempotency.in_progress';
      if (answer !== undefined && answer.status !== 503 && !stillRunning) {
        const { id: madeId, code } = answer.body ?? {};
        history.add({
          ...known(call),
          status: answer.status,
          // Only a POST carries a key: what is refused the second time may have been done the first time.
          isUnsure: isUnsure && !isKeyed(call) && answer.status >= 400,
          ...textsOf({ madeId, code }),
        });
        return answer;
      }
      isUnsure ||= answer === undefined;
      if (answer === undefined && call.effect !== undefined && random.next() < GIVES_UP) {
        history.add({ ...known(call), status: 0, isUnsure: true, code: 'gave_up' });
        return NO_ANSWER;
      }
      history.repeats += 1;
      await delay(100 + random.below(200));
    }
    history.add({ ...known(call), status: 0, isUnsure: true });
    return NO_ANSWER;
  }

  private attempt(random: Random, call: Call, key: string): Promise<Answer | undefined> {
    const { by, method, path, body } = call;
    return new HttpClient(random.pick(this.around.apiUrls), by?.http.accessToken)
      .send<Record<string, unknown>>(method, path, body, { 'idempotency-key': key })
      .catch(() => undefined);
  }
}

const NO_ANSWER: Answer = { status: 0, headers: new Headers(), body: {} };

/** POST /complete and the mailed links keep no answers. */
function isKeyed({ method, path }: Call): boolean {
  return method === 'POST' && !path.endsWith('/complete') && !path.includes('/links/');
}

function known({ operation, sessionId, effect }: Call): {
  operation: string;
  sessionId?: string;
  effect?: string;
} {
  return { operation, ...textsOf({ sessionId, effect }) };
}

function textsOf<K extends string>(fields: Record<K, unknown>): Partial<Record<K, string>> {
  const texts = Object.entries(fields).filter(([, value]) => typeof value === 'string');
  return Object.fromEntries(texts) as Partial<Record<K, string>>;
}
