import { Injectable } from '@nestjs/common';
import { reachableBy, type Principal } from '@app/accounts';
import { Database, sql, type RawBuilder } from '@app/database';
import type { SeriesPlanContent, SeriesState } from './domain/series-plan';
import { occurrenceColumns, seriesColumns, type OccurrenceRecord, type SeriesRecord } from './series-record';
import { SeriesNotFound } from './series.errors';
import { sessionColumns, type SessionRecord } from './session-record';

export interface SeriesFilter {
  clientId?: string;
  state?: SeriesState[];
  limit: number;
  /** Id of the last row seen. */
  after?: string;
}

export interface OccurrenceFilter {
  /** Only what starts, or was to start, from this instant on. */
  from?: Date;
  limit: number;
  /** Original start of the last row seen. */
  after?: Date;
}

/** Windows in which sessions are joined overlap with those of their neighbours at most. */
const NEAREST = 5;

@Injectable()
export class SeriesQueries {
  constructor(private readonly database: Database) {}

  /** @throws SeriesNotFound */
  async get(coachId: string, id: string): Promise<SeriesRecord> {
    return this.only(sql`r.coach_id = ${coachId} and r.id = ${id}`);
  }

  /** A series that this person may reach. @throws SeriesNotFound also for somebody else's */
  async find(principal: Principal, id: string): Promise<SeriesRecord> {
    return this.only(sql`r.id = ${id} and ${reachableBy(principal, 'r')}`);
  }

  /** For the rest of the transaction; the coach is locked before. @throws SeriesNotFound */
  async lock(coachId: string, id: string): Promise<SeriesRecord> {
    return this.only(sql`r.coach_id = ${coachId} and r.id = ${id} for no key update of r`);
  }

  /** The sessions of a series and what pays them, or gives their share back, for the rest of the transaction: what each is stays true until the commit. */
  async lockSessions({ coachId, id }: SeriesRecord): Promise<void> {
    await this.database.execute(sql`
      select id from sessions where coach_id = ${coachId} and series_id = ${id} order by id for no key update`);
    await this.database.execute(sql`
      select id from payments where coach_id = ${coachId} and id in (
        select p.id from sessions s join payments p on p.coach_id = s.coach_id and p.session_id = s.id
        where s.coach_id = ${coachId} and s.series_id = ${id}
        union select p.id from sessions s join entitlements e on e.coach_id = s.coach_id and e.id = s.entitlement_id
          join payments p on p.coach_id = e.coach_id and p.entitlement_id = e.id
        where s.coach_id = ${coachId} and s.series_id = ${id} and e.status = 'refunded')
      order by id for no key update`);
  }

  private async only(where: RawBuilder<unknown>): Promise<SeriesRecord> {
    const series = await this.database.maybe(
      sql<SeriesRecord>`select ${seriesColumns} from series r where ${where}`,
    );
    if (series === undefined) throw new SeriesNotFound();
    return series;
  }

  /** The latest first; one row more than `limit` says that there are more. */
  async list(principal: Principal, { clientId, state, limit, after }: SeriesFilter): Promise<SeriesRecord[]> {
    return this.database.many(sql<SeriesRecord>`
      select ${seriesColumns} from series r
      where ${reachableBy(principal, 'r')}
        and (${clientId ?? null}::uuid is null or r.client_id = ${clientId ?? null}::uuid)
        and (${state ?? null}::text[] is null or r.state = any(${state ?? null}::text[]))
        and (${after ?? null}::uuid is null or r.id < ${after ?? null}::uuid)
      order by r.id desc limit ${limit + 1}`);
  }

  /** By original start; one row more than `limit` says that there are more. */
  async page(
    coachId: string,
    seriesId: string,
    { from, limit, after }: OccurrenceFilter,
  ): Promise<OccurrenceRecord[]> {
    return this.database.many(sql<OccurrenceRecord>`
      select ${occurrenceColumns}
      from series_occurrences o left join sessions s on s.coach_id = o.coach_id and s.id = o.session_id
      where o.coach_id = ${coachId} and o.series_id = ${seriesId}
        and (${after ?? null}::timestamptz is null or o.original_starts_at > ${after ?? null}::timestamptz)
        and (${from ?? null}::timestamptz is null or coalesce(s.starts_at, o.original_starts_at) >= ${from ?? null}::timestamptz)
      order by o.original_starts_at limit ${limit + 1}`);
  }

  /** All of a series, by original start. */
  async occurrences(coachId: string, seriesId: string): Promise<OccurrenceRecord[]> {
    return this.database.many(sql<OccurrenceRecord>`
      select ${occurrenceColumns}
      from series_occurrences o left join sessions s on s.coach_id = o.coach_id and s.id = o.session_id
      where o.coach_id = ${coachId} and o.series_id = ${seriesId}
      order by o.original_starts_at`);
  }

  /** Sessions to come that no credit pays, the next first. */
  async sessionsWithoutCredit(
    coachId: string,
    seriesId: string,
  ): Promise<Pick<SessionRecord, 'startsAt' | 'funding'>[]> {
    return this.database.many(sql<Pick<SessionRecord, 'startsAt' | 'funding'>>`
      select starts_at as "startsAt", funding from sessions
      where coach_id = ${coachId} and series_id = ${seriesId} and status = 'scheduled' and funding <> 'package'
        and starts_at > app_now()
      order by starts_at`);
  }

  /** The sessions that were not cancelled and are nearest to an instant: the next ones, and those that ended last. */
  async sessionsAround(coachId: string, seriesId: string, instant: Date): Promise<SessionRecord[]> {
    const session = sql`select ${sessionColumns} from sessions s
      where s.coach_id = ${coachId} and s.series_id = ${seriesId} and s.status <> 'cancelled'`;
    return this.database.many(sql<SessionRecord>`
      (${session} and s.ends_at > ${instant} order by s.starts_at limit ${NEAREST})
      union all (${session} and s.ends_at <= ${instant} order by s.ends_at desc limit ${NEAREST})`);
  }

  /**
   * RFC 5545 SEQUENCE of the series' calendar object: rises with each act on the series, with each change of one of its
   * sessions by itself, and with each occurrence that the worker could not place. An act may take sessions away to another
   * series, or place an occurrence, so it counts for more than all of those.
   */
  async calendarSequence(coachId: string, seriesId: string): Promise<number> {
    const row = await this.database.one(sql<{ sequence: number }>`
      select (r.calendar_sequence * 10000 + coalesce((
        select sum(s.calendar_sequence) from sessions s where s.coach_id = r.coach_id and s.series_id = r.id), 0)
        + (select count(*) from series_occurrences o
          where o.coach_id = r.coach_id and o.series_id = r.id and o.session_id is null and o.reasons <> '[]'))::int as sequence
      from series r where r.coach_id = ${coachId} and r.id = ${seriesId}`);
    return row.sequence;
  }

  /** What was carried out by a plan; undefined for one that was not. */
  async carriedOut(coachId: string, planId: string): Promise<SeriesPlanContent | undefined> {
    const row = await this.database.maybe(sql<{ content: SeriesPlanContent }>`
      select content from series_plans where coach_id = ${coachId} and id = ${planId} and used_at is not null`);
    return row?.content;
  }
}
