import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Transform, type TransformFnParams } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  IsTimeZone,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { parseInstant } from '@app/common';
import {
  CONFLICT_RULES,
  CREDIT_FALLBACKS,
  PLANNED_REFUND_CHOICES,
  SERIES_CHANGES,
  SERIES_SCOPES,
  type ConflictRule,
  type CreditFallback,
  type PlannedRefundChoice,
  type SeriesChange,
  type SeriesScope,
  type SeriesState,
} from '@app/sessions';
import { FUNDING_OPTIONS, type FundingOption } from '@app/offerings';
import { CommaList, Instant, LocalDate, Nested, NestedEach, Omittable, PublicId } from '../http/fields';
import { PageQuery } from '../http/page.dto';
import { PriceBody } from '../offerings/offering.dto';

const STATES = ['active', 'paused', 'ended', 'cancelled'] as const;

/** A wall time to the minute or second; the zone stands beside it. */
function WallTime(example: string): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ type: String, example }),
    Matches(/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d(:00)?$/, {
      message: 'must be a wall time, such as 2027-03-01T18:00',
    }),
  );
}

/** Original starts, as the list of occurrences gives them. */
function OriginalStarts(): PropertyDecorator {
  return applyDecorators(
    ApiProperty({
      type: [String],
      required: false,
      example: ['2026-12-08T17:00:00Z'],
      description:
        'Occurrences by `originalStartsAt`: the one that `this` means, or those to skip or take back',
    }),
    Transform(({ value }: TransformFnParams): unknown =>
      Array.isArray(value)
        ? value.map((each: unknown) => (typeof each === 'string' ? parseInstant(each).toISOString() : each))
        : value,
    ),
    IsArray(),
    ArrayMaxSize(100),
    IsString({ each: true }),
  );
}

export class PreviewSeriesBody {
  @PublicId('offering')
  offeringId: string;

  @PublicId('client')
  clientId: string;

  /** Wall time of the first session, in `timezone`; it stays the same when the clocks change */
  @WallTime('2026-12-01T18:00')
  localStart: string;

  /** @example Europe/Berlin */
  @IsString()
  @MaxLength(60)
  @IsTimeZone()
  timezone: string;

  /**
   * RFC 5545 RRULE: FREQ (DAILY, WEEKLY, MONTHLY), INTERVAL, BYDAY, BYMONTHDAY, COUNT, UNTIL, WKST
   * @example FREQ=WEEKLY;COUNT=6
   */
  @IsString()
  @MaxLength(200)
  rule: string;

  /** What becomes of sessions whose time is taken, now and when the series is extended later */
  @Omittable()
  @IsIn(CONFLICT_RULES)
  onConflict: ConflictRule = 'fail';

  /** Pass your own hours, notice and caps; never other sessions */
  @Omittable()
  @IsBoolean()
  override: boolean = false;

  /**
   * Days ahead for which sessions are made; default: the installation's
   * @example 90
   */
  @Omittable()
  @IsInt()
  @Min(7)
  @Max(400)
  horizonDays?: number;

  @Omittable()
  @IsIn(['zoom', 'google_meet', 'microsoft_teams'])
  platform?: 'zoom' | 'google_meet' | 'microsoft_teams';

  /**
   * How each session is paid: `package` by credits, `pay_later` on the saved card; default: free, where the offering is
   * @example free
   */
  @Omittable()
  @IsIn(FUNDING_OPTIONS)
  funding?: FundingOption;

  /** `package`: this one alone pays; default: the one that expires first */
  @Omittable()
  @PublicId('entitlement')
  entitlementId?: string;

  /** `package`: what pays once credits have ended: `none`, so that sessions are unpaid, or the saved card */
  @Omittable()
  @IsIn(CREDIT_FALLBACKS)
  fallback?: CreditFallback;

  /** Hours before its start at which the card is charged; default: as the offering says, else when cancelling stops being free */
  @Omittable()
  @IsInt()
  @Min(0)
  @Max(720)
  chargeHoursBefore?: number;
}

export class CreateSeriesBody {
  @PublicId('plan')
  planId: string;
}

export class PastSessionChoice {
  @PublicId('session')
  sessionId: string;

  /** What goes back of what was paid for it */
  @IsIn(['full', 'none'])
  refund: 'full' | 'none';
}

export class SeriesChangePlanBody {
  /** @example pause */
  @IsIn(SERIES_CHANGES)
  change: SeriesChange;

  /** `this` needs one of `occurrences`, `this_and_following` its first; `all_including_past` is for `cancel` */
  @Omittable()
  @IsIn(SERIES_SCOPES)
  scope: SeriesScope = 'all_future';

  @Omittable()
  @OriginalStarts()
  occurrences: string[] = [];

  /** `move`: the new start of the first session that moves; `add`: of the extra one; `unskip`: where to place it */
  @Omittable()
  @WallTime('2026-12-10T10:00')
  localStart?: string;

  /**
   * Of `localStart`; default: the series' own
   * @example Europe/Berlin
   */
  @Omittable()
  @IsString()
  @MaxLength(60)
  @IsTimeZone()
  timezone?: string;

  /** `pause`: default now */
  @Omittable()
  @Instant('2026-12-15T00:00:00Z')
  from?: Date;

  /** `pause`: not included; without it the pause lasts until the series is resumed */
  @Omittable()
  @Instant('2027-01-01T00:00:00Z')
  until?: Date;

  /** `end`: the last day, in the series' zone, on which a session takes place */
  @Omittable()
  @LocalDate('2026-12-23')
  lastDate?: string;

  /** `edit` */
  @Omittable()
  @PublicId('offering')
  offeringId?: string;

  /**
   * `edit`
   * @example 50
   */
  @Omittable()
  @IsInt()
  @Min(5)
  @Max(720)
  durationMinutes?: number;

  /** `edit`: of each session */
  @Omittable()
  @Nested(() => PriceBody)
  price?: PriceBody;

  /** `edit`: null for your own order of platforms */
  @IsOptional()
  @IsIn(['zoom', 'google_meet', 'microsoft_teams'])
  platform?: 'zoom' | 'google_meet' | 'microsoft_teams' | null;

  /**
   * `edit`: how each session is paid
   * @example free
   */
  @Omittable()
  @IsIn(FUNDING_OPTIONS)
  funding?: FundingOption;

  /** `edit`, paid by credits: this package alone pays; null for the one that expires first */
  @IsOptional()
  @PublicId('entitlement')
  entitlementId?: string | null;

  /** `edit`, paid by credits: what pays once they have ended */
  @Omittable()
  @IsIn(CREDIT_FALLBACKS)
  fallback?: CreditFallback;

  /** `edit`: hours before its start at which the card is charged; null for when cancelling stops being free */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(720)
  chargeHoursBefore?: number | null;

  /** `move`, `edit`: what was changed by hand follows too, instead of staying as it is */
  @Omittable()
  @IsBoolean()
  includeExceptions?: boolean;

  /** Default: as the series was made with */
  @Omittable()
  @IsIn(CONFLICT_RULES)
  onConflict?: ConflictRule;

  @Omittable()
  @IsBoolean()
  override: boolean = false;

  /** `cancel`: what goes back of what was paid for sessions to come, credits too; default: all of it */
  @Omittable()
  @IsIn(PLANNED_REFUND_CHOICES)
  refund?: PlannedRefundChoice;

  /** `cancel` with `all_including_past`: each session that took place, with its refund */
  @Omittable()
  @IsArray()
  @ArrayMaxSize(1_000)
  @NestedEach(() => PastSessionChoice)
  past?: PastSessionChoice[];

  /** @example "A long journey" */
  @Omittable()
  @IsString()
  @MaxLength(1_000)
  reason?: string;
}

export class SeriesListQuery extends PageQuery {
  @Omittable()
  @PublicId('client')
  clientId?: string;

  @Omittable()
  @CommaList(STATES)
  state?: SeriesState[];
}

export class OccurrenceListQuery extends PageQuery {
  /** Only what starts, or was to start, from this instant on */
  @Omittable()
  @Instant('2026-12-01T00:00:00Z')
  from?: Date;
}
