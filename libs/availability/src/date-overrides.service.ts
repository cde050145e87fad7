import { Injectable } from '@nestjs/common';
import { Audit, type Actor } from '@app/accounts';
import { newId, publicId, weekdayOf, type LocalDate } from '@app/common';
import { Database, sql, type RawBuilder } from '@app/database';
import { IntervalsRefused, NothingThere, OverrideExists } from './availability.errors';
import { Availability } from './availability.service';
import { intervalFaults } from './domain/interval-rules';
import type { MinuteInterval } from './domain/working-hours';

/** The hours of one local date instead of the weekly ones; no interval means closed. */
export interface DateOverrideRecord {
  id: string;
  localDate: LocalDate;
  intervals: MinuteInterval[];
  createdAt: Date;
}

export interface DateOverrideFilter {
  /** The first date that is shown. */
  fromDate?: LocalDate;
  limit: number;
  /** The last date seen. */
  after?: LocalDate;
}

const columns: RawBuilder<unknown> = sql.raw(
  'id, local_date as "localDate", intervals, created_at as "createdAt"',
);

@Injectable()
export class DateOverrides {
  constructor(
    private readonly database: Database,
    private readonly audit: Audit,
    private readonly availability: Availability,
  ) {}

  /** By date; one row more than `limit` says that there are more. */
  async list(coachId: string, { fromDate, limit, after }: DateOverrideFilter): Promise<DateOverrideRecord[]> {
    return this.database.many(sql<DateOverrideRecord>`
      select ${columns} from date_overrides
      where coach_id = ${coachId} and (${fromDate ?? null}::date is null or local_date >= ${fromDate ?? null}::date)
        and (${after ?? null}::date is null or local_date > ${after ?? null}::date)
      order by local_date limit ${limit + 1}`);
  }

  /** @throws IntervalsRefused; OverrideExists; InvalidTime for a date that is on no calendar */
  async create(
    coachId: string,
    wanted: { localDate: LocalDate; intervals: readonly MinuteInterval[] },
    actor: Actor,
  ): Promise<DateOverrideRecord> {
    const { localDate } = wanted;
    weekdayOf(localDate);
    const faults = intervalFaults(wanted.intervals);
    if (faults.length > 0) throw new IntervalsRefused(faults);
    const intervals = wanted.intervals
      .map(({ startsMinute, endsMinute }) => ({ startsMinute, endsMinute }))
      .sort((a, b) => a.startsMinute - b.startsMinute);
    return this.database.transaction(async () => {
      await this.availability.lockCoach(coachId);
      await this.refuseSecond(coachId, localDate);
      const created = await this.database.one(sql<DateOverrideRecord>`
        insert into date_overrides (coach_id, id, local_date, intervals, created_at)
        values (${coachId}::uuid, ${newId()}::uuid, ${localDate}::date, ${JSON.stringify(intervals)}::jsonb, app_now())
        returning ${columns}`);
      await this.audit.record({
        coachId,
        actor,
        action: 'date_override.create',
        objectType: 'date_override',
        objectId: created.id,
        after: { localDate, intervals },
      });
      return created;
    });
  }

  /** The weekly hours apply again. @throws NothingThere */
  async remove(coachId: string, id: string, actor: Actor): Promise<void> {
    await this.database.transaction(async () => {
      await this.availability.lockCoach(coachId);
      const removed = await this.database.maybe(
        sql<DateOverrideRecord>`delete from date_overrides where coach_id = ${coachId} and id = ${id} returning ${columns}`,
      );
      if (removed === undefined) throw new NothingThere('override');
      await this.audit.record({
        coachId,
        actor,
        action: 'date_override.delete',
        objectType: 'date_override',
        objectId: id,
        before: { localDate: removed.localDate, intervals: removed.intervals },
      });
    });
  }

  /**
   * What is there from a date on gives way to these, as one act; earlier ones are kept out and stay as they are. The coach
   * is locked.
   */
  async replaceFrom(
    coachId: string,
    fromDate: LocalDate,
    wanted: ReadonlyMap<LocalDate, readonly MinuteInterval[]>,
    actor: Actor,
  ): Promise<void> {
    const removed = await this.database.many(sql<DateOverrideRecord>`
      delete from date_overrides where coach_id = ${coachId} and local_date >= ${fromDate}::date returning ${columns}`);
    const made = [...wanted]
      .filter(([localDate]) => localDate >= fromDate)
      .map(([localDate, intervals]) => ({ localDate, intervals }))
      .sort((a, b) => a.localDate.localeCompare(b.localDate));
    if (made.length > 0) {
      const rows = made.map(
        ({ localDate, intervals }) =>
          sql`(${coachId}::uuid, ${newId()}::uuid, ${localDate}::date, ${JSON.stringify(intervals)}::jsonb, app_now())`,
      );
      await this.database.execute(sql`
        insert into date_overrides (coach_id, id, local_date, intervals, created_at) values ${sql.join(rows)}`);
    }
    await this.audit.record({
      coachId,
      actor,
      action: 'date_override.replace',
      objectType: 'date_override',
      objectId: coachId,
      before: { dates: removed.map(({ localDate, intervals }) => ({ localDate, intervals })) },
      after: { dates: made },
    });
  }

  private async refuseSecond(coachId: string, localDate: LocalDate): Promise<void> {
    const present = await this.database.maybe(sql<{ id: string }>`
      select id from date_overrides where coach_id = ${coachId} and local_date = ${localDate}::date`);
    if (present !== undefined) throw new OverrideExists(localDate, publicId('override', present.id));
  }
}
