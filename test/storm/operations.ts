import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { HttpClient, type Answer } from '../support/http-client';
import { Random } from '../support/random';
import type { ClientWorld, CoachWorld, SessionSummary } from '../support/world';
import type { History } from './history';

export interface Offering {
  id: string;
  policyId: string;
}

export interface Practice {
  coach: CoachWorld;
  clients: ClientWorld[];
  paid: Offering;
  free: Offering;
}

export interface Surroundings {
  seed: number;
  practices: readonly Practice[];
  /** Hours from the first start on that bookings are spread over; few enough that they meet each other. */
  hours: number;
  firstStart: Date;
  apiUrls: readonly string[];
  consoleUrl: string;
  history: History;
}

interface Booked {
  session: SessionSummary;
  practice: Practice;
  client: ClientWorld;
  /** As the callers know it. */
  isPaid: boolean;
  isCancelled: boolean;
}

const HOUR_MS = 3_600_000;
const MOST_TRIES = 60;
/** Most acts meet a session that they suit; the rest meet any, so that refusals are met too. */
const SUITABLE = 0.85;
/** Who pays does so soon; what is older waits for its hold to end. */
const NEWEST = 30;
const PATIENT = 0.8;

const CHOICES = [{}, { refund: 'none' }, { refund: 'partial', percent: 33 }, { refund: 'full' }];

const WEIGHTS = {
  bookPaid: 9,
  bookFree: 2,
  pay: 9,
  cancel: 3,
  cancelByQuote: 2,
  refund: 3,
  prepare: 1,
  note: 1,
  list: 1,
  read: 1,
};

/** What coaches and clients do, each act drawn from the seed and its number. */
export class Operations {
  private readonly booked: Booked[] = [];
  /** Words that each session's client was told are stored. */
  readonly preparations = new Map<string, Set<string>>();

  constructor(private readonly around: Surroundings) {}

  async perform(number: number): Promise<void> {
    const random = new Random(Math.imul(this.around.seed + 1, 1_000_003) + number);
    const operation = random.weighted(WEIGHTS);
    const isBooking = operation === 'bookPaid' || operation === 'bookFree';
    const booked = this.pick(random, operation);
    if (isBooking || booked === undefined) return this.book(random, operation === 'bookFree');
    const byCoach = random.next() < 0.5;
    const who = byCoach ? booked.practice.coach.http : booked.client.http;
    const { session } = booked;
    const path = `/v1/sessions/${session.id}`;
    switch (operation) {
      case 'pay':
        return this.pay(random, booked);
      case 'cancel':
      case 'cancelByQuote':
        return this.cancel(random, booked, byCoach, operation === 'cancelByQuote');
      case 'refund':
        return this.refund(random, booked);
      case 'prepare':
        return this.prepare(random, booked);
      case 'note': {
        const note = { kind: 'preparation', visibility: 'private', body: `storm ${number}` };
        await this.call(
          random,
          'note',
          booked.practice.coach.http,
          'POST',
          `${path}/notes`,
          note,
          session.id,
        );
        return;
      }
      case 'list':
        await this.call(random, 'list', who, 'GET', '/v1/sessions?view=all', undefined);
        return;
      case 'read':
        await this.call(random, 'read', who, 'GET', path, undefined, session.id);
    }
  }

  private pick(random: Random, operation: keyof typeof WEIGHTS): Booked | undefined {
    const suitable = random.next() < SUITABLE ? this.suitable(operation) : this.booked;
    return suitable.length === 0 ? undefined : random.pick(suitable);
  }

  private suitable(operation: keyof typeof WEIGHTS): Booked[] {
    const isUnpaid = ({ session, isPaid }: Booked): boolean => session.payment !== null && !isPaid;
    if (operation === 'pay') return this.booked.slice(-NEWEST).filter(isUnpaid);
    const alive = this.booked.filter((booked) => !booked.isCancelled && !isUnpaid(booked));
    return operation === 'refund' ? alive.filter(({ isPaid }) => isPaid) : alive;
  }

  /** Who pays waits for the confirmation, mostly, before they change their mind. */
  private async isAwaited(random: Random, { session, client }: Booked): Promise<boolean> {
    const path = `/v1/sessions/${session.id}`;
    const { body } = await this.call(random, 'read', client.http, 'GET', path, undefined, session.id);
    return body['status'] === 'held' && random.next() < PATIENT;
  }

  private async book(random: Random, isFree: boolean): Promise<void> {
    const practice = random.pick(this.around.practices);
    const client = random.pick(practice.clients);
    const offering = isFree ? practice.free : practice.paid;
    const startsAt = new Date(this.around.firstStart.getTime() + random.below(this.around.hours) * HOUR_MS);
    const answer = await this.call(random, 'book', client.http, 'POST', '/v1/sessions', {
      offeringId: offering.id,
      startsAt: startsAt.toISOString(),
      funding: isFree ? 'free' : 'card',
      acceptedPolicyId: offering.policyId,
    });
    if (answer.status === 201)
      this.booked.push({
        session: answer.body as unknown as SessionSummary,
        practice,
        client,
        isPaid: false,
        isCancelled: false,
      });
  }

  private async cancel(random: Random, booked: Booked, byCoach: boolean, byQuote: boolean): Promise<void> {
    if (await this.isAwaited(random, booked)) return;
    const { http } = byCoach ? booked.practice.coach : booked.client;
    const { id } = booked.session;
    const path = `/v1/sessions/${id}`;
    // A client follows the policy; a coach may choose.
    let wish: unknown = byCoach ? random.pick(CHOICES) : {};
    if (byQuote) {
      const quote = await this.call(random, 'quote', http, 'POST', `${path}/cancellation-quotes`, wish, id);
      if (quote.status !== 201) return;
      wish = { quoteId: quote.body['id'] };
    }
    const answer = await this.call(random, 'cancel', http, 'POST', `${path}/cancel`, wish, id);
    if (answer.status === 200) booked.isCancelled = true;
  }

  /** Card or bank, sometimes declined; where Stripe was away at the booking, the secret is asked for again. */
  private async pay(random: Random, booked: Booked): Promise<void> {
    const { session, client } = booked;
    const secret = session.payment?.clientSecret ?? (await this.secretOf(random, session, client));
    if (secret === undefined) return;
    const paymentMethod = random.weighted({
      pm_card_visa: 8,
      pm_card_chargeDeclined: 1,
      pm_sandbox_processing: 1,
    });
    const intentId = secret.split('_secret_')[0];
    const answer = await fetch(
      `${this.around.consoleUrl}/sandbox/stripe/payment-intents/${intentId}/confirm`,
      {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ paymentMethod }),
      },
    );
    await answer.text();
    this.around.history.add({ operation: 'pay', status: answer.status, sessionId: session.id });
    if (answer.ok) booked.isPaid = true;
  }

  private async secretOf(
    random: Random,
    session: SessionSummary,
    client: ClientWorld,
  ): Promise<string | undefined> {
    const path = `/v1/sessions/${session.id}`;
    const { body } = await this.call(random, 'read', client.http, 'GET', path, undefined, session.id);
    const secret = (body as unknown as SessionSummary).payment?.clientSecret;
    return typeof secret === 'string' ? secret : undefined;
  }

  private async refund(random: Random, booked: Booked): Promise<void> {
    if (await this.isAwaited(random, booked)) return;
    const { session, practice } = booked;
    const amount = { amount: 1 + random.below(4_000), currency: 'EUR' };
    const path = `/v1/payments/${session.payment?.id}/refunds`;
    const goodwill = { amount, note: 'goodwill' };
    await this.call(random, 'refund', practice.coach.http, 'POST', path, goodwill, session.id);
  }

  private async prepare(random: Random, { session, client }: Booked): Promise<void> {
    const focus = `storm ${random.below(1_000_000)}`;
    const path = `/v1/sessions/${session.id}/preparation`;
    const answer = await this.call(random, 'prepare', client.http, 'PUT', path, { focus }, session.id);
    if (answer.status >= 300) return;
    const words = this.preparations.get(session.id) ?? new Set<string>();
    this.preparations.set(session.id, words.add(focus));
  }

  /** Without an answer the same call is sent again under the same key, as a careful program does. */
  private async call(
    random: Random,
    operation: string,
    http: HttpClient,
    method: string,
    path: string,
    body: unknown,
    sessionId?: string,
  ): Promise<Answer> {
    const { history } = this.around;
    const key = randomUUID();
    for (let attempt = 1; attempt <= MOST_TRIES; attempt += 1) {
      const caller = new HttpClient(random.pick(this.around.apiUrls), http.accessToken);
      const answer = await caller
        .send<Record<string, unknown>>(method, path, body, { 'idempotency-key': key })
        .catch(() => undefined);
      const stillRunning = answer?.status === 409 && answer.body['code'] === 'idempotency.in_progress';
      if (answer !== undefined && answer.status !== 503 && !stillRunning) {
        history.add({
          operation,
          status: answer.status,
          ...textsOf({ sessionId, madeId: answer.body?.['id'], code: answer.body?.['code'] }),
        });
        return answer;
      }
      history.repeats += 1;
      await delay(100 + random.below(200));
    }
    history.add({ operation, status: 0, ...textsOf({ sessionId }) });
    return { status: 0, headers: new Headers(), body: {} };
  }
}

function textsOf<K extends string>(fields: Record<K, unknown>): Partial<Record<K, string>> {
  const texts = Object.entries(fields).filter(([, value]) => typeof value === 'string');
  return Object.fromEntries(texts) as Partial<Record<K, string>>;
}
