import type { Answer } from '../support/http-client';
import { Random } from '../support/random';
import type { Person, SessionSummary } from '../support/world';
import { AttendanceOperations, begunBy } from './attendance-operations';
import { BankOperations } from './bank-operations';
import { Caller } from './caller';
import { PackageOperations } from './package-operations';
import { PayingOperations } from './paying-operations';
import { ReschedulingOperations } from './rescheduling-operations';
import { SeriesOperations } from './series-operations';
import { HOUR_MS, type Booked, type Surroundings } from './surroundings';

/** Most acts meet a session that they suit; the rest meet any, so that refusals are met too. */
const SUITABLE = 0.85;
/** Who pays does so soon; what is older waits for its hold to end. */
const NEWEST = 30;
const PATIENT = 0.8;
/** From this act on each storm has a dispute, as soon as there is something to dispute. */
const FIRST_DISPUTE = 60;

const CHOICES = [{}, { refund: 'none' }, { refund: 'partial', percent: 33 }, { refund: 'full' }];

const WEIGHTS = {
  bookPaid: 9,
  bookFree: 4,
  bookLater: 4,
  pay: 9,
  payByLink: 4,
  cancel: 3,
  cancelByQuote: 2,
  refund: 3,
  move: 4,
  propose: 4,
  answer: 4,
  series: 4,
  attend: 6,
  package: 7,
  bank: 0,
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
  readonly bank: BankOperations;
  private readonly attendance: AttendanceOperations;
  private readonly caller: Caller;
  private readonly packages: PackageOperations;
  private readonly paying: PayingOperations;
  private readonly rescheduling: ReschedulingOperations;
  private readonly series: SeriesOperations;

  constructor(private readonly around: Surroundings) {
    this.caller = new Caller(around);
    this.bank = new BankOperations(around, this.caller);
    this.paying = new PayingOperations(around, this.caller);
    this.rescheduling = new ReschedulingOperations(around, this.caller);
    this.attendance = new AttendanceOperations(this.caller, this.rescheduling);
    this.packages = new PackageOperations(around, this.caller, this.paying);
    this.series = new SeriesOperations(around, this.caller);
  }

  async perform(number: number): Promise<void> {
    const random = new Random(Math.imul(this.around.seed + 1, 1_000_003) + number);
    const operation = random.weighted({ ...WEIGHTS, bank: this.around.bankActs });
    if (operation === 'series') return this.series.perform(random);
    if (operation === 'package') {
      const booked = await this.packages.perform(random);
      if (booked !== undefined) this.booked.push(booked);
      return;
    }
    if (operation === 'bank' || (number > FIRST_DISPUTE && this.bank.disputed === 0))
      return this.bank.perform(random, this.paid);
    if (operation === 'payByLink')
      return this.paying.byLink(random, random.pick(random.pick(this.around.practices).clientsWithCard));
    if (operation === 'answer') return this.rescheduling.answer(random);
    if (operation === 'attend')
      return this.attendance.perform(random, begunBy(this.booked, this.around.now()));
    const booked = this.pick(random, operation);
    if (operation === 'bookLater') return this.book(random, 'pay_later');
    if (operation === 'bookFree') return this.book(random, 'free');
    if (operation === 'bookPaid' || booked === undefined) return this.book(random, 'card');
    const byCoach = random.next() < 0.5;
    const who = byCoach ? booked.practice.coach : booked.client;
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
      case 'move':
        return this.rescheduling.move(random, booked);
      case 'propose':
        return this.rescheduling.propose(random, booked);
      case 'prepare':
        return this.prepare(random, booked);
      case 'note': {
        const body = { kind: 'preparation', visibility: 'private', body: `storm ${number}` };
        const by = booked.practice.coach;
        const call = { operation: 'note', by, method: 'POST', path: `${path}/notes`, body };
        await this.caller.send(random, { ...call, sessionId: session.id, effect: session.id });
        return;
      }
      case 'list':
        await this.read(random, 'list', who, '/v1/sessions?view=all');
        return;
      case 'read':
        await this.read(random, 'read', who, path);
    }
  }

  /** What can be disputed: paid, as the clients know it. */
  get paid(): Booked[] {
    return this.suitable('refund');
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
    const { body } = await this.read(random, 'read', client, `/v1/sessions/${session.id}`);
    return body['status'] === 'held' && random.next() < PATIENT;
  }

  private async book(random: Random, funding: 'free' | 'card' | 'pay_later'): Promise<void> {
    const practice = random.pick(this.around.practices);
    const client = random.pick(funding === 'pay_later' ? practice.clientsWithCard : practice.clients);
    const offering = { free: practice.free, card: practice.paid, pay_later: practice.later }[funding];
    const { firstStart, hours } = this.around;
    const startsAt = new Date(firstStart.getTime() + random.below(hours) * HOUR_MS);
    const answer = await this.caller.send(random, {
      operation: 'book',
      by: client,
      method: 'POST',
      path: '/v1/sessions',
      body: {
        offeringId: offering.id,
        startsAt: startsAt.toISOString(),
        funding,
        acceptedPolicyId: offering.policyId,
      },
      effect: `${client.accountId} at ${startsAt.toISOString()}`,
    });
    if (answer.status !== 201) return;
    const session = answer.body as unknown as SessionSummary;
    // What is paid later is nobody's to pay now.
    const isPaid = funding === 'pay_later' && session.payment !== null;
    this.booked.push({ session, practice, client, startsAt, isPaid, isCancelled: false });
  }

  private async cancel(random: Random, booked: Booked, byCoach: boolean, byQuote: boolean): Promise<void> {
    if (await this.isAwaited(random, booked)) return;
    const by = byCoach ? booked.practice.coach : booked.client;
    const { id } = booked.session;
    const path = `/v1/sessions/${id}`;
    // A client follows the policy; a coach may choose.
    let wish: unknown = byCoach ? random.pick(CHOICES) : {};
    if (byQuote) {
      const call = {
        operation: 'quote',
        by,
        method: 'POST',
        path: `${path}/cancellation-quotes`,
        body: wish,
      };
      const quote = await this.caller.send(random, { ...call, sessionId: id });
      if (quote.status !== 201) return;
      wish = { quoteId: quote.body['id'] };
    }
    const call = { operation: 'cancel', by, method: 'POST', path: `${path}/cancel`, body: wish };
    const answer = await this.caller.send(random, { ...call, sessionId: id, effect: id });
    if (answer.status === 200) booked.isCancelled = true;
  }

  private async pay(random: Random, booked: Booked): Promise<void> {
    const { session, client } = booked;
    const { id, payment } = session;
    if (payment === null) return;
    const isPaid = await this.paying.pay(random, {
      paymentId: payment.id,
      client,
      path: `/v1/sessions/${id}`,
      clientSecret: payment.clientSecret ?? null,
      sessionId: id,
    });
    if (isPaid) booked.isPaid = true;
  }

  private async refund(random: Random, booked: Booked): Promise<void> {
    if (await this.isAwaited(random, booked)) return;
    const { session, practice } = booked;
    const amount = { amount: 1 + random.below(4_000), currency: 'EUR' };
    const path = `/v1/payments/${session.payment?.id}/refunds`;
    const call = { operation: 'refund', by: practice.coach, method: 'POST', path };
    const body = { amount, note: 'goodwill' };
    const effect = `${session.id} ${amount.amount}`;
    await this.caller.send(random, { ...call, body, sessionId: session.id, effect });
  }

  private async prepare(random: Random, { session, client }: Booked): Promise<void> {
    const focus = `storm ${random.below(1_000_000)}`;
    const path = `/v1/sessions/${session.id}/preparation`;
    const call = { operation: 'prepare', by: client, method: 'PUT', path, body: { focus } };
    const answer = await this.caller.send(random, { ...call, sessionId: session.id });
    if (answer.status >= 300) return;
    const words = this.preparations.get(session.id) ?? new Set<string>();
    this.preparations.set(session.id, words.add(focus));
  }

  private read(random: Random, operation: string, by: Person, path: string): Promise<Answer> {
    return this.caller.send(random, { operation, by, method: 'GET', path });
  }
}
