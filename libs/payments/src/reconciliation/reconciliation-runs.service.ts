import { Injectable } from '@nestjs/common';
import { actorOf, Audit, type Principal } from '@app/accounts';
import { Clock, newId, NotFound, RuleViolation } from '@app/common';
import { Database, sql } from '@app/database';
import { Outbox, PLATFORM } from '@app/outbox';
import { reconciliationRequested } from '../payments.events';
import { runColumns, type ReconciliationRun, type RunKind } from './reconciliation-record';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Longer ones are asked for in parts. */
const LONGEST_WINDOW_MS = 366 * DAY_MS;

/** The runs that start by themselves: how often, and how far they look back (reliability.md R29). */
const REGULAR = [
  { kind: 'hourly', everyMs: HOUR_MS, backMs: 48 * HOUR_MS },
  { kind: 'daily', everyMs: DAY_MS, backMs: 35 * DAY_MS },
] as const satisfies { kind: RunKind; everyMs: number; backMs: number }[];

export class ReconciliationNotFound extends NotFound {
  constructor() {
    super('reconciliations.not_found', 'There is no such run.');
  }
}

export class ReconciliationWindowRefused extends RuleViolation {
  constructor() {
    super(
      'reconciliations.window',
      'The window begins in the past, before it ends, and is at most 366 days long.',
    );
  }
}

/** When a run was finished the last time; seconds since the epoch, business time. */
export interface LastRun {
  kind: RunKind;
  finishedSeconds: number;
}

/** When Stripe is compared with what we have. */
@Injectable()
export class ReconciliationRuns {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly outbox: Outbox,
    private readonly audit: Audit,
  ) {}

  /** Starts the hourly and the daily run where one is due; whoever asks, one at a time. @returns how many */
  async requestDue(): Promise<number> {
    return this.database.transaction(async () => {
      await this.database.execute(sql`select pg_advisory_xact_lock(hashtext('reconciliation_runs'))`);
      const now = await this.clock.now();
      let started = 0;
      for (const { kind, everyMs, backMs } of REGULAR) {
        if (!(await this.isDue(kind, now, everyMs))) continue;
        await this.open(kind, new Date(now.getTime() - backMs), now, now, null);
        started += 1;
      }
      return started;
    });
  }

  /** Only where something was paid; a run that never ends holds up the next ones for a day. */
  private async isDue(kind: RunKind, now: Date, everyMs: number): Promise<boolean> {
    const since = new Date(now.getTime() - everyMs);
    const aDayAgo = new Date(now.getTime() - DAY_MS);
    const { due } = await this.database.one(sql<{ due: boolean }>`
      select exists (select from payments where paid_at <= ${new Date(now.getTime() - HOUR_MS)}::timestamptz)
        and not exists (select from reconciliation_runs where kind = ${kind} and requested_at <= ${now}::timestamptz
          and (requested_at > ${since}::timestamptz
            or (finished_at is null and requested_at > ${aDayAgo}::timestamptz))) as due`);
    return due;
  }

  /**
   * A run that an admin asks for.
   *
   * @param window the last 48 hours where nothing else is said
   * @throws ReconciliationWindowRefused
   */
  async request(principal: Principal, window: { from?: Date; to?: Date }): Promise<ReconciliationRun> {
    return this.database.transaction(async () => {
      const now = await this.clock.now();
      const to = window.to === undefined || window.to > now ? now : window.to;
      const from = window.from ?? new Date(to.getTime() - 48 * HOUR_MS);
      const lengthMs = to.getTime() - from.getTime();
      if (lengthMs <= 0 || lengthMs > LONGEST_WINDOW_MS) throw new ReconciliationWindowRefused();
      const run = await this.open('requested', from, to, now, principal.accountId);
      await this.audit.record({
        coachId: PLATFORM,
        actor: actorOf(principal),
        action: 'reconciliation.request',
        objectType: 'reconciliation',
        objectId: run.id,
        after: { from: from.toISOString(), to: to.toISOString() },
      });
      return run;
    });
  }

  private async open(
    kind: RunKind,
    from: Date,
    to: Date,
    now: Date,
    requestedBy: string | null,
  ): Promise<ReconciliationRun> {
    const run = await this.database.one(sql<ReconciliationRun>`
      insert into reconciliation_runs (id, kind, window_from, window_to, requested_by, requested_at)
      values (${newId()}::uuid, ${kind}, ${from}::timestamptz, ${to}::timestamptz, ${requestedBy}::uuid, ${now}::timestamptz)
      returning ${runColumns}`);
    await this.outbox.add(reconciliationRequested(run.id));
    return run;
  }

  /** @throws ReconciliationNotFound */
  async get(id: string): Promise<ReconciliationRun> {
    const run = await this.database.maybe(
      sql<ReconciliationRun>`select ${runColumns} from reconciliation_runs where id = ${id}`,
    );
    if (run === undefined) throw new ReconciliationNotFound();
    return run;
  }

  async last(): Promise<LastRun[]> {
    return this.database.many(sql<LastRun>`
      select kind, extract(epoch from max(finished_at))::float as "finishedSeconds" from reconciliation_runs
      where finished_at is not null group by kind`);
  }
}
