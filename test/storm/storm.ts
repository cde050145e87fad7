import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '@app/database';
import { HttpClient, type Answer } from '../support/http-client';
import { AppProcess } from '../support/processes';
import { Random } from '../support/random';
import type { TestApp } from '../support/test-app';
import { World, type ClientWorld, type CoachWorld, type SessionSummary } from '../support/world';

export interface StormSize {
  coaches: number;
  clientsPerCoach: number;
  operations: number;
  /** Calls under way at a time. */
  parallel: number;
  /** A process is killed after so many operations. */
  operationsPerKill: number;
}

export const SIZES: Record<'small' | 'full', StormSize> = {
  small: { coaches: 2, clientsPerCoach: 3, operations: 220, parallel: 6, operationsPerKill: 30 },
  full: { coaches: 10, clientsPerCoach: 8, operations: 3_000, parallel: 16, operationsPerKill: 50 },
};

interface Practice {
  coach: CoachWorld;
  clients: ClientWorld[];
  paid: { id: string; policyId: string };
  free: { id: string; policyId: string };
}

/** One call as the caller saw it. `status` 0: no answer, so it may have happened or not. */
export interface HistoryEntry {
  operation: string;
  sessionId?: string;
  status: number;
  code?: string;
}

const FIRST_DAY = Date.parse('2027-06-07T00:00:00Z');
const HOUR_MS = 3_600_000;
const MOST_TRIES = 40;

/** Two api processes and a worker that are killed at random, in front of a sandbox that misbehaves: one seed decides. */
export class Storm {
  readonly history: HistoryEntry[] = [];
  kills = 0;
  private readonly random: Random;
  private readonly practices: Practice[] = [];
  private readonly sessions: { session: SessionSummary; practice: Practice; client: ClientWorld }[] = [];
  private processes: AppProcess[] = [];
  private restarting: Promise<void> = Promise.resolve();

  constructor(
    private readonly app: TestApp,
    private readonly size: StormSize,
    private readonly seed: number,
  ) {
    this.random = new Random(seed);
  }

  async prepare(): Promise<void> {
    const world = new World(this.app);
    for (let index = 0; index < this.size.coaches; index += 1) {
      const coach = await world.coach({ payouts: true, zoom: true });
      const clients: ClientWorld[] = [];
      for (let number = 0; number < this.size.clientsPerCoach; number += 1)
        clients.push(await world.client(coach));
      this.practices.push({
        coach,
        clients,
        paid: await world.offering(coach, { name: 'Paid', durationMinutes: 60 }),
        free: await world.offering(coach, { name: 'Free', durationMinutes: 30, priceMinor: 0 }),
      });
    }
    const environment = {
      ...this.app.environment,
      LOG_LEVEL: 'error',
      SWEEP_SECONDS: '1',
      REDRIVE_AFTER_SECONDS: '4',
      RELAY_POLL_MS: '200',
    };
    this.processes = [
      new AppProcess('api', await freePort(), environment),
      new AppProcess('api', await freePort(), environment),
      new AppProcess('worker', await freePort(), environment),
    ];
    await Promise.all(this.processes.map((process) => process.start()));
    const [api] = this.processes;
    this.app.sandbox.setStripeWebhook({
      url: `${api?.url}/webhooks/stripe`,
      secret: String(this.app.environment['STRIPE_WEBHOOK_SECRETS']),
    });
  }

  async rage(): Promise<void> {
    await this.setFaults({
      seed: this.seed,
      rates: { timeout_after_commit: 0.05, server_error: 0.05, rate_limit: 0.04, reset: 0.03, slow: 0.03 },
      webhooks: { double: 0.2, delay: 0.1, drop: 0.05, shuffle: 0.2 },
      slowMs: 300,
      delayMs: 500,
    });
    let started = 0;
    const lane = async (): Promise<void> => {
      while (started < this.size.operations) {
        started += 1;
        if (started % this.size.operationsPerKill === 0) this.killOne();
        await this.operate();
      }
    };
    await Promise.all(Array.from({ length: this.size.parallel }, lane));
    await this.restarting;
  }

  /** Faults end, time passes every hold; then everything must come to rest by itself. */
  async settle(isAtRest: () => Promise<boolean>, mostMs: number): Promise<void> {
    await this.setFaults({ seed: this.seed, rates: {}, webhooks: {} });
    await this.app.sandbox.advanceClock(20 * 60);
    const until = Date.now() + mostMs;
    while (Date.now() < until) {
      if (await isAtRest()) return;
      await delay(250);
    }
    throw new Error(
      `The system did not come to rest.\n${this.processes.map((process) => process.log).join('\n')}`,
    );
  }

  async stop(): Promise<void> {
    await Promise.all(this.processes.map((process) => process.stop()));
  }

  get logs(): string {
    return this.processes.map((process) => process.log).join('\n');
  }

  private async setFaults(plan: unknown): Promise<void> {
    const answer = await fetch(`${this.app.sandbox.urls.console}/sandbox/faults/random`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(plan),
    });
    if (!answer.ok) throw new Error(`The sandbox refused the faults: ${await answer.text()}`);
  }

  private killOne(): void {
    const victim = this.random.pick(this.processes);
    this.kills += 1;
    this.restarting = this.restart(victim, this.restarting);
  }

  /** One after the other, so that one api is always there. */
  private async restart(victim: AppProcess, before: Promise<void>): Promise<void> {
    await before;
    await victim.kill();
    await victim.start();
  }

  private async operate(): Promise<void> {
    const operation = this.random.weighted({
      bookPaid: 6,
      bookFree: 3,
      pay: 6,
      cancel: 4,
      cancelByQuote: 2,
      refund: 1,
      prepare: 1,
      list: 1,
      read: 1,
    });
    const known = this.sessions.length === 0 ? undefined : this.random.pick(this.sessions);
    if (operation === 'bookPaid' || operation === 'bookFree' || known === undefined) {
      return this.book(operation === 'bookFree');
    }
    const { session, practice, client } = known;
    const who = this.random.next() < 0.5 ? practice.coach.http : client.http;
    switch (operation) {
      case 'pay':
        return this.pay(session);
      case 'cancel':
        await this.call('cancel', who, 'POST', `/v1/sessions/${session.id}/cancel`, {}, session.id);
        return;
      case 'cancelByQuote': {
        const quote = await this.call(
          'quote',
          who,
          'POST',
          `/v1/sessions/${session.id}/cancellation-quotes`,
          {},
          session.id,
        );
        if (quote.status !== 201) return;
        await this.call(
          'cancel',
          who,
          'POST',
          `/v1/sessions/${session.id}/cancel`,
          { quoteId: quote.body['id'] },
          session.id,
        );
        return;
      }
      case 'refund':
        if (session.payment === null) return;
        await this.call(
          'refund',
          practice.coach.http,
          'POST',
          `/v1/payments/${session.payment.id}/refunds`,
          { amount: { amount: 100 + this.random.below(9_000), currency: 'EUR' }, note: 'goodwill' },
          session.id,
        );
        return;
      case 'prepare':
        await this.call(
          'prepare',
          client.http,
          'PUT',
          `/v1/sessions/${session.id}/preparation`,
          { focus: `storm ${this.random.below(1_000)}` },
          session.id,
        );
        return;
      case 'list':
        await this.call('list', who, 'GET', '/v1/sessions?view=all', undefined);
        return;
      case 'read':
        await this.call('read', who, 'GET', `/v1/sessions/${session.id}`, undefined, session.id);
    }
  }

  private async book(isFree: boolean): Promise<void> {
    const practice = this.random.pick(this.practices);
    const client = this.random.pick(practice.clients);
    const offering = isFree ? practice.free : practice.paid;
    // Few enough starts that bookings meet each other.
    const startsAt = new Date(FIRST_DAY + this.random.below(120) * HOUR_MS).toISOString();
    const answer = await this.call('book', client.http, 'POST', '/v1/sessions', {
      offeringId: offering.id,
      startsAt,
      funding: isFree ? 'free' : 'card',
      acceptedPolicyId: offering.policyId,
    });
    if (answer.status === 201)
      this.sessions.push({ session: answer.body as unknown as SessionSummary, practice, client });
  }

  private async pay(session: SessionSummary): Promise<void> {
    const secret = session.payment?.clientSecret;
    if (typeof secret !== 'string') return;
    const intentId = secret.split('_secret_')[0];
    const method = this.random.next() < 0.1 ? 'pm_card_chargeDeclined' : 'pm_card_visa';
    const answer = await fetch(
      `${this.app.sandbox.urls.console}/sandbox/stripe/payment-intents/${intentId}/confirm`,
      {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ paymentMethod: method }),
      },
    );
    await answer.text();
  }

  /** Without an answer the same call is sent again under the same key, as a careful program does. */
  private async call(
    operation: string,
    http: HttpClient,
    method: string,
    path: string,
    body: unknown,
    sessionId?: string,
  ): Promise<Answer> {
    const key = randomUUID();
    for (let attempt = 1; attempt <= MOST_TRIES; attempt += 1) {
      const api = this.processes[this.random.below(2)];
      const caller = new HttpClient(api?.url ?? '', http.accessToken);
      const answer = await caller
        .send<Record<string, unknown>>(method, path, body, { 'idempotency-key': key })
        .catch(() => undefined);
      const stillRunning = answer?.status === 409 && answer.body['code'] === 'idempotency.in_progress';
      if (answer !== undefined && answer.status !== 503 && !stillRunning) {
        const code = typeof answer.body?.['code'] === 'string' ? answer.body['code'] : undefined;
        this.history.push({
          operation,
          status: answer.status,
          ...(sessionId === undefined ? {} : { sessionId }),
          ...(code === undefined ? {} : { code }),
        });
        return answer;
      }
      await delay(100 + this.random.below(200));
    }
    this.history.push({ operation, status: 0 });
    return { status: 0, headers: new Headers(), body: {} };
  }
}
