import { setTimeout as delay } from 'node:timers/promises';
import { parsePublicId, publicId } from '@app/common';
import { freePort, sql } from '@app/database';
import { ProposalLinks } from '@app/sessions';
import { AppProcess } from '../support/processes';
import { Random } from '../support/random';
import { saveCard } from '../support/saved-cards';
import type { TestApp } from '../support/test-app';
import { World, type ClientWorld } from '../support/world';
import { History } from './history';
import { Killer } from './killer';
import { Operations } from './operations';
import { StripeDashboard } from './stripe-dashboard';
import { HOUR_MS, type Practice } from './surroundings';

export interface StormSize {
  coaches: number;
  clientsPerCoach: number;
  /** Hours that bookings are spread over. */
  hours: number;
  /** It goes on until both are reached, or the time is up. */
  operations: number;
  kills: number;
  /** Real; a restart takes long on a machine that is busy with other things. */
  longestMs: number;
  /** Operations under way at a time. */
  parallel: number;
  /** Most series of one coach at a time. */
  seriesPerCoach: number;
  /** Business days that pass in the midst of it, one at a time: sessions begin and end, offers run out, series go on. */
  days: number;
  /** Weight of what banks do: take payments back and decide on it. */
  bankActs: number;
}

const MINUTE_MS = 60_000;
/** What is promised on the slowest machine; until then it goes on, up to three times as long. */
export const FEWEST = { operations: 200, kills: 3 };

export const SIZES: Record<'small' | 'full', StormSize> = {
  small: {
    coaches: 2,
    clientsPerCoach: 6,
    hours: 96,
    operations: 300,
    kills: 6,
    longestMs: 40_000,
    parallel: 6,
    seriesPerCoach: 3,
    days: 3,
    bankActs: 1,
  },
  full: {
    coaches: 10,
    clientsPerCoach: 20,
    hours: 240,
    operations: 8_000,
    kills: 60,
    longestMs: 15 * MINUTE_MS,
    parallel: 16,
    seriesPerCoach: 4,
    days: 8,
    bankActs: 2,
  },
};

/** Shares of calls and of webhooks; `slow` and `delay` in real milliseconds. */
const FAULTS = {
  rates: { timeout_after_commit: 0.05, server_error: 0.05, rate_limit: 0.04, reset: 0.03, slow: 0.03 },
  webhooks: { double: 0.2, delay: 0.1, drop: 0.05, shuffle: 0.2 },
  slowMs: 300,
  delayMs: 3_000,
  // Pauses of 5 and 15 seconds: the next would be 45, and the longest part of the storm.
  mostPerMail: 2,
};

/** Minor units of EUR: most of them make Stripe round. */
const PRICES = [9_000, 8_999, 12_347, 4_501];
/** Saved by as many clients of each coach: two can be charged, one declines, one takes a while, one wants to be shown the client. */
const CARDS = [
  'pm_card_visa',
  'pm_card_visa',
  'pm_card_chargeCustomerFail',
  'pm_sandbox_processing',
  'pm_card_authenticationRequired',
];
/** Soon enough that some sessions are cancelled late. */
const FIRST_START = new Date('2027-06-01T12:00:00Z');
/** How long a mail may be under way, with the faults on. */
const LONGEST_MAIL_MS = 20_000;
const DAY_SECONDS = (24 * HOUR_MS) / 1_000;
/** A dispute of which nobody tells is asked about once a day; a hold is over before. */
const SETTLING_SECONDS = DAY_SECONDS + 3_600;
/** The worker looks for what is due once a second. */
const SWEEP_MS = 1_500;
/** People think between two acts; without it a worker on two cores falls behind, and sessions are given up unconfirmed. */
const LONGEST_THOUGHT_MS = 1_000;

/** What is still to be done, in words; nothing when all is at rest. */
export type OpenWork = () => Promise<string[]>;

/** Two api processes and a worker that are killed at random, in front of a sandbox that misbehaves: one seed decides. */
export class Storm {
  readonly history = new History();
  operations: Operations | undefined;
  started = 0;
  daysPassed = 0;
  /** Faults that the calls and webhooks of the storm met, by kind. */
  faults: Record<string, number> = {};
  /** How refunds of payments that a bank had were answered, by code. */
  refusals: unknown[] = [];
  /** Real seconds. */
  readonly phases = { rage: 0, settle: 0 };
  private readonly random: Random;
  private processes: AppProcess[] = [];
  private practices: Practice[] = [];
  private readonly world: World;
  private killer = new Killer([], new Random(0));
  /** Nobody begins anything while a day passes: their tokens would be out of date. */
  private nightfall: Promise<void> | undefined;
  private busy = 0;

  constructor(
    private readonly app: TestApp,
    private readonly size: StormSize,
    private readonly seed: number,
  ) {
    this.random = new Random(seed);
    this.world = new World(app);
  }

  async prepare(): Promise<void> {
    for (let index = 0; index < this.size.coaches; index += 1)
      this.practices.push(await this.practice(this.world, index));
    const environment = {
      ...this.app.environment,
      LOG_LEVEL: 'error',
      SWEEP_SECONDS: '1',
      REDRIVE_AFTER_SECONDS: '4',
      RELAY_POLL_MS: '200',
    };
    const apis = [
      new AppProcess('api', await freePort(), environment),
      new AppProcess('api', await freePort(), environment),
    ];
    this.processes = [...apis, new AppProcess('worker', await freePort(), environment)];
    await Promise.all(this.processes.map((process) => process.start()));
    this.killer = new Killer(this.processes, this.random);
    this.app.sandbox.setStripeWebhook({
      url: `${apis[0]?.url}/webhooks/stripe`,
      secret: String(this.app.environment['STRIPE_WEBHOOK_SECRETS']),
    });
    this.operations = new Operations({
      seed: this.seed,
      practices: this.practices,
      hours: this.size.hours,
      firstStart: FIRST_START,
      apiUrls: apis.map(({ url }) => url),
      consoleUrl: this.app.sandbox.urls.console,
      history: this.history,
      dashboard: new StripeDashboard(this.app),
      now: () => this.app.sandbox.now(),
      seriesOfPractice: this.size.seriesPerCoach,
      bankActs: this.size.bankActs,
      mailedLink: (client, coachId, proposalId) => this.mailedLink(client, coachId, proposalId),
      mailsTo: ({ email }) => this.app.sandbox.mailbox.to(email).map(({ text }) => text),
      beforeSeriesAct: () => this.killer.cutOff(),
    });
  }

  /** Only who has the mail has the link. */
  private async mailedLink(
    { email }: ClientWorld,
    coachId: string,
    proposalId: string,
  ): Promise<string | undefined> {
    const id = parsePublicId('proposal', proposalId) ?? '';
    const { pathname } = new URL(await this.app.api.get(ProposalLinks).linkOf(coachId, id));
    return this.app.sandbox.mailbox.to(email).some(({ text }) => text.includes(pathname))
      ? pathname
      : undefined;
  }

  private async practice(world: World, index: number): Promise<Practice> {
    const coach = await world.coach({ payouts: true, zoom: true });
    const clients = [];
    for (let number = 0; number < this.size.clientsPerCoach; number += 1)
      clients.push(await world.client(coach));
    const priceMinor = PRICES[index % PRICES.length] ?? 0;
    const fundingOptions = ['card', 'package'];
    const paid = await world.offering(coach, {
      name: 'Paid',
      durationMinutes: 60,
      priceMinor,
      fundingOptions,
    });
    const free = await world.offering(coach, { name: 'Free', durationMinutes: 30, priceMinor: 0 });
    const later = await world.offering(coach, {
      name: 'Later',
      durationMinutes: 45,
      priceMinor,
      fundingOptions: ['pay_later'],
      chargeTiming: index % 2 === 0 ? 'after_session' : 'free_cancellation_ends',
    });
    const clientsWithCard = clients.slice(0, CARDS.length);
    for (const [number, client] of clientsWithCard.entries())
      await saveCard(this.app, client, later.policyId, CARDS[number]);
    const sold = await coach.http.post<{ id: string }>('/v1/packages', {
      name: 'Three sessions',
      sessionCount: 3,
      // Three do not share it evenly.
      price: { amount: 2 * priceMinor + 1, currency: 'EUR' },
      offeringIds: [paid.id],
      validityDays: 5,
    });
    if (sold.status !== 201) throw new Error(`No package: ${sold.status}`);
    return { coach, clients, paid, free, later, clientsWithCard, packageId: sold.body.id };
  }

  async rage(): Promise<void> {
    const began = Date.now();
    const before = { ...this.app.sandbox.faults.met };
    this.app.sandbox.faults.setRandom({ seed: this.seed, ...FAULTS });
    let isBroken = false;
    const isOver = (): boolean =>
      isBroken ||
      (this.started >= this.size.operations && this.killed >= this.size.kills) ||
      Date.now() - began > this.size.longestMs * (this.hasMetFewest() ? 1 : 3);
    const lane = async (): Promise<void> => {
      while (!isOver()) {
        await this.nightfall;
        this.started += 1;
        const number = this.started;
        this.busy += 1;
        await this.operations?.perform(number).finally(() => (this.busy -= 1));
        await delay(new Random(number).below(LONGEST_THOUGHT_MS));
      }
    };
    const work = [
      this.killer.keepKilling(isOver),
      this.letDaysPass(isOver),
      ...Array.from({ length: this.size.parallel }, lane),
    ].map((part) =>
      part.catch((error: unknown) => {
        isBroken = true;
        throw error;
      }),
    );
    // Nobody may still be at work when the processes are stopped.
    await Promise.allSettled(work);
    await Promise.all(work);
    const { met } = this.app.sandbox.faults;
    this.faults = Object.fromEntries(
      Object.entries(met).map(([kind, count]) => [kind, count - (before[kind] ?? 0)]),
    );
    this.phases.rage = secondsSince(began);
  }

  private hasMetFewest(): boolean {
    return this.started >= FEWEST.operations && this.killed >= FEWEST.kills;
  }

  get kills(): Killer['kills'] {
    return this.killer.kills;
  }

  get killed(): number {
    return this.killer.killed;
  }

  /** One after another, at even parts of the storm; the worker dies as the first work of the new day comes up. */
  private async letDaysPass(isOver: () => boolean): Promise<void> {
    const began = Date.now();
    for (let day = 1; day <= this.size.days; day += 1) {
      const part = day / (this.size.days + 1);
      const isDue = (): boolean =>
        this.started >= this.size.operations * part || Date.now() - began >= this.size.longestMs * part;
      while (!isDue() && !isOver()) await delay(50);
      if (isOver()) return;
      await this.passDay();
      this.daysPassed += 1;
      await this.killer.killWorker(this.random.below(SWEEP_MS));
    }
  }

  private async passDay(): Promise<void> {
    let dawn = (): void => undefined;
    this.nightfall = new Promise((resolve) => (dawn = resolve));
    try {
      while (this.busy > 0) await delay(20);
      await this.untilRemindersAreOut();
      await this.app.sandbox.advanceClock(DAY_SECONDS);
      for (const { coach, clients } of this.practices)
        for (const person of [coach, ...clients]) person.http = await this.world.signedIn(person.accountId);
    } finally {
      this.nightfall = undefined;
      dawn();
    }
  }

  /** A reminder that is under way while time jumps would come after the start, as none does where time flows. */
  private async untilRemindersAreOut(): Promise<void> {
    const began = Date.now();
    while (Date.now() - began < LONGEST_MAIL_MS) {
      const { waiting } = await this.app.database.one(sql<{ waiting: number }>`
        select count(*)::int as waiting from notifications where kind = 'reminder' and state = 'queued'`);
      if (waiting === 0) return;
      await delay(100);
    }
  }

  /** Faults end, time passes every hold; then everything must come to rest by itself. */
  async settle(open: OpenWork, mostMs: number): Promise<void> {
    const began = Date.now();
    this.app.sandbox.faults.setRandom(undefined);
    await this.refundDisputed();
    await this.operations?.bank.decideAll();
    await this.untilRemindersAreOut();
    await this.app.sandbox.advanceClock(SETTLING_SECONDS);
    // One that comes up compares with Stripe at once, else a minute may go by.
    await this.killer.killWorker(this.random.below(SWEEP_MS));
    await this.untilAtRest(open, mostMs);
    this.phases.settle = secondsSince(began);
  }

  /** Nothing can be refunded of what a bank has: this is asked of one payment at least. */
  private async refundDisputed(): Promise<void> {
    if (this.operations === undefined) return;
    const { bank, paid } = this.operations;
    await bank.openOne(paid);
    this.refusals = await bank.refundOpen(new Random(this.seed), async (id) => {
      const known = await this.app.database.maybe(sql<{ paymentId: string }>`
        select payment_id as "paymentId" from disputes where stripe_dispute_id = ${id}`);
      return known && publicId('payment', known.paymentId);
    });
  }

  /** Business time moves on by so many seconds, and what follows from it is awaited. */
  async passTime(seconds: number, open: OpenWork, mostMs: number): Promise<void> {
    await this.app.sandbox.advanceClock(seconds);
    await this.untilAtRest(open, mostMs);
  }

  private async untilAtRest(open: OpenWork, mostMs: number): Promise<void> {
    const until = Date.now() + mostMs;
    let left: string[] = [];
    while (Date.now() < until) {
      left = await open();
      if (left.length === 0) return;
      await delay(250);
    }
    throw new Error(`The system did not come to rest: ${left.join(', ')}\n${this.logs}`);
  }

  async stop(): Promise<void> {
    await Promise.all(this.processes.map((process) => process.stop()));
  }

  get logs(): string {
    return this.processes.map((process) => process.log).join('\n');
  }
}

function secondsSince(startMs: number): number {
  return Math.round((Date.now() - startMs) / 1_000);
}
