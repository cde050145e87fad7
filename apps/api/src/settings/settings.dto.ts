import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  IsTimeZone,
  Matches,
  Max,
  Min,
} from 'class-validator';
import { REMINDER_BOUNDS, SETTING_BOUNDS, VIDEO_PLATFORMS } from '@app/accounts';
import { WORKING_HOURS_CHOICES } from '@app/availability';
import { Omittable, PublicId } from '../http/fields';

export class SettingsBody {
  /**
   * Zone of your practice, IANA name: days, caps and working hours are of this zone, and you read times in it
   * @example Europe/Berlin
   */
  @Omittable()
  @IsTimeZone()
  timezone?: string;

  /** With another timezone: working hours follow it (09:00 stays 09:00), or stay at the same moments; required where there are any */
  @Omittable()
  @IsIn(WORKING_HOURS_CHOICES)
  workingHours?: 'keep_local' | 'keep_instants';

  /**
   * ISO 4217 code; stays once something was sold
   * @example EUR
   */
  @Omittable()
  @IsString()
  @Matches(/^[A-Z]{3}$/, { message: 'must be a currency code such as EUR' })
  currency?: string;

  /**
   * Free minutes before each session, unless the offering says otherwise; those of neighbours add up: 15 after one and 10 before the next keep 25 minutes free
   * @example 10
   */
  @Omittable()
  @IsInt()
  @Min(SETTING_BOUNDS.bufferBeforeMinutes[0])
  @Max(SETTING_BOUNDS.bufferBeforeMinutes[1])
  bufferBeforeMinutes?: number;

  /**
   * Free minutes after each session, unless the offering says otherwise
   * @example 5
   */
  @Omittable()
  @IsInt()
  @Min(SETTING_BOUNDS.bufferAfterMinutes[0])
  @Max(SETTING_BOUNDS.bufferAfterMinutes[1])
  bufferAfterMinutes?: number;

  /**
   * Minutes to prepare, part of the buffer before
   * @example 0
   */
  @Omittable()
  @IsInt()
  @Min(SETTING_BOUNDS.prepMinutes[0])
  @Max(SETTING_BOUNDS.prepMinutes[1])
  prepMinutes?: number;

  /**
   * How long before its start a session can be booked at the latest, minutes
   * @example 120
   */
  @Omittable()
  @IsInt()
  @Min(SETTING_BOUNDS.minimumNoticeMinutes[0])
  @Max(SETTING_BOUNDS.minimumNoticeMinutes[1])
  minimumNoticeMinutes?: number;

  /**
   * How far ahead sessions can be booked, days
   * @example 90
   */
  @Omittable()
  @IsInt()
  @Min(SETTING_BOUNDS.bookingHorizonDays[0])
  @Max(SETTING_BOUNDS.bookingHorizonDays[1])
  bookingHorizonDays?: number;

  /**
   * Steps of the starts that are offered, minutes
   * @example 15
   */
  @Omittable()
  @IsInt()
  @Min(SETTING_BOUNDS.startIncrementMinutes[0])
  @Max(SETTING_BOUNDS.startIncrementMinutes[1])
  startIncrementMinutes?: number;

  /**
   * Most sessions on one day of your zone; null is no cap
   * @example 6
   */
  @IsOptional()
  @IsInt()
  @Min(SETTING_BOUNDS.mostSessionsPerDay[0])
  @Max(SETTING_BOUNDS.mostSessionsPerDay[1])
  mostSessionsPerDay?: number | null;

  /**
   * Most sessions in one week of your zone; null is no cap
   * @example 20
   */
  @IsOptional()
  @IsInt()
  @Min(SETTING_BOUNDS.mostSessionsPerWeek[0])
  @Max(SETTING_BOUNDS.mostSessionsPerWeek[1])
  mostSessionsPerWeek?: number | null;

  /**
   * Minutes after the start from which a no-show can be marked
   * @example 10
   */
  @Omittable()
  @IsInt()
  @Min(SETTING_BOUNDS.waitingMinutes[0])
  @Max(SETTING_BOUNDS.waitingMinutes[1])
  waitingMinutes?: number;

  /**
   * Minutes after the end until a session completes by itself
   * @example 0
   */
  @Omittable()
  @IsInt()
  @Min(SETTING_BOUNDS.completionGraceMinutes[0])
  @Max(SETTING_BOUNDS.completionGraceMinutes[1])
  completionGraceMinutes?: number;

  /**
   * Minutes after the end in which the room can still be joined
   * @example 0
   */
  @Omittable()
  @IsInt()
  @Min(SETTING_BOUNDS.joinGraceMinutes[0])
  @Max(SETTING_BOUNDS.joinGraceMinutes[1])
  joinGraceMinutes?: number;

  /**
   * Minutes a booking by a client waits for payment
   * @example 15
   */
  @Omittable()
  @IsInt()
  @Min(SETTING_BOUNDS.clientHoldMinutes[0])
  @Max(SETTING_BOUNDS.clientHoldMinutes[1])
  clientHoldMinutes?: number;

  /**
   * Minutes a booking by you waits for payment
   * @example 2880
   */
  @Omittable()
  @IsInt()
  @Min(SETTING_BOUNDS.coachHoldMinutes[0])
  @Max(SETTING_BOUNDS.coachHoldMinutes[1])
  coachHoldMinutes?: number;

  /**
   * Hours that an offer of other times, or a client's request for them, waits for its answer; never beyond the start
   * @example 48
   */
  @Omittable()
  @IsInt()
  @Min(SETTING_BOUNDS.proposalHours[0])
  @Max(SETTING_BOUNDS.proposalHours[1])
  proposalHours?: number;

  /**
   * From how many days before its last day a package counts as expiring soon; its client is told 14 days before in any case
   * @example 14
   */
  @Omittable()
  @IsInt()
  @Min(SETTING_BOUNDS.expiringSoonDays[0])
  @Max(SETTING_BOUNDS.expiringSoonDays[1])
  expiringSoonDays?: number;

  /**
   * How long before a session you and the client are reminded of it, minutes; an empty list sends no reminders
   * @example [1440, 60]
   */
  @Omittable()
  @IsArray()
  @ArrayMaxSize(REMINDER_BOUNDS.most)
  @ArrayUnique()
  @IsInt({ each: true })
  @Min(REMINDER_BOUNDS.least, { each: true })
  @Max(REMINDER_BOUNDS.greatest, { each: true })
  reminderMinutes?: number[];

  /** Video platforms in order of preference */
  @Omittable()
  @IsArray()
  @ArrayUnique()
  @IsIn(VIDEO_PLATFORMS, { each: true })
  platforms?: ('zoom' | 'google_meet' | 'microsoft_teams')[];

  /** Terms of offerings that name none of their own; null names none */
  @IsOptional()
  @PublicId('policy')
  defaultPolicyId?: string | null;
}

export class SettingsView {
  /** @example coa_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  id: string;

  /** @example Europe/Berlin */
  timezone: string;

  /** @example EUR */
  currency: string;

  /**
   * The platform's share of what you earn, in basis points
   * @example 1000
   */
  applicationFeeBps: number;

  /** @example 10 */
  bufferBeforeMinutes: number;

  /** @example 5 */
  bufferAfterMinutes: number;

  /** @example 0 */
  prepMinutes: number;

  /** @example 120 */
  minimumNoticeMinutes: number;

  /** @example 90 */
  bookingHorizonDays: number;

  /** @example 15 */
  startIncrementMinutes: number;

  /** @example 6 */
  mostSessionsPerDay: number | null;

  /** @example 20 */
  mostSessionsPerWeek: number | null;

  /** @example 10 */
  waitingMinutes: number;

  /** @example 0 */
  completionGraceMinutes: number;

  /** @example 0 */
  joinGraceMinutes: number;

  /** @example 15 */
  clientHoldMinutes: number;

  /** @example 2880 */
  coachHoldMinutes: number;

  /** @example 48 */
  proposalHours: number;

  /** @example 14 */
  expiringSoonDays: number;

  /** @example [1440, 60] */
  reminderMinutes: number[];

  platforms: ('zoom' | 'google_meet' | 'microsoft_teams')[];

  /** @example pol_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  defaultPolicyId: string | null;

  version: number;
}
