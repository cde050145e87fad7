import { createHash } from 'node:crypto';
import { invalidRequest, StripeError } from './stripe-error';
import type { StripeModel } from './stripe-model';
import type { IdempotencyRow } from './stripe-rows';

/** Business seconds after which a key may be forgotten; a reuse is then a new request. */
const KEY_LIFETIME_SECONDS = 24 * 3_600;
const MAX_KEY_LENGTH = 255;

/**
 * Stripe's idempotency keys: the first answer is stored, a 500 too, and replayed to the same request; nothing is
 * stored while validation fails. Rules: docs.stripe.com/api/idempotent_requests.
 */
export class IdempotencyKeys {
  private readonly inProgress = new Set<string>();

  /**
   * Takes the key for one request, or returns the stored answer.
   *
   * @param scope the account the key belongs to
   * @throws StripeError 400 for other parameters, 409 while another request with the key is running
   */
  begin(model: StripeModel, scope: string, key: string, fingerprint: string): IdempotencyRow | undefined {
    if (key.length > MAX_KEY_LENGTH)
      throw invalidRequest(`Idempotency keys have at most ${MAX_KEY_LENGTH} characters.`);
    this.prune(model);
    const id = `${scope}:${key}`;
    const stored = model.tables.idempotency.get(id);
    if (stored && stored.fingerprint !== fingerprint) throw mismatch(key);
    if (stored) return stored;
    if (this.inProgress.has(id)) throw inUse(key);
    this.inProgress.add(id);
    return undefined;
  }

  store(
    model: StripeModel,
    scope: string,
    key: string,
    answer: Omit<IdempotencyRow, 'id' | 'created'>,
  ): void {
    model.tables.idempotency.put({ ...answer, id: `${scope}:${key}`, created: model.clock.nowSeconds() });
  }

  /** Ends the request that `begin` started, stored or not. */
  end(scope: string, key: string): void {
    this.inProgress.delete(`${scope}:${key}`);
  }

  private prune(model: StripeModel): void {
    const oldest = model.clock.nowSeconds() - KEY_LIFETIME_SECONDS;
    const keys = model.tables.idempotency; // in order of creation
    for (let row = keys.first(); row && row.created < oldest; row = keys.first()) keys.delete(row.id);
  }
}

/** What makes two requests the same: method, path and parameters, whatever the order of these. */
export function requestFingerprint(method: string, path: string, parameters: object): string {
  return createHash('sha256')
    .update(`${method} ${path} ${canonicalJson(parameters)}`)
    .digest('hex');
}

function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([name, inner]) => `${JSON.stringify(name)}:${canonicalJson(inner)}`).join(',')}}`;
}

function mismatch(key: string): StripeError {
  return new StripeError(400, {
    type: 'idempotency_error',
    message: `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`,
  });
}

function inUse(key: string): StripeError {
  return new StripeError(409, {
    type: 'idempotency_error',
    code: 'idempotency_key_in_use',
    message: `There is currently another in-progress request using this Idempotent Key: ${key}`,
  });
}
