import { Injectable } from '@nestjs/common';
import { assertVersion, Audit, type Actor } from '@app/accounts';
import { newId } from '@app/common';
import { Database, sql } from '@app/database';
import { IntervalsRefused } from './availability.errors';
import { Availability } from './availability.service';
import { intervalFaults } from './domain/interval-rules';
import type { WeeklyInterval } from './domain/working-hours';

/** A coach's week: wall times in the coach's zone, by weekday and time. Breaks are what lies between intervals. */
export interface WeeklyHoursRecord {
  timezone: string;
  intervals: WeeklyInterval[];
  version: number;
}

@Injectable()
export class WeeklyHours {
  constructor(
    private readonly database: Database,
    private readonly audit: Audit,
    private readonly availability: Availability,
  ) {}

  async get(coachId: string): Promise<WeeklyHoursRecord> {
    return this.database.one(sql<WeeklyHoursRecord>`
      select c.timezone, c.weekly_hours_version as version,
        (select coalesce(json_agg(json_build_object(
            'weekday', w.weekday, 'startsMinute', w.starts_minute, 'endsMinute', w.ends_minute) order by w.weekday, w.starts_minute), '[]')
          from weekly_hours w where w.coach_id = c.coach_id) as intervals
      from coaches c where c.coach_id = ${coachId}`);
  }

  /**
   * Replaces the whole week; sessions booked before stay where they are.
   *
   * @throws IntervalsRefused, VersionMismatch
   */
  async replace(
    coachId: string,
    intervals: readonly WeeklyInterval[],
    actor: Actor,
    expectedVersion?: number,
  ): Promise<WeeklyHoursRecord> {
    const faults = intervalFaults(intervals);
    if (faults.length > 0) throw new IntervalsRefused(faults);
    return this.database.transaction(async () => {
      await this.availability.lockCoach(coachId);
      const before = await this.get(coachId);
      assertVersion(expectedVersion, before.version);
      await this.database.execute(sql`delete from weekly_hours where coach_id = ${coachId}`);
      if (intervals.length > 0) {
        const rows = intervals.map(
          ({ weekday, startsMinute, endsMinute }) =>
            sql`(${coachId}::uuid, ${newId()}::uuid, ${weekday}, ${startsMinute}, ${endsMinute})`,
        );
        await this.database.execute(
          sql`insert into weekly_hours (coach_id, id, weekday, starts_minute, ends_minute) values ${sql.join(rows)}`,
        );
      }
      await this.database.execute(
        sql`update coaches set weekly_hours_version = weekly_hours_version + 1 where coach_id = ${coachId}`,
      );
      const after = await this.get(coachId);
      await this.audit.record({
        coachId,
        actor,
        action: 'weekly_hours.replace',
        objectType: 'weekly_hours',
        objectId: coachId,
        objectVersion: after.version,
        before: { intervals: before.intervals },
        after: { intervals: after.intervals },
      });
      return after;
    });
  }
}
