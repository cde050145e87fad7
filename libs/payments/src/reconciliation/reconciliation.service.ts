import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '@app/common';
import { Database, sql } from '@app/database';
import { differencesOf, type Difference, type OurSide } from './comparison';
import { BothSidesOfPayments, type BothSides } from './both-sides.service';
import { isSafeToMend } from './difference-kinds';
import { Differences, type Finding } from './differences.service';
import { Mending } from './mending.service';
import { runColumns, type ReconciliationRun } from './reconciliation-record';
import { StripeListing } from './stripe-listing.service';
import { countCompared, suspects } from './suspects';

/** What has changed since then may still be under way: it is no difference yet. */
const UNDER_WAY_MS = 5 * 60_000;
const PAGE = 100;
const NOT_IN_LINE = 'Reading it at Stripe again has not brought it in line.';

/**
 * Compares payments, refunds, disputes and fees with Stripe (reliability.md R29). Stripe's lists and our rows are laid
 * side by side in the database; what may differ is then read once more on both sides, payment by payment, and only what
 * differs there too is noted.
 */
@Injectable()
export class Reconciliation {
  private readonly logger = new Logger(Reconciliation.name);

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly listing: StripeListing,
    private readonly sides: BothSidesOfPayments,
    private readonly differences: Differences,
    private readonly mending: Mending,
  ) {}

  /**
   * Job: does a run from its beginning; one that is finished is left alone. Two at once do no harm: they only do the
   * same twice. Never inside a transaction.
   *
   * @throws StripeOutcomeUnknown when Stripe does not answer: the whole run is tried again
   */
  async run(runId: string): Promise<void> {
    const run = await this.database.maybe(sql<ReconciliationRun>`
      update reconciliation_runs set started_at = app_now() where id = ${runId} and finished_at is null returning ${runColumns}`);
    if (run === undefined) return;
    const window = { from: run.windowFrom, to: run.windowTo };
    await this.listing.write(runId, window);
    await this.database.execute(countCompared(runId, window));
    let lookedAt = 0;
    let after = '';
    for (;;) {
      const page = await this.database.many(suspects(runId, window, after, PAGE));
      for (const { intentId } of page) await this.lookAt(runId, intentId);
      lookedAt += page.length;
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE) break;
      after = last.intentId;
    }
    await this.finish(runId, lookedAt);
  }

  private async lookAt(runId: string, intentId: string): Promise<void> {
    const sides = await this.sides.read(intentId);
    if (sides === undefined) return; // ours has changed meanwhile
    const at = await this.clock.now();
    const met = differencesOf(sides.ours, sides.theirs, at);
    if (met.length > 0 && isUnderWay(sides, at)) return;
    const finding: Finding = { runId, intentId, payment: sides.ours, at };
    await this.differences.resolveOthers(finding, met);
    const noted = new Map<Difference, string>();
    for (const difference of met) noted.set(difference, await this.differences.record(finding, difference));
    if (sides.ours !== undefined) await this.mendSafe(sides.ours, intentId, noted);
  }

  private async mendSafe(
    { coachId }: OurSide,
    intentId: string,
    noted: ReadonlyMap<Difference, string>,
  ): Promise<void> {
    const safe = [...noted].filter(([{ kind }]) => isSafeToMend(kind));
    if (safe.length === 0) return;
    const failures = new Map<string, string | undefined>();
    for (const [difference, id] of safe)
      failures.set(id, await this.mending.mend(difference, intentId, coachId));
    const sides = await this.sides.read(intentId);
    if (sides === undefined) return; // the next run sees what became of it
    const at = await this.clock.now();
    const left = differencesOf(sides.ours, sides.theirs, at);
    for (const [{ kind, objectId }, id] of safe) {
      const isLeft = left.some((each) => each.kind === kind && each.objectId === objectId);
      if (isLeft) await this.differences.raised(id, failures.get(id) ?? NOT_IN_LINE, at);
      else await this.differences.mended(id, at);
    }
  }

  /** What Stripe listed is kept of the last run alone. Counted from the rows: a run may have begun more than once. */
  private async finish(runId: string, lookedAt: number): Promise<void> {
    const result = await this.database.transaction(async () => {
      await this.database.execute(sql`
        delete from reconciliation_listing l using reconciliation_runs r
        where r.id = l.run_id and r.id <> ${runId} and (r.finished_at is not null or r.requested_at < app_now() - interval '2 days')`);
      return this.database.one(sql<ReconciliationRun>`
        update reconciliation_runs set finished_at = app_now(), looked_at = ${lookedAt}::int,
          found = (select count(*) from reconciliation_differences d where d.first_run_id = reconciliation_runs.id),
          mended = (select count(*) from reconciliation_differences d where d.last_run_id = reconciliation_runs.id and d.state = 'mended'),
          raised = (select count(*) from reconciliation_differences d
            where d.last_run_id = reconciliation_runs.id and d.state = 'raised' and d.raised_at >= reconciliation_runs.requested_at),
          resolved = (select count(*) from reconciliation_differences d where d.last_run_id = reconciliation_runs.id and d.state = 'resolved')
        where id = ${runId} returning ${runColumns}`);
    });
    const { kind, found, mended, raised, resolved } = result;
    this.logger.log(
      { runId, kind, lookedAt, found, mended, raised, resolved },
      'what we have is compared with Stripe',
    );
  }
}

/** Also what Stripe made just now: its notice may be on its way. */
function isUnderWay({ ours, theirs }: BothSides, now: Date): boolean {
  const latest = Math.max(ours?.changedAt.getTime() ?? 0, theirs.madeAt.getTime());
  return now.getTime() - latest < UNDER_WAY_MS;
}
