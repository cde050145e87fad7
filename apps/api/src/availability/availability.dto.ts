import {
  ArrayMaxSize,
  IsArray,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { TIME_OFF_KINDS } from '@app/availability';
import { Instant, LocalDate, NestedEach, Omittable } from '../http/fields';
import { PageQuery } from '../http/page.dto';
import { EndTime, StartTime } from './wall-minutes';

type TimeOffKind = (typeof TIME_OFF_KINDS)[number];

export class IntervalBody {
  /** Wall time in the zone of your practice */
  @StartTime()
  startTime: string;

  /** Wall time; 24:00 is the end of the day */
  @EndTime()
  endTime: string;
}

export class WeeklyIntervalBody extends IntervalBody {
  /**
   * 1 is Monday, 7 is Sunday
   * @example 1
   */
  @IsInt()
  @Min(1)
  @Max(7)
  weekday: number;
}

export class WeeklyHoursBody {
  /** The whole week; several intervals on a day leave a break between them */
  @IsArray()
  @ArrayMaxSize(100)
  @NestedEach(() => WeeklyIntervalBody)
  intervals: WeeklyIntervalBody[];
}

export class IntervalView {
  /** @example 09:00 */
  startTime: string;

  /** @example 17:00 */
  endTime: string;
}

export class WeeklyIntervalView extends IntervalView {
  /** @example 1 */
  weekday: number;
}

export class WeeklyHoursView {
  /**
   * Zone that the times are in
   * @example Europe/Berlin
   */
  timezone: string;

  intervals: WeeklyIntervalView[];

  version: number;
}

export class OfferingHoursView extends WeeklyHoursView {
  /** Whether these are the offering's own hours; else they are yours */
  own: boolean;
}

export class OverrideListQuery extends PageQuery {
  /** The first date that is shown */
  @IsOptional()
  @LocalDate('2026-12-01')
  from?: string;
}

export class NewOverrideBody {
  /** A date on the calendar of your practice */
  @LocalDate('2026-12-24')
  date: string;

  /** The hours of that date instead of the weekly ones; none means closed */
  @IsArray()
  @ArrayMaxSize(20)
  @NestedEach(() => IntervalBody)
  intervals: IntervalBody[];
}

export class OverrideView {
  /** @example ovr_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  id: string;

  /** @example 2026-12-24 */
  date: string;

  intervals: IntervalView[];

  createdAt: string;
}

export class OverridePageView {
  data: OverrideView[];

  nextCursor: string | null;

  hasMore: boolean;
}

export class TimeOffListQuery extends PageQuery {
  /** What ends later than this */
  @IsOptional()
  @Instant('2026-12-01T00:00:00+01:00')
  from?: Date;
}

export class NewTimeOffBody {
  /** `prep`: time to prepare; `break`: a pause; all of them take working hours away */
  @Omittable()
  @IsIn(TIME_OFF_KINDS)
  kind: TimeOffKind = 'time_off';

  /**
   * Only you read it
   * @example Holiday
   */
  @Omittable()
  @IsString()
  @MaxLength(200)
  title?: string;

  @Instant('2026-12-24T00:00:00+01:00')
  startsAt: Date;

  @Instant('2027-01-02T00:00:00+01:00')
  endsAt: Date;
}

export class TimeOffView {
  /** @example tof_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  id: string;

  kind: TimeOffKind;

  title: string;

  /** @example 2026-12-23T23:00:00.000Z */
  startsAt: string;

  /** @example 2027-01-01T23:00:00.000Z */
  endsAt: string;

  /**
   * Zone of the local times: your own
   * @example Europe/Berlin
   */
  timezone: string;

  /** @example 2026-12-24T00:00:00 */
  localStart: string;

  /** @example 2027-01-02T00:00:00 */
  localEnd: string;

  createdAt: string;
}

export class CreatedTimeOffView extends TimeOffView {
  /** Sessions that lie in it; they stay until somebody moves or cancels them */
  sessionIds: string[];
}

export class TimeOffPageView {
  data: TimeOffView[];

  nextCursor: string | null;

  hasMore: boolean;
}
