import type { SandboxClock } from './clock';
import type { FaultPlan, FaultProvider } from './faults';
import { Table } from './table';

export interface WebhookTarget {
  url: string;
  secret: string;
}

/** One addressee of webhooks: how its requests are signed and which faults meet them. */
export interface WebhookChannel {
  name: string;
  faultProvider: FaultProvider;
  timeoutMs: number;
  target: WebhookTarget | undefined;
  /** @param atSeconds real time of this attempt, seconds since the epoch */
  sign(body: string, secret: string, atSeconds: number): Record<string, string>;
}

export interface WebhookDelivery {
  id: string;
  channel: string;
  eventId: string;
  type: string;
  body: string;
  state: 'pending' | 'delivered' | 'dropped' | 'given_up';
  attempts: number;
  /** Real milliseconds since the epoch. */
  nextAttemptAtMs: number;
  lastStatus: number | null;
  lastError: string | null;
  createdAtMs: number;
}

/** Real seconds between attempts; after the last one the webhook is given up. */
const BACKOFF_SECONDS = [1, 3, 10, 30, 60, 120, 300, 600, 600, 600, 600];
const KEPT_DELIVERIES = 1_000;
const SHUFFLE_WINDOW_MS = 250;

/**
 * Delivers webhooks one after the other per channel, in the order they were made, with retries until a 2xx. A retry
 * waits aside and does not hold up the ones behind it. Deliveries survive a restart through the snapshot.
 */
export class WebhookSender {
  readonly deliveries: Table<WebhookDelivery>;
  private readonly channels = new Map<string, WebhookChannel>();
  /** The attempt under way of each busy channel. */
  private readonly busy = new Map<string, Promise<void>>();
  private readonly pending = new Map<string, WebhookDelivery>();
  private shuffled: WebhookDelivery[] = [];
  private timer: NodeJS.Timeout | undefined;
  private shuffleTimer: NodeJS.Timeout | undefined;
  private idleWaiters: Array<() => void> = [];
  private readonly stop = new AbortController();
  private sequence = 0;

  constructor(
    private readonly clock: SandboxClock,
    private readonly faults: FaultPlan,
    private readonly changed: () => void,
  ) {
    this.deliveries = new Table<WebhookDelivery>(changed);
  }

  addChannel(channel: WebhookChannel): void {
    this.channels.set(channel.name, channel);
  }

  setTarget(channelName: string, target: WebhookTarget | undefined): void {
    const channel = this.channels.get(channelName);
    if (!channel) throw new Error(`no webhook channel ${channelName}`);
    channel.target = target;
    this.pump();
  }

  hasTarget(channelName: string): boolean {
    return this.channels.get(channelName)?.target !== undefined;
  }

  /**
   * Queues one webhook; without a target nothing is sent.
   *
   * @param causeKey what names the event across runs (its own id is random); decides its random faults
   */
  send(channelName: string, event: { id: string; type: string; body: string }, causeKey: string): void {
    const channel = this.channels.get(channelName);
    if (!channel?.target) return;
    const fault = this.faults.forWebhook(channel.faultProvider, event.type, causeKey);
    const first = this.add(channelName, event, fault.delayMs);
    if (fault.drop) {
      this.finish(first, 'dropped');
      return;
    }
    if (fault.shuffle) this.holdForShuffle(first);
    if (fault.double) this.add(channelName, event, fault.delayMs);
    this.pump();
  }

  /** Resolves when no delivery is waiting, being retried or under way. */
  async drain(): Promise<void> {
    if (this.isIdle) return;
    await new Promise<void>((resolve) => this.idleWaiters.push(resolve));
  }

  /** Goes on with what a snapshot brought back. */
  resume(): void {
    for (const delivery of this.deliveries.all()) {
      this.sequence = Math.max(this.sequence, Number(delivery.id));
      if (delivery.state === 'pending') this.pending.set(delivery.id, delivery);
    }
    this.pump();
  }

  /** Breaks off what is under way; the next start goes on with it, if there is a snapshot. */
  async close(): Promise<void> {
    this.stop.abort();
    clearTimeout(this.timer);
    clearTimeout(this.shuffleTimer);
    for (const waiter of this.idleWaiters.splice(0)) waiter();
    await Promise.all(this.busy.values());
  }

  private add(
    channel: string,
    event: { id: string; type: string; body: string },
    delayMs: number,
  ): WebhookDelivery {
    this.sequence += 1;
    const delivery: WebhookDelivery = {
      id: String(this.sequence),
      channel,
      eventId: event.id,
      type: event.type,
      body: event.body,
      state: 'pending',
      attempts: 0,
      nextAttemptAtMs: this.clock.realMs() + delayMs,
      lastStatus: null,
      lastError: null,
      createdAtMs: this.clock.realMs(),
    };
    this.pending.set(delivery.id, delivery);
    return this.deliveries.put(delivery);
  }

  /** Collects what is to be shuffled for a moment, then lets it go in reverse order. */
  private holdForShuffle(delivery: WebhookDelivery): void {
    this.pending.delete(delivery.id);
    this.shuffled.push(delivery);
    this.shuffleTimer ??= setTimeout(() => {
      this.shuffleTimer = undefined;
      for (const held of this.shuffled.splice(0).toReversed()) this.pending.set(held.id, held);
      this.pump();
    }, SHUFFLE_WINDOW_MS);
  }

  private pump(): void {
    if (this.stop.signal.aborted) return;
    for (const channel of this.channels.values()) {
      if (this.busy.has(channel.name) || !channel.target) continue;
      const due = this.nextDue(channel.name);
      if (!due) continue;
      const attempt = this.attempt(channel, channel.target, due).finally(() => {
        this.busy.delete(channel.name);
        this.pump();
      });
      this.busy.set(channel.name, attempt);
    }
    this.wakeForNext();
    if (this.isIdle) for (const waiter of this.idleWaiters.splice(0)) waiter();
  }

  private get isIdle(): boolean {
    return this.pending.size === 0 && this.shuffled.length === 0;
  }

  private nextDue(channelName: string): WebhookDelivery | undefined {
    const now = this.clock.realMs();
    for (const delivery of this.pending.values()) {
      if (delivery.channel === channelName && delivery.nextAttemptAtMs <= now) return delivery;
    }
    return undefined;
  }

  private wakeForNext(): void {
    clearTimeout(this.timer);
    let earliest = Number.POSITIVE_INFINITY;
    for (const delivery of this.pending.values()) {
      if (!this.hasTarget(delivery.channel) || this.busy.has(delivery.channel)) continue;
      earliest = Math.min(earliest, delivery.nextAttemptAtMs);
    }
    if (earliest === Number.POSITIVE_INFINITY) return;
    this.timer = setTimeout(() => this.pump(), Math.max(0, earliest - this.clock.realMs()));
  }

  private async attempt(
    channel: WebhookChannel,
    target: WebhookTarget,
    delivery: WebhookDelivery,
  ): Promise<void> {
    delivery.attempts += 1;
    try {
      const response = await fetch(target.url, {
        method: 'POST',
        redirect: 'manual',
        headers: {
          'content-type': 'application/json; charset=utf-8',
          ...channel.sign(delivery.body, target.secret, Math.floor(this.clock.realMs() / 1_000)),
        },
        body: delivery.body,
        signal: AbortSignal.any([this.stop.signal, AbortSignal.timeout(channel.timeoutMs)]),
      });
      await response.arrayBuffer();
      delivery.lastStatus = response.status;
      delivery.lastError = null;
      if (response.ok) return this.finish(delivery, 'delivered');
    } catch (error) {
      delivery.lastStatus = null;
      delivery.lastError = describe(error);
    }
    if (this.stop.signal.aborted) return this.rememberInterrupted(delivery);
    const waitSeconds = BACKOFF_SECONDS[delivery.attempts - 1];
    if (waitSeconds === undefined) return this.finish(delivery, 'given_up');
    delivery.nextAttemptAtMs = this.clock.realMs() + waitSeconds * 1_000;
    this.deliveries.put(delivery);
  }

  /** An attempt cut by the sandbox's own stop does not count; the next start repeats it. */
  private rememberInterrupted(delivery: WebhookDelivery): void {
    delivery.attempts -= 1;
    this.deliveries.put(delivery);
  }

  private finish(delivery: WebhookDelivery, state: WebhookDelivery['state']): void {
    delivery.state = state;
    this.pending.delete(delivery.id);
    this.deliveries.put(delivery);
    if (this.deliveries.size > KEPT_DELIVERIES * 1.2 && this.pending.size < KEPT_DELIVERIES) this.forgetOld();
    this.changed();
  }

  private forgetOld(): void {
    for (const delivery of this.deliveries.all().slice(0, -KEPT_DELIVERIES)) {
      if (delivery.state !== 'pending') this.deliveries.delete(delivery.id);
    }
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
