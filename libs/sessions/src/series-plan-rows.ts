import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import type { Principal } from '@app/accounts';
import { newId } from '@app/common';
import { Database, sql } from '@app/database';
import type { SeriesPlanContent } from './domain/series-plan';
import type { SeriesChangeRequest } from './domain/series-change-request';
import { SeriesPlanNotFound, SeriesPlanUsed, SeriesRequestRefused } from './series.errors';
import type { SeriesRequest } from './series-planner.service';

/** A plan as it was made: carrying it out by its id does exactly this, or is refused. */
export interface SeriesPlan {
  id: string;
  coachId: string;
  /** Null for a series that is still to be made. */
  seriesId: string | null;
  content: SeriesPlanContent;
  expiresAt: Date;
}

interface PlanRow<Request> extends SeriesPlan {
  request: Request;
  madeFor: string;
  usedAt: Date | null;
}

interface NewPlan {
  coachId: string;
  series: { id: string; version: number } | null;
  request: SeriesRequest | SeriesChangeRequest;
  content: SeriesPlanContent;
  now: Date;
}

/** How long a plan binds. */
const PLAN_MS = 10 * 60_000;

/** Rows of `series_plans`. */
@Injectable()
export class SeriesPlanRows {
  constructor(private readonly database: Database) {}

  async store(
    principal: Principal,
    { coachId, series, request, content, now }: NewPlan,
  ): Promise<SeriesPlan> {
    const id = newId();
    const expiresAt = new Date(now.getTime() + PLAN_MS);
    await this.database.execute(sql`
      insert into series_plans (coach_id, id, kind, series_id, series_version, made_for_kind, made_for, request, content, created_at, expires_at)
      values (${coachId}::uuid, ${id}::uuid, ${series === null ? 'create' : 'change'}, ${series?.id ?? null}::uuid, ${series?.version ?? null}::int,
        ${principal.kind}, ${principal.accountId}::uuid, ${JSON.stringify(request)}::jsonb, ${JSON.stringify(content)}::jsonb,
        ${now}::timestamptz, ${expiresAt}::timestamptz)`);
    return { id, coachId, seriesId: series?.id ?? null, content, expiresAt };
  }

  /** @throws SeriesPlanNotFound also for somebody else's; SeriesRequestRefused for one of another kind; SeriesPlanUsed */
  async open(principal: Principal, id: string, kind: 'create'): Promise<PlanRow<SeriesRequest>>;
  async open(
    principal: Principal,
    id: string,
    kind: 'change',
  ): Promise<PlanRow<SeriesChangeRequest> & { seriesId: string }>;
  async open(principal: Principal, id: string, kind: 'create' | 'change'): Promise<PlanRow<unknown>> {
    const plan = await this.database.maybe(sql<PlanRow<unknown> & { kind: string }>`
      select id, coach_id as "coachId", series_id as "seriesId", content, expires_at as "expiresAt", request, made_for as "madeFor",
        used_at as "usedAt", kind
      from series_plans where id = ${id} and made_for = ${principal.accountId}::uuid for update`);
    if (plan === undefined) throw new SeriesPlanNotFound();
    if (plan.kind !== kind)
      throw new SeriesRequestRefused(
        'planId',
        'This plan is of another kind: it makes a series, or it changes one.',
      );
    if (plan.usedAt !== null) throw new SeriesPlanUsed();
    return plan;
  }

  async markUsed({ coachId, id }: SeriesPlan, seriesId: string, now: Date): Promise<void> {
    await this.database.execute(sql`
      update series_plans set used_at = ${now}::timestamptz, series_id = ${seriesId}::uuid
      where coach_id = ${coachId}::uuid and id = ${id}::uuid`);
  }
}

/** Whether a plan still says what would happen now. */
export function stillHolds(plan: SeriesPlan, present: SeriesPlanContent, now: Date): boolean {
  return plan.expiresAt > now && isDeepStrictEqual(plan.content, JSON.parse(JSON.stringify(present)));
}
