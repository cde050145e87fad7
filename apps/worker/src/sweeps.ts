import { Inject, Injectable, Logger } from '@nestjs/common';
import { TokenCleanup } from '@app/accounts';
import { Database, InvariantChecker, sql } from '@app/database';
import { Deliveries } from '@app/outbox';
import { EntitlementSweeps } from '@app/packages';
import { ChargeSweeps, DisputeCatchUp, PayoutAccountCatchUp, StripeCatchUp } from '@app/payments';
import { ProposalSweeps, Reminders, SeriesMaterialisation, SessionSweeps } from '@app/sessions';
import { Meetings } from '@app/video';
import { Gauge } from 'prom-client';
import { WORKER_CONFIG, type WorkerConfig } from './config';
import type { QueueWorkers } from './queue-workers';
import { ReconciliationWatch } from './reconciliation-watch';

/** What the re-drive needs of the queues. */
type RedriveQueues = Pick<QueueWorkers, 'enqueue' | 'stillQueued'>;

/** Sessions of one statement of a sweep: some 120 ms. More only lengthen how long rows stay locked. */
const BATCH = 1_000;
const SERIES_BATCH = 100;
const REDRIVE_BATCH = 500;
/** Payments, and refunds, per sweep: many at once would use up the calls that Stripe allows in a second. */
const STRIPE_BATCH = 50;
/** Each has its entry in the ledger and a job. */
const CHARGE_BATCH = 50;
const MINUTE_MS = 60_000;

const violations = new Gauge({
  name: 'invariant_violations',
  help: 'Rows that break an invariant',
  labelNames: ['invariant'],
});
const openDeliveries = new Gauge({
  name: 'outbox_open_deliveries',
  help: 'Deliveries neither done nor dead',
});
const oldestDelivery = new Gauge({
  name: 'outbox_oldest_open_seconds',
  help: 'Age of the oldest open delivery',
});
const deadDeliveries = new Gauge({
  name: 'outbox_dead_deliveries',
  help: 'Dead letters that wait for an admin',
});

/** Time-driven work: what is due is found in the database, never remembered in a timer. */
@Injectable()
export class Sweeps {
  private readonly logger = new Logger(Sweeps.name);
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly running = new Set<Promise<void>>();

  constructor(
    private readonly database: Database,
    private readonly sessions: SessionSweeps,
    private readonly proposals: ProposalSweeps,
    private readonly stripe: StripeCatchUp,
    private readonly disputes: DisputeCatchUp,
    private readonly payoutAccounts: PayoutAccountCatchUp,
    private readonly charges: ChargeSweeps,
    private readonly reconciliation: ReconciliationWatch,
    private readonly entitlements: EntitlementSweeps,
    private readonly meetings: Meetings,
    private readonly reminders: Reminders,
    private readonly series: SeriesMaterialisation,
    private readonly tokens: TokenCleanup,
    private readonly deliveries: Deliveries,
    private readonly invariants: InvariantChecker,
    @Inject(WORKER_CONFIG) private readonly config: WorkerConfig,
  ) {}

  start(queues: RedriveQueues): void {
    const often = this.config.SWEEP_SECONDS * 1_000;
    this.every(often, 'due sessions', () => this.sweepSessions());
    this.every(often, 'due packages', () => this.sweepEntitlements());
    this.every(often, 'due charges', () => this.sweepCharges());
    this.every(often, 'money without news', () => this.sweepMoney());
    this.every(often, 're-drive', () => this.redrive(queues));
    this.every(MINUTE_MS, 'comparison with Stripe', () => this.reconciliation.sweep());
    this.every(MINUTE_MS, 'metrics', () => this.measure());
    this.every(60 * MINUTE_MS, 'what has expired', () => this.forgetOld());
    if (this.config.INVARIANTS_MINUTES > 0) {
      this.every(this.config.INVARIANTS_MINUTES * MINUTE_MS, 'invariants', () => this.checkInvariants());
    }
  }

  async stop(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    await Promise.all(this.running);
  }

  /** Completes what has ended, frees what was not paid or not answered, takes up rooms that wait, reminds; batch after batch until nothing is due. */
  async sweepSessions(): Promise<void> {
    while ((await this.sessions.completeDue(BATCH)) === BATCH);
    while ((await this.sessions.expireHolds(BATCH)) === BATCH);
    while ((await this.proposals.expireDue(BATCH)) === BATCH);
    while ((await this.meetings.requestDue(BATCH)) === BATCH);
    while ((await this.series.extendDue(SERIES_BATCH)) === SERIES_BATCH);
    while ((await this.reminders.announceDue(BATCH)) === BATCH);
  }

  /** Calls off what was not paid, ends what is past its last day, and has told whose credits are about to expire. */
  async sweepEntitlements(): Promise<void> {
    while ((await this.entitlements.cancelUnpaid(BATCH)) === BATCH);
    while ((await this.entitlements.expireDue(BATCH)) === BATCH);
    while ((await this.entitlements.announceExpiring(BATCH)) === BATCH);
  }

  /** Has the saved cards charged whose time has come, and gives up what was not confirmed in time. */
  async sweepCharges(): Promise<void> {
    while ((await this.charges.requestDue(CHARGE_BATCH)) === CHARGE_BATCH);
    while ((await this.charges.giveUpUnconfirmed(CHARGE_BATCH)) === CHARGE_BATCH);
  }

  /** Has payments, refunds and disputes read again whose webhook did not come. */
  async sweepMoney(): Promise<void> {
    await this.stripe.requestDue(STRIPE_BATCH, this.config.STRIPE_QUIET_MINUTES);
    await this.disputes.requestDue(STRIPE_BATCH, this.config.STRIPE_QUIET_MINUTES);
    await this.payoutAccounts.requestDue(STRIPE_BATCH);
  }

  private async redrive(queues: RedriveQueues): Promise<void> {
    const batch = (): Promise<number> =>
      this.deliveries.redrive(
        this.config.REDRIVE_AFTER_SECONDS,
        REDRIVE_BATCH,
        (lost) => queues.enqueue(lost),
        (late) => queues.stillQueued(late),
      );
    while ((await batch()) === REDRIVE_BATCH);
  }

  private async checkInvariants(): Promise<void> {
    for (const result of await this.invariants.check()) {
      violations.set({ invariant: result.name }, result.violations);
      if (result.violations > 0) this.logger.error({ ...result }, 'an invariant is broken');
    }
  }

  private async measure(): Promise<void> {
    const row = await this.database.one(sql<{ open: number; oldest: number; dead: number }>`
      select count(*) filter (where dead_at is null)::int as open, count(*) filter (where dead_at is not null)::int as dead,
        coalesce(extract(epoch from clock_timestamp() - min(created_at) filter (where dead_at is null)), 0)::float as oldest
      from outbox_deliveries where done_at is null`);
    openDeliveries.set(row.open);
    oldestDelivery.set(row.oldest);
    deadDeliveries.set(row.dead);
    await this.reconciliation.measure();
  }

  private async forgetOld(): Promise<void> {
    await this.tokens.forgetExpired();
    await this.database.execute(
      sql`delete from idempotency_keys where created_at < clock_timestamp() - interval '7 days'`,
    );
  }

  private every(intervalMs: number, name: string, work: () => Promise<void>): void {
    let busy = false;
    const tick = (): void => {
      if (busy) return;
      busy = true;
      const run = work()
        .catch((error: unknown) =>
          this.logger.error({ err: error, sweep: name }, 'sweep failed, the next one tries again'),
        )
        .finally(() => {
          busy = false;
          this.running.delete(run);
        });
      this.running.add(run);
    };
    this.timers.push(setInterval(tick, intervalMs));
    tick();
  }
}
