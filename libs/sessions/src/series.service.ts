import { Injectable } from '@nestjs/common';
import { actorOf, type Principal } from '@app/accounts';
import { Availability, CLAIMS_NEVER_OVERLAP } from '@app/availability';
import { Clock, DomainError, newId, publicId } from '@app/common';
import { Database, violates } from '@app/database';
import { NoCreditLeft, PackageDisputed } from '@app/packages';
import type { PlanBlock, PlannedOccurrence, SeriesPlanContent } from './domain/series-plan';
import type { SeriesChangeRequest } from './domain/series-change-request';
import type { SeriesWorld } from './domain/series-world';
import { CoachTime } from './coach-time.service';
import { SeriesPlanBlocked, SeriesPlanStale, SeriesRequestRefused } from './series.errors';
import { seriesChanged } from './series.events';
import { SeriesQueries } from './series.queries';
import { publicPlan } from './series-plan-view';
import { SeriesPlanRows, stillHolds, type SeriesPlan } from './series-plan-rows';
import { SeriesPlanner, type SeriesRequest } from './series-planner.service';
import type { SeriesRecord } from './series-record';
import type { SeriesAct } from './series-session-writes';
import { SeriesWrites } from './series-writes.service';

/** A series that is wanted; how far sessions are made ahead is the installation's unless it says so. */
export type WantedSeries = Omit<SeriesRequest, 'horizonEnd'>;

const DAY_MS = 86_400_000;

/** Series: every act is a plan first, carried out by its id all or nothing (domain.md 10). */
@Injectable()
export class Series {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly availability: Availability,
    private readonly queries: SeriesQueries,
    private readonly planner: SeriesPlanner,
    private readonly plans: SeriesPlanRows,
    private readonly writes: SeriesWrites,
    private readonly coachTime: CoachTime,
  ) {}

  /** @throws SeriesFundingUnavailable, SeriesRequestRefused, InvalidRule, OfferingNotFound, ClientNotFound, EntitlementNotFound */
  async preview(principal: Principal, wanted: WantedSeries): Promise<SeriesPlan> {
    const now = await this.clock.now();
    const horizonEnd = new Date(now.getTime() + wanted.horizonDays * DAY_MS).toISOString();
    const request: SeriesRequest = { ...wanted, horizonEnd };
    const { content, coachId } = await this.planner.creation(principal, request);
    return this.plans.store(principal, { coachId, series: null, request, content, now });
  }

  /**
   * Makes the series of a plan, with all its sessions up to the horizon, or nothing.
   *
   * @returns its id
   * @throws SeriesPlanNotFound, SeriesPlanUsed, SeriesPlanStale with a fresh plan, SeriesPlanBlocked
   */
  async create(principal: Principal, planId: string): Promise<{ coachId: string; seriesId: string }> {
    return this.withFreshPlan(async (again) => {
      const plan = await this.plans.open(principal, planId, 'create');
      const { coachId, request } = plan;
      const renewed = (): Promise<SeriesPlan> => this.preview(principal, withoutEnd(request));
      again(renewed);
      await this.lock(coachId);
      const now = await this.clock.now();
      const { content } = await this.planner.creation(principal, request);
      refuseBlocked(plan, content, now, renewed);
      const act: SeriesAct = { coachId, actor: actorOf(principal), now, planId };
      const id = newId();
      await this.writes.insertSeries(act, id, content.series, { ...request, splitFrom: null });
      await this.carryOut(act, plan, { id, version: 0, calendarSequence: -1 }, content);
      return { coachId, seriesId: id };
    });
  }

  /** @throws SeriesNotFound, SeriesActRefused, SeriesRequestRefused, InvalidRule */
  async plan(principal: Principal, seriesId: string, wanted: SeriesChangeRequest): Promise<SeriesPlan> {
    const series = await this.queries.find(principal, seriesId);
    const now = await this.clock.now();
    const request = withMoment(wanted, now);
    const content = await this.planner.change(principal, await this.world(series, now), request);
    return this.plans.store(principal, { coachId: series.coachId, series, request, content, now });
  }

  /** @throws as for `create`; SeriesActRefused when the series does not allow it any more */
  async apply(principal: Principal, planId: string): Promise<{ coachId: string; seriesId: string }> {
    return this.withFreshPlan(async (again) => {
      const plan = await this.plans.open(principal, planId, 'change');
      const { coachId, seriesId, request } = plan;
      const renewed = (): Promise<SeriesPlan> => this.plan(principal, seriesId, request);
      again(renewed);
      await this.lock(coachId);
      const series = await this.queries.lock(coachId, seriesId);
      await this.queries.lockSessions(series);
      const now = await this.clock.now();
      const content = await this.contentNow(principal, await this.world(series, now), request, renewed);
      refuseBlocked(plan, content, now, renewed);
      const act: SeriesAct = { coachId, actor: actorOf(principal), now, planId };
      await this.writes.changeSeries(act, seriesId, content.series);
      return { coachId, seriesId: await this.carryOut(act, plan, series, content, request.reason) };
    });
  }

  /** What the change would be by now; what could be asked for when it was planned, and cannot any more, is stale. */
  private async contentNow(
    principal: Principal,
    world: SeriesWorld,
    request: SeriesChangeRequest,
    renewed: () => Promise<SeriesPlan>,
  ): Promise<SeriesPlanContent> {
    try {
      return await this.planner.change(principal, world, request);
    } catch (error) {
      if (error instanceof SeriesRequestRefused) throw stale(renewed);
      throw error;
    }
  }

  /** @returns the series that the later occurrences belong to */
  private async carryOut(
    act: SeriesAct,
    plan: SeriesPlan,
    series: Pick<SeriesRecord, 'id' | 'version' | 'calendarSequence'> & Partial<SeriesRecord>,
    content: SeriesPlanContent,
    reason?: string,
  ): Promise<string> {
    const { change, scope, splitOff, occurrences } = content;
    const splitOffId = splitOff === null ? null : newId();
    if (splitOff !== null && splitOffId !== null) {
      const whole = await this.queries.get(act.coachId, series.id);
      await this.writes.insertSeries(act, splitOffId, splitOff, { ...whole, splitFrom: series.id });
    }
    await this.writes.carryOut(act, { seriesId: series.id, splitOffId, occurrences, reason });
    const leading = splitOffId ?? series.id;
    const touched = [
      { id: series.id, version: series.version + 1 },
      ...(splitOffId === null ? [] : [{ id: splitOffId, version: 1 }]),
    ];
    const sequence = splitOffId === null ? series.calendarSequence + 1 : 0;
    const event = seriesChanged({ coachId: act.coachId, id: leading }, change, { planId: plan.id, sequence });
    await this.writes.recordAct(act, `series.${change}`, touched, event, {
      scope,
      sessions: occurrences.length,
    });
    await this.plans.markUsed(plan, change === 'create' ? series.id : (plan.seriesId ?? series.id), act.now);
    return leading;
  }

  /** The coach's time stands still from here; what holds it without right is cleared away. */
  private async lock(coachId: string): Promise<void> {
    await this.availability.lockCoach(coachId);
    await this.coachTime.clearSpent(coachId);
  }

  private async world(series: SeriesRecord, now: Date): Promise<SeriesWorld> {
    return { series, rows: await this.queries.occurrences(series.coachId, series.id), now };
  }

  /** The constraint, and the ledger of credits, are the last word: what they refuse is answered like any change of the world. */
  private async withFreshPlan<T>(
    work: (again: (renewed: () => Promise<SeriesPlan>) => void) => Promise<T>,
  ): Promise<T> {
    let renewed: (() => Promise<SeriesPlan>) | undefined;
    try {
      return await this.database.transaction(() => work((again) => (renewed = again)));
    } catch (error) {
      const isGone =
        violates(error, CLAIMS_NEVER_OVERLAP) ||
        error instanceof NoCreditLeft ||
        error instanceof PackageDisputed;
      if (renewed !== undefined && isGone) throw stale(renewed);
      throw error;
    }
  }
}

function refuseBlocked(
  plan: SeriesPlan,
  present: SeriesPlanContent,
  now: Date,
  renewed: () => Promise<SeriesPlan>,
): void {
  if (!stillHolds(plan, present, now)) throw stale(renewed);
  const [blockedBy] = present.blockedBy;
  if (blockedBy !== undefined) throw new SeriesPlanBlocked(blockedBy, concerned(present, blockedBy, now));
}

function concerned({ occurrences }: SeriesPlanContent, blockedBy: PlanBlock, now: Date): unknown[] {
  const hasBegun = ({ before, refund }: PlannedOccurrence): boolean =>
    refund !== null && before !== null && new Date(before.startsAt) <= now;
  return occurrences
    .filter((each) => (blockedBy === 'conflicts' ? each.conflicts.length > 0 : hasBegun(each)))
    .map(({ originalStartsAt, sessionId, after, conflicts }) => ({
      originalStartsAt,
      sessionId: sessionId === null ? null : publicId('session', sessionId),
      startsAt: after?.startsAt ?? null,
      conflicts: conflicts.map(({ code, text }) => ({ code, text })),
    }));
}

/** With a fresh plan, or null where the series does not allow the act any more. */
function stale(renewed: () => Promise<SeriesPlan>): SeriesPlanStale {
  return new SeriesPlanStale(async () => {
    const plan = await renewed().catch((error: unknown) => {
      if (error instanceof DomainError) return null;
      throw error;
    });
    return { plan: plan && publicPlan(plan) };
  });
}

/** A pause that begins now keeps that begin while the plan lives, as does the notice of what is cancelled by the policy. */
function withMoment(wanted: SeriesChangeRequest, now: Date): SeriesChangeRequest {
  const at = now.toISOString();
  if (wanted.change === 'pause') return { ...wanted, from: wanted.from ?? at };
  return wanted.refund === 'policy' ? { ...wanted, noticeFrom: at } : wanted;
}

function withoutEnd({ horizonEnd: _end, ...wanted }: SeriesRequest): WantedSeries {
  return wanted;
}
