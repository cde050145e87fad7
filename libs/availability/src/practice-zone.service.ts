import { Injectable } from '@nestjs/common';
import { CoachSettings, type Actor, type CoachSettingsRecord, type SettingsChange } from '@app/accounts';
import { Clock, offsetMinutesAt, wallTimeOf, zoneOffsets, type LocalDate } from '@app/common';
import { Database, sql } from '@app/database';
import { WorkingHoursUnanswered, WorkingHoursWithoutZone } from './availability.errors';
import { Availability } from './availability.service';
import { DateOverrides } from './date-overrides.service';
import { DAY_MS, type MinuteInterval } from './domain/working-hours';
import { shiftedDates, shiftedWeek } from './domain/zone-shift';
import { OfferingHours } from './offering-hours.service';
import { WeeklyHours } from './weekly-hours.service';

/** What becomes of working hours in another zone: the same times on its clocks, or the same moments as before. */
export type WorkingHoursChoice = 'keep_local' | 'keep_instants';
export const WORKING_HOURS_CHOICES = [
  'keep_local',
  'keep_instants',
] as const satisfies readonly WorkingHoursChoice[];

const YEAR_DAYS = 366;

/** A practice that moves to another zone, with the hours in it (A172, docs/adr). */
@Injectable()
export class PracticeZone {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly settings: CoachSettings,
    private readonly availability: Availability,
    private readonly weekly: WeeklyHours,
    private readonly ofOfferings: OfferingHours,
    private readonly ofDates: DateOverrides,
  ) {}

  /**
   * Changes settings. When the zone changes and there are hours that it matters to, the coach has to say whether they
   * follow: the hours of the week, of offerings and of dates that are to come. Sessions and time off are moments and stay.
   *
   * @throws WorkingHoursUnanswered, WorkingHoursWithoutZone; and as `CoachSettings.patch`
   */
  async patch(change: SettingsChange, choice?: WorkingHoursChoice): Promise<CoachSettingsRecord> {
    const { coachId, actor } = change;
    if (change.wanted.timezone === undefined) {
      if (choice !== undefined) throw new WorkingHoursWithoutZone();
      return this.settings.patch(change);
    }
    return this.database.transaction(async () => {
      await this.availability.lockCoach(coachId);
      const { timezone: from } = await this.settings.get(coachId);
      const changed = await this.settings.patch(change);
      const to = changed.timezone;
      const now = await this.clock.now();
      if (choice === 'keep_local' || haveSameClocks(from, to, now) || !(await this.hasHours(coachId, from)))
        return changed;
      if (choice === undefined) throw new WorkingHoursUnanswered(from, to, aheadOf(from, to, now));
      await this.keepInstants(coachId, from, to, now, actor);
      return changed;
    });
  }

  private async hasHours(coachId: string, timezone: string): Promise<boolean> {
    const { has } = await this.database.one(sql<{ has: boolean }>`
      select exists (select from weekly_hours where coach_id = ${coachId})
        or exists (select from offering_hour_intervals where coach_id = ${coachId})
        or exists (select from date_overrides where coach_id = ${coachId}
          and local_date >= (app_now() at time zone ${timezone})::date) as has`);
    return has;
  }

  private async keepInstants(
    coachId: string,
    from: string,
    to: string,
    now: Date,
    actor: Actor,
  ): Promise<void> {
    const ahead = aheadOf(from, to, now);
    const { intervals } = await this.weekly.get(coachId);
    const overrides = await this.comingOverrides(coachId, from, now);
    await this.weekly.replace(coachId, shiftedWeek(intervals, ahead), actor);
    for (const offeringId of await this.offeringsWithHours(coachId)) {
      const own = await this.ofOfferings.get(coachId, offeringId);
      await this.ofOfferings.replace(coachId, offeringId, shiftedWeek(own.intervals, ahead), actor);
    }
    if (overrides.size === 0) return;
    const shifted = shiftedDates({ weekly: intervals, overrides }, (day) =>
      aheadOf(from, to, new Date(day * DAY_MS + DAY_MS / 2)),
    );
    await this.ofDates.replaceFrom(coachId, localDateOf(now, from), shifted, actor);
  }

  private async comingOverrides(
    coachId: string,
    timezone: string,
    now: Date,
  ): Promise<Map<LocalDate, readonly MinuteInterval[]>> {
    const rows = await this.database.many(sql<{ localDate: LocalDate; intervals: MinuteInterval[] }>`
      select local_date as "localDate", intervals from date_overrides
      where coach_id = ${coachId} and local_date >= ${localDateOf(now, timezone)}::date`);
    return new Map(rows.map(({ localDate, intervals }) => [localDate, intervals]));
  }

  private async offeringsWithHours(coachId: string): Promise<string[]> {
    const rows = await this.database.many(sql<{ offeringId: string }>`
      select offering_id as "offeringId" from offering_hours where coach_id = ${coachId} and own order by offering_id`);
    return rows.map(({ offeringId }) => offeringId);
  }
}

/** How far the clocks of one zone are ahead of another's at that moment, minutes. */
function aheadOf(from: string, to: string, at: Date): number {
  return Math.round(offsetMinutesAt(at, to) - offsetMinutesAt(at, from));
}

/** Whether the two show the same time from now on, for a year: then there is nothing to ask. */
function haveSameClocks(one: string, other: string, now: Date): boolean {
  const until = new Date(now.getTime() + YEAR_DAYS * DAY_MS);
  return JSON.stringify(zoneOffsets(one, now, until)) === JSON.stringify(zoneOffsets(other, now, until));
}

function localDateOf(instant: Date, timezone: string): LocalDate {
  return wallTimeOf(instant, timezone).slice(0, 10);
}
