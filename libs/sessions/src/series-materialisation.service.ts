import { Injectable, Logger } from '@nestjs/common';
import { Clients, WORKER } from '@app/accounts';
import { Availability, type PassableCode } from '@app/availability';
import { Clock } from '@app/common';
import { Database, sql } from '@app/database';
import { nextOccurrence } from '@app/recurrence';
import { withoutTime, type PlannedOccurrence } from './domain/series-plan';
import { anchored, fresh, shapeOf, startsWithin, timeOf } from './domain/series-world';
import { seriesExtended, seriesExtensionConflicted, seriesStopped } from './series.events';
import { SeriesFunding } from './series-funding.service';
import { SeriesQueries } from './series.queries';
import type { SeriesRecord } from './series-record';
import type { SeriesAct } from './series-session-writes';
import { SeriesWrites } from './series-writes.service';

interface SeriesRef {
  coachId: string;
  id: string;
}

const DAY_MS = 86_400_000;
/** What was agreed when the series was made: it runs beyond the horizon, and its notice is long enough. */
const AGREED: readonly PassableCode[] = ['horizon', 'notice'];
/** Starts that are checked at once; what is left comes with the next batch. */
const MOST_AT_ONCE = 500;
/** After years of downtime the rest comes with the next sweeps. */
const LONGEST_STEP_MS = 900 * DAY_MS;

/**
 * Makes sessions of the occurrences that come within the horizon (domain.md 10), each once for ever: what has a row, also
 * a skipped one, is left alone.
 */
@Injectable()
export class SeriesMaterialisation {
  private readonly logger = new Logger(SeriesMaterialisation.name);

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly availability: Availability,
    private readonly clients: Clients,
    private readonly queries: SeriesQueries,
    private readonly funding: SeriesFunding,
    private readonly writes: SeriesWrites,
  ) {}

  /**
   * Sweep: extends up to `most` series that have fallen a day behind their horizon, and ends pauses and series that are
   * over. One that cannot be extended does not keep the others from it.
   *
   * @returns how many were brought forward
   */
  async extendDue(most: number): Promise<number> {
    const due = await this.database.many(sql<SeriesRef>`
      select coach_id as "coachId", id from series
      where state in ('active', 'paused')
        and (materialised_until < app_now() + make_interval(days => horizon_days - 1) or paused_until <= app_now())
      order by materialised_until limit ${most}`);
    let extended = 0;
    for (const { coachId, id } of due) {
      try {
        if (await this.extend(coachId, id)) extended += 1;
      } catch (error) {
        this.logger.error(
          { err: error, seriesId: id },
          'a series could not be extended, the next sweep tries again',
        );
      }
    }
    return extended;
  }

  /** One series up to its horizon; nothing when another worker was faster. @throws SeriesNotFound */
  async extend(coachId: string, seriesId: string): Promise<boolean> {
    return this.database.transaction(async () => {
      await this.availability.lockCoach(coachId);
      const series = await this.queries.lock(coachId, seriesId);
      const now = await this.clock.now();
      const horizonEnd = new Date(now.getTime() + series.horizonDays * DAY_MS);
      const isBehind = series.materialisedUntil.getTime() < horizonEnd.getTime() - DAY_MS;
      const pauseIsOver = series.pausedUntil !== null && series.pausedUntil <= now;
      if ((series.state !== 'active' && series.state !== 'paused') || !(isBehind || pauseIsOver))
        return false;
      const act: SeriesAct = { coachId, actor: WORKER, now, planId: null };
      const client = await this.clients.byId(coachId, series.clientId);
      if (client.removedAt !== null) {
        await this.stop(act, series);
        return true;
      }
      const step = new Date(
        Math.min(horizonEnd.getTime(), series.materialisedUntil.getTime() + LONGEST_STEP_MS),
      );
      const { planned: placed, until } = await this.next(series, step);
      // Under the locks of the packages: two workers never count on the same credit.
      const paying = { coachId, clientId: series.clientId, shape: shapeOf(series), repays: false, now };
      const { occurrences: planned } = await this.funding.paid(placed, paying);
      await this.writes.carryOut(act, {
        seriesId,
        splitOffId: null,
        occurrences: planned,
      });
      await this.advance(series, until, pauseIsOver);
      if (planned.length > 0) await this.report(act, series, planned, until);
      return true;
    });
  }

  /** Who is no client any more gets no sessions; nothing was to come when they were removed. */
  private async stop(act: SeriesAct, series: SeriesRecord): Promise<void> {
    const { coachId, id } = series;
    await this.database.execute(sql`
      update series set state = 'cancelled', paused_from = null, paused_until = null, version = version + 1, updated_at = ${act.now}::timestamptz
      where coach_id = ${coachId}::uuid and id = ${id}::uuid`);
    const after = { state: 'cancelled' };
    const touched = [{ id, version: series.version + 1 }];
    await this.writes.recordAct(act, 'series.cancel', touched, seriesStopped(series), after);
  }

  /** What the rule starts before the horizon and has no row yet, with what becomes of it. */
  private async next(
    series: SeriesRecord,
    horizonEnd: Date,
  ): Promise<{ planned: PlannedOccurrence[]; until: Date }> {
    const all = startsWithin(anchored(series), { from: series.materialisedUntil, until: horizonEnd });
    const some = all.slice(0, MOST_AT_ONCE);
    const last = all.length > some.length ? some.at(-1) : undefined;
    const until = last === undefined ? horizonEnd : new Date(last.startsAt.getTime() + 1);
    const known = new Set(
      (await this.queries.occurrences(series.coachId, series.id)).map((row) =>
        row.originalStartsAt.getTime(),
      ),
    );
    const open = some
      .filter(({ startsAt }) => !known.has(startsAt.getTime()))
      .map((occurrence) => fresh(timeOf(occurrence, series.timezone, series.durationMinutes)));
    const paused = open.filter((each) => isPaused(series, each));
    const wanted = open.filter((each) => !isPaused(series, each));
    const answers = await this.availability.check({
      coachId: series.coachId,
      offeringId: series.offeringId,
      wanted: wanted.map(({ originalStartsAt }) => ({ ...series, startsAt: new Date(originalStartsAt) })),
      override: series.override,
      passing: AGREED,
    });
    // Nobody is there to be refused: where nothing was to be done on a conflict, the coach places it.
    const rule = series.onConflict === 'skip' ? 'skip' : 'keep_unscheduled';
    const placed = wanted.map((each, index) => {
      const conflicts = answers[index]?.reasons ?? [];
      return conflicts.length === 0 ? each : withoutTime({ ...each, conflicts }, rule);
    });
    const left = paused.map((each) => ({ ...each, action: 'omit', state: 'paused', after: null }) as const);
    return { planned: [...placed, ...left], until };
  }

  /** A series whose last occurrence is over has ended. */
  private async advance(series: SeriesRecord, until: Date, pauseIsOver: boolean): Promise<void> {
    const { rule, start } = anchored(series);
    const isExhausted = nextOccurrence(rule, start, until) === undefined;
    await this.database.execute(sql`
      update series r set materialised_until = greatest(materialised_until, ${until}::timestamptz), version = version + 1, updated_at = app_now(),
        state = case when over.over then 'ended' when ${pauseIsOver}::boolean then 'active' else state end,
        paused_from = case when over.over or ${pauseIsOver}::boolean then null else paused_from end,
        paused_until = case when over.over or ${pauseIsOver}::boolean then null else paused_until end
      from (select ${isExhausted}::boolean and not exists (
          select from series_occurrences o left join sessions s on s.coach_id = o.coach_id and s.id = o.session_id
          where o.coach_id = ${series.coachId}::uuid and o.series_id = ${series.id}::uuid
            and (s.status = 'scheduled' or (o.state in ('unscheduled', 'paused') and o.original_starts_at > app_now()))) as over) over
      where r.coach_id = ${series.coachId}::uuid and r.id = ${series.id}::uuid`);
  }

  private async report(
    act: SeriesAct,
    series: SeriesRecord,
    planned: readonly PlannedOccurrence[],
    until: Date,
  ): Promise<void> {
    const conflicts = planned.filter((each) => each.conflicts.length > 0).length;
    const sessions = planned.filter(({ action }) => action === 'book').length;
    const event =
      conflicts > 0 ? seriesExtensionConflicted(series, conflicts, until) : seriesExtended(series, sessions);
    const touched = [{ id: series.id, version: series.version + 1 }];
    await this.writes.recordAct(act, 'series.extend', touched, event, { sessions, conflicts });
  }
}

function isPaused(
  { pausedFrom, pausedUntil }: SeriesRecord,
  { originalStartsAt }: PlannedOccurrence,
): boolean {
  const startsAt = new Date(originalStartsAt);
  return pausedFrom !== null && startsAt >= pausedFrom && (pausedUntil === null || startsAt < pausedUntil);
}
