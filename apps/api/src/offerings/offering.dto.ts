import {
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { VIDEO_PLATFORMS } from '@app/accounts';
import { FUNDING_OPTIONS } from '@app/offerings';
import { Nested, Omittable, PublicId, Words } from '../http/fields';
import { MoneyView } from '../http/money.dto';
import { PageQuery } from '../http/page.dto';
import { PolicyTextView } from '../policies/policy.dto';

type Funding = (typeof FUNDING_OPTIONS)[number];
type Platform = (typeof VIDEO_PLATFORMS)[number];
const CHARGE_TIMINGS = ['free_cancellation_ends', 'before_start', 'after_session'] as const;
type ChargeTiming = 'free_cancellation_ends' | 'before_start' | 'after_session';

export class OfferingListQuery extends PageQuery {
  /** Only what this coach offers, if you are a client of several */
  @IsOptional()
  @PublicId('coach')
  coachId?: string;

  /** For coaches: also what is no longer sold */
  @IsOptional()
  @IsIn(['archived'])
  include?: 'archived';
}

export class PriceBody {
  /**
   * Minor units of the currency (cents; whole yen); 0 is free
   * @example 9000
   */
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  amount: number;

  /**
   * ISO 4217, the currency of your practice
   * @example EUR
   */
  @IsString()
  @Matches(/^[A-Z]{3}$/, { message: 'must be a currency code such as EUR' })
  currency: string;
}

/** What can be left out when an offering is made. */
export class OfferingOptionsBody {
  /** @example For everything that one hour can hold */
  @Omittable()
  @IsString()
  @MaxLength(4_000)
  description?: string;

  /**
   * Free minutes before a session; null takes yours from the settings. Those of neighbours add up
   * @example 10
   */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(480)
  bufferBeforeMinutes?: number | null;

  /**
   * Free minutes after a session; null takes yours from the settings
   * @example 5
   */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(480)
  bufferAfterMinutes?: number | null;

  /**
   * Minutes to prepare, kept free besides the buffer before; null takes yours from the settings
   * @example 15
   */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(480)
  prepMinutes?: number | null;

  /** Where sessions meet; null takes the first of your platforms */
  @IsOptional()
  @IsIn(VIDEO_PLATFORMS)
  platform?: Platform | null;

  @Omittable()
  @IsBoolean()
  breakoutRooms?: boolean;

  /** Cancellation terms; null takes your default */
  @IsOptional()
  @PublicId('policy')
  policyId?: string | null;

  /**
   * With `pay_later`: when the saved card is charged; left out, once cancelling is no longer free
   * @example before_start
   */
  @Omittable()
  @IsIn(CHARGE_TIMINGS)
  chargeTiming?: ChargeTiming;

  /**
   * With `before_start`: hours between the charge and the start
   * @example 24
   */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(720)
  chargeHoursBefore?: number | null;
}

export class NewOfferingBody extends OfferingOptionsBody {
  /** @example Coaching session */
  @Words(120)
  name: string;

  /** @example 60 */
  @IsInt()
  @Min(5)
  @Max(720)
  durationMinutes: number;

  @Nested(() => PriceBody)
  price: PriceBody;

  /** How it can be paid; `free` with the price 0 and only there */
  @IsArray()
  @ArrayMinSize(1)
  @ArrayUnique()
  @IsIn(FUNDING_OPTIONS, { each: true })
  fundingOptions: Funding[];
}

export class ChangeOfferingBody extends OfferingOptionsBody {
  /** @example Coaching session */
  @Omittable()
  @Words(120)
  name?: string;

  /** @example 60 */
  @Omittable()
  @IsInt()
  @Min(5)
  @Max(720)
  durationMinutes?: number;

  @Omittable()
  @Nested(() => PriceBody)
  price?: PriceBody;

  /** How it can be paid; `free` with the price 0 and only there */
  @Omittable()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayUnique()
  @IsIn(FUNDING_OPTIONS, { each: true })
  fundingOptions?: Funding[];
}

export class PolicyOfOfferingView extends PolicyTextView {
  /**
   * What a client accepts by booking: `acceptedPolicyId`
   * @example pol_01kaxbt6r8e9tbm3v0c1d2e3f4
   */
  id: string;
}

export class OfferingView {
  /** @example off_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  id: string;

  /** @example coa_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  coachId: string;

  /** @example Coaching session */
  name: string;

  description: string;

  /** @example 60 */
  durationMinutes: number;

  price: MoneyView;

  fundingOptions: Funding[];

  /** Null: the coach's own, as for the next two */
  bufferBeforeMinutes: number | null;

  bufferAfterMinutes: number | null;

  prepMinutes: number | null;

  /** Null: the first of the coach's platforms */
  platform: Platform | null;

  breakoutRooms: boolean;

  /** Null: the coach's default terms */
  policyId: string | null;

  /** With `pay_later`: when the saved card is charged */
  chargeTiming: ChargeTiming;

  /** With `before_start`: hours between the charge and the start */
  chargeHoursBefore: number | null;

  /** The terms that apply to a booking made now */
  policy: PolicyOfOfferingView;

  archivedAt: string | null;

  version: number;
}

export class OfferingPageView {
  data: OfferingView[];

  nextCursor: string | null;

  hasMore: boolean;
}
