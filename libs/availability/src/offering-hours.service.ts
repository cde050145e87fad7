import { Injectable } from '@nestjs/common';
import { assertVersion, Audit, type Actor } from '@app/accounts';
import { newId } from '@app/common';
import { Database, sql, type RawBuilder } from '@app/database';
import { IntervalsRefused } from './availability.errors';
import { Availability } from './availability.service';
import { intervalFaults } from './domain/interval-rules';
import type { WeeklyInterval } from './domain/working-hours';

/** The week in which an offering can be booked: wall times in the coach's zone, by weekday and time. */
export interface OfferingHoursRecord {
  timezone: string;
  /** Whether these are the offering's own hours; else they are the coach's. */
  own: boolean;
  intervals: WeeklyInterval[];
  version: number;
}

/** Weekly hours of single offerings. Whoever calls has seen that the offering is this coach's. */
@Injectable()
export class OfferingHours {
  constructor(
    private readonly database: Database,
    private readonly audit: Audit,
    private readonly availability: Availability,
  ) {}

  async get(coachId: string, offeringId: string): Promise<OfferingHoursRecord> {
    return this.database.one(sql<OfferingHoursRecord>`
      select c.timezone, coalesce(h.own, false) as own, coalesce(h.version, 1) as version,
        case when h.own
          then (select ${intervals} from offering_hour_intervals w where w.coach_id = c.coach_id and w.offering_id = ${offeringId}::uuid)
          else (select ${intervals} from weekly_hours w where w.coach_id = c.coach_id) end as intervals
      from coaches c left join offering_hours h on h.coach_id = c.coach_id and h.offering_id = ${offeringId}::uuid
      where c.coach_id = ${coachId}`);
  }

  /**
   * Gives the offering a week of its own; with no interval nobody but its coach can book it, by override. Sessions
   * booked before stay where they are.
   *
   * @throws IntervalsRefused, VersionMismatch
   */
  async replace(
    coachId: string,
    offeringId: string,
    wanted: readonly WeeklyInterval[],
    actor: Actor,
    expectedVersion?: number,
  ): Promise<OfferingHoursRecord> {
    const faults = intervalFaults(wanted);
    if (faults.length > 0) throw new IntervalsRefused(faults);
    return this.change(coachId, offeringId, actor, expectedVersion, wanted);
  }

  /** The coach's own hours count again; where they do, nothing changes. @throws VersionMismatch */
  async reset(coachId: string, offeringId: string, actor: Actor, expectedVersion?: number): Promise<void> {
    await this.change(coachId, offeringId, actor, expectedVersion, null);
  }

  private async change(
    coachId: string,
    offeringId: string,
    actor: Actor,
    expectedVersion: number | undefined,
    wanted: readonly WeeklyInterval[] | null,
  ): Promise<OfferingHoursRecord> {
    return this.database.transaction(async () => {
      await this.availability.lockCoach(coachId);
      const before = await this.get(coachId, offeringId);
      assertVersion(expectedVersion, before.version);
      if (wanted === null && !before.own) return before;
      await this.write(coachId, offeringId, wanted);
      const after = await this.get(coachId, offeringId);
      await this.audit.record({
        coachId,
        actor,
        action: wanted === null ? 'offering_hours.reset' : 'offering_hours.replace',
        objectType: 'offering_hours',
        objectId: offeringId,
        objectVersion: after.version,
        before: { own: before.own, intervals: before.intervals },
        after: { own: after.own, intervals: after.intervals },
      });
      return after;
    });
  }

  private async write(
    coachId: string,
    offeringId: string,
    wanted: readonly WeeklyInterval[] | null,
  ): Promise<void> {
    await this.database.execute(
      sql`delete from offering_hour_intervals where coach_id = ${coachId} and offering_id = ${offeringId}`,
    );
    await this.database.execute(sql`
      insert into offering_hours (coach_id, offering_id, own, version, updated_at)
      values (${coachId}::uuid, ${offeringId}::uuid, ${wanted !== null}::boolean, 2, app_now())
      on conflict (coach_id, offering_id) do update
      set own = excluded.own, version = offering_hours.version + 1, updated_at = excluded.updated_at`);
    if (wanted === null || wanted.length === 0) return;
    const rows = wanted.map(
      ({ weekday, startsMinute, endsMinute }) =>
        sql`(${coachId}::uuid, ${newId()}::uuid, ${offeringId}::uuid, ${weekday}, ${startsMinute}, ${endsMinute})`,
    );
    await this.database.execute(sql`
      insert into offering_hour_intervals (coach_id, id, offering_id, weekday, starts_minute, ends_minute)
      values ${sql.join(rows)}`);
  }
}

const intervals: RawBuilder<unknown> = sql.raw(`coalesce(json_agg(json_build_object('weekday', w.weekday,
  'startsMinute', w.starts_minute, 'endsMinute', w.ends_minute) order by w.weekday, w.starts_minute), '[]')`);
