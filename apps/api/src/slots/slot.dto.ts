import { IsOptional, IsString, IsTimeZone, Matches } from 'class-validator';
import { Instant, PublicId } from '../http/fields';

const DATE_OR_INSTANT = /^\d{4}-\d\d-\d\d(T.{1,60})?$/;
const MESSAGE = 'must be a date, or a time with an offset such as 2026-12-01T00:00:00+01:00';

export class SlotTimesQuery {
  /**
   * The first start: a time with offset, or a date in `timezone`. By default now
   * @example 2026-12-01
   */
  @IsOptional()
  @IsString()
  @Matches(DATE_OR_INSTANT, { message: MESSAGE })
  from?: string;

  /**
   * Starts before this: a time with offset, or a date in `timezone`, itself not included. By default two weeks later; at most 62 days
   * @example 2026-12-15
   */
  @IsOptional()
  @IsString()
  @Matches(DATE_OR_INSTANT, { message: MESSAGE })
  to?: string;

  /**
   * Zone of dates in the question and of `localStart` in the answer; by default your own
   * @example Europe/Berlin
   */
  @IsOptional()
  @IsTimeZone()
  timezone?: string;
}

export class SlotQuery extends SlotTimesQuery {
  @PublicId('offering')
  offeringId: string;
}

export class SlotTimeQuery {
  @Instant('2026-12-01T10:00:00+01:00')
  startsAt: Date;

  /**
   * Zone of `localStart` in the answer; by default your own
   * @example Europe/Berlin
   */
  @IsOptional()
  @IsTimeZone()
  timezone?: string;
}

export class SlotExplanationQuery extends SlotTimeQuery {
  @PublicId('offering')
  offeringId: string;
}

export class SlotView {
  /** @example 2026-12-01T09:00:00.000Z */
  startsAt: string;

  /** @example 2026-12-01T10:00:00.000Z */
  endsAt: string;

  /** @example 2026-12-01T10:00:00 */
  localStart: string;
}

export class SlotListView {
  /** @example off_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  offeringId: string;

  /**
   * Zone of `localStart`
   * @example Europe/Berlin
   */
  timezone: string;

  /**
   * Zone of the coach's working hours
   * @example Europe/Berlin
   */
  coachTimezone: string;

  /** Starts that can be booked, unless somebody is faster */
  data: SlotView[];
}

export class SlotReasonView {
  /** @example taken */
  code:
    | 'in_the_past'
    | 'notice'
    | 'horizon'
    | 'outside_hours'
    | 'override_closed'
    | 'not_on_grid'
    | 'time_off'
    | 'cap_day'
    | 'cap_week'
    | 'taken'
    | 'buffer'
    | 'package_expired';

  /** @example The time is taken. */
  text: string;

  /** The session that has the time; for the coach only */
  sessionId?: string;
}

export class SlotExplanationView {
  /** @example off_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  offeringId: string;

  /** @example 2026-12-01T09:00:00.000Z */
  startsAt: string;

  /** @example Europe/Berlin */
  timezone: string;

  /** @example 2026-12-01T10:00:00 */
  localStart: string;

  /** Whether it can be booked now: then there are no reasons */
  free: boolean;

  reasons: SlotReasonView[];
}
