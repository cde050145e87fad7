import { createHash } from 'node:crypto';

export const FAULT_PROVIDERS = ['stripe', 'zoom', 'smtp', 'stripe_webhook', 'zoom_webhook'] as const;
export type FaultProvider = (typeof FAULT_PROVIDERS)[number];

export const CALL_FAULTS = ['rate_limit', 'server_error', 'timeout_after_commit', 'slow', 'reset'] as const;
export type CallFaultKind = (typeof CALL_FAULTS)[number];

export const WEBHOOK_FAULTS = ['webhook_delay', 'webhook_double', 'webhook_drop', 'webhook_shuffle'] as const;
export type WebhookFaultKind = (typeof WEBHOOK_FAULTS)[number];

export interface FaultInjection {
  provider: FaultProvider;
  /** `POST /v1/refunds`, `GET /v1/refunds/{id}`, a webhook's event type, `DATA` for smtp, or `*`. */
  operation: string;
  kind: CallFaultKind | WebhookFaultKind;
  times: number;
  /** For `slow`, `webhook_delay`, `webhook_shuffle`: real milliseconds. */
  delayMs?: number;
}

export interface PendingFault extends FaultInjection {
  id: number;
}

/** Faults drawn at random, but repeatably: shares between 0 and 1. */
export interface RandomFaults {
  seed: number;
  rates: Partial<Record<CallFaultKind, number>>;
  webhooks: Partial<Record<'double' | 'delay' | 'drop' | 'shuffle', number>>;
  slowMs: number;
  delayMs: number;
  /** A mail is refused so often at most; what waits after more refusals waits for hours. Absent: without end. */
  mostPerMail?: number;
}

export interface CallFault {
  kind: CallFaultKind;
  delayMs: number;
}

export interface WebhookFault {
  drop: boolean;
  double: boolean;
  shuffle: boolean;
  /** Real milliseconds before the first attempt; 0: at once. */
  delayMs: number;
}

const DEFAULT_SLOW_MS = 2_000;
const DEFAULT_WEBHOOK_DELAY_MS = 3_000;

/**
 * Decides which call or webhook goes wrong: first the injected faults in their order, then the random mode, where the
 * fault is a function of (seed, key of the call, attempt of that key) and of nothing else, so that a replay meets the
 * same faults whatever its timing.
 */
export class FaultPlan {
  /** How often each kind was decided on since the start; `calls` and `webhooks` count all, also those left alone. */
  readonly met: Record<string, number> = {};
  private pending: PendingFault[] = [];
  private randomFaults: RandomFaults | undefined;
  private attempts = new Map<string, number>();
  private nextId = 1;

  constructor(private readonly changed: () => void) {}

  inject(injection: FaultInjection): PendingFault {
    const fault = { ...injection, id: this.nextId };
    this.nextId += 1;
    this.pending.push(fault);
    this.changed();
    return fault;
  }

  list(): PendingFault[] {
    return this.pending.map((fault) => ({ ...fault }));
  }

  get random(): RandomFaults | undefined {
    return this.randomFaults;
  }

  /** Starts the random mode afresh (attempts count from 1 again) or, with undefined, ends it. */
  setRandom(faults: RandomFaults | undefined): void {
    this.randomFaults = faults;
    this.attempts.clear();
    this.changed();
  }

  /** Removes injected faults and ends the random mode. */
  clear(): void {
    this.pending = [];
    this.setRandom(undefined);
  }

  /**
   * The fault of one call, if any.
   *
   * @param operation `METHOD /path` of the call
   * @param key       the idempotency key, or method, path and a hash of the body
   */
  forCall(provider: FaultProvider, operation: string, key: string): CallFault | undefined {
    const fault = this.decideCall(provider, operation, key);
    this.count('calls');
    if (fault !== undefined) this.count(fault.kind);
    return fault;
  }

  private decideCall(provider: FaultProvider, operation: string, key: string): CallFault | undefined {
    const injected = this.injectedCall(provider, operation);
    if (injected) return injected;
    const random = this.randomFaults;
    if (!random) return undefined;
    const draw = this.draw(random.seed, provider, key);
    const attempt = this.attempts.get(`${provider}:${key}`) ?? 0;
    if (provider === 'smtp' && attempt > (random.mostPerMail ?? Infinity)) return undefined;
    let upTo = 0;
    for (const kind of CALL_FAULTS) {
      upTo += random.rates[kind] ?? 0;
      if (draw('call') < upTo) return { kind, delayMs: random.slowMs };
    }
    return undefined;
  }

  /** The injected fault of one call, if any; leaves the random mode aside. */
  injectedCall(provider: FaultProvider, operation: string): CallFault | undefined {
    const injected = this.take(provider, operation);
    if (!injected || !isCallFault(injected.kind)) return undefined;
    return { kind: injected.kind, delayMs: injected.delayMs ?? DEFAULT_SLOW_MS };
  }

  /** What happens to one webhook. @param key names the cause, not the event's random id */
  forWebhook(provider: FaultProvider, type: string, key: string): WebhookFault {
    const fault = this.decideWebhook(provider, type, key);
    this.count('webhooks');
    if (fault.drop) this.count('webhook_drop');
    if (fault.double) this.count('webhook_double');
    if (fault.shuffle) this.count('webhook_shuffle');
    if (fault.delayMs > 0) this.count('webhook_delay');
    return fault;
  }

  private decideWebhook(provider: FaultProvider, type: string, key: string): WebhookFault {
    const injected = this.take(provider, type);
    if (injected) {
      return {
        drop: injected.kind === 'webhook_drop',
        double: injected.kind === 'webhook_double',
        shuffle: injected.kind === 'webhook_shuffle',
        delayMs: injected.kind === 'webhook_delay' ? (injected.delayMs ?? DEFAULT_WEBHOOK_DELAY_MS) : 0,
      };
    }
    const random = this.randomFaults;
    if (!random) return { drop: false, double: false, shuffle: false, delayMs: 0 };
    const draw = this.draw(random.seed, provider, `${type}:${key}`);
    return {
      drop: draw('drop') < (random.webhooks.drop ?? 0),
      double: draw('double') < (random.webhooks.double ?? 0),
      shuffle: draw('shuffle') < (random.webhooks.shuffle ?? 0),
      delayMs:
        draw('delay') < (random.webhooks.delay ?? 0) ? Math.round(draw('howLong') * random.delayMs) : 0,
    };
  }

  save(): string {
    const { pending, randomFaults, nextId } = this;
    return JSON.stringify({ pending, randomFaults, nextId, attempts: [...this.attempts] });
  }

  restore(saved: unknown): void {
    if (typeof saved !== 'object' || saved === null) return;
    const { pending, randomFaults, nextId, attempts } = saved as {
      pending: PendingFault[];
      randomFaults?: RandomFaults;
      nextId: number;
      attempts: Array<[string, number]>;
    };
    this.pending = pending;
    this.randomFaults = randomFaults;
    this.nextId = nextId;
    this.attempts = new Map(attempts);
  }

  private count(kind: string): void {
    this.met[kind] = (this.met[kind] ?? 0) + 1;
  }

  private take(provider: FaultProvider, operation: string): PendingFault | undefined {
    const found = this.pending.find(
      (fault) => fault.provider === provider && operationMatches(fault.operation, operation),
    );
    if (!found) return undefined;
    found.times -= 1;
    if (found.times <= 0) this.pending = this.pending.filter((fault) => fault !== found);
    this.changed();
    return found;
  }

  private draw(seed: number, provider: string, key: string): (purpose: string) => number {
    const name = `${provider}:${key}`;
    const attempt = (this.attempts.get(name) ?? 0) + 1;
    this.attempts.set(name, attempt);
    return (purpose) => {
      const hash = createHash('sha256').update(`${seed}|${name}|${attempt}|${purpose}`).digest();
      return hash.readUIntBE(0, 6) / 2 ** 48;
    };
  }
}

export function isWebhookFault(kind: string): kind is WebhookFaultKind {
  return (WEBHOOK_FAULTS as readonly string[]).includes(kind);
}

function isCallFault(kind: string): kind is CallFaultKind {
  return (CALL_FAULTS as readonly string[]).includes(kind);
}

/** `{id}` and `:id` stand for one path segment, `*` for everything. */
function operationMatches(pattern: string, operation: string): boolean {
  if (pattern === '*' || pattern === operation) return true;
  const source = pattern
    .split('/')
    .map((part) => (/^(?:\{.+\}|:.+)$/.test(part) ? '[^/]+' : part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')))
    .join('/');
  return new RegExp(`^${source}$`).test(operation);
}
