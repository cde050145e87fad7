import { ArrayMaxSize, IsArray, IsBoolean, IsInt, IsOptional, Max, Min } from 'class-validator';
import { Nested, NestedEach, Omittable, PublicId, Words } from '../http/fields';
import { PageQuery } from '../http/page.dto';

export class PolicyListQuery extends PageQuery {
  /** Only the terms of this coach, if you are a client of several */
  @IsOptional()
  @PublicId('coach')
  coachId?: string;
}

export class PolicyTierBody {
  /**
   * From this many whole hours before the start on
   * @example 48
   */
  @IsInt()
  @Min(0)
  @Max(8_760)
  noticeHours: number;

  /**
   * Whole percent of the price that goes back
   * @example 100
   */
  @IsInt()
  @Min(0)
  @Max(100)
  refundPercent: number;
}

export class PolicyRulesBody {
  /** Longest notice first, each with less notice and no more refund than the one before; below the last nothing goes back */
  @IsArray()
  @ArrayMaxSize(10)
  @NestedEach(() => PolicyTierBody)
  tiers: PolicyTierBody[];

  /**
   * With this much notice a client moves the session freely; 0 means at any time
   * @example 24
   */
  @IsInt()
  @Min(0)
  @Max(8_760)
  freeRescheduleHours: number;

  /**
   * What a client who does not come owes, percent of the price
   * @example 100
   */
  @IsInt()
  @Min(0)
  @Max(100)
  noShowChargePercent: number;

  /** Whether a package credit comes back although the notice was too short */
  @IsBoolean()
  returnCreditOnLateCancel: boolean;
}

export class NewPolicyBody {
  /**
   * How you call these terms
   * @example My terms
   */
  @Words(120)
  name: string;

  @Nested(() => PolicyRulesBody)
  rules: PolicyRulesBody;

  /** Any version of the terms that these replace; what names them names these from now on. Left out: new terms beside them */
  @Omittable()
  @PublicId('policy')
  replacesPolicyId?: string;

  /** Applies to every offering that names no terms of its own */
  @Omittable()
  @IsBoolean()
  useAsDefault?: boolean;
}

export class PolicyTierView {
  /** @example 48 */
  noticeHours: number;

  /** @example 100 */
  refundPercent: number;
}

export class PolicyRulesView {
  tiers: PolicyTierView[];

  /** @example 24 */
  freeRescheduleHours: number;

  /** @example 100 */
  noShowChargePercent: number;

  returnCreditOnLateCancel: boolean;
}

export class PolicyTextView {
  /** @example My terms */
  name: string;

  /**
   * The terms in words, made from the rules
   * @example Cancellations with 48+ hours notice: full refund. Cancellations within 48 hours: no refund. Rescheduling anytime is free.
   */
  text: string;

  rules: PolicyRulesView;
}

export class PolicyView extends PolicyTextView {
  /** @example pol_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  id: string;

  /** @example coa_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  coachId: string;

  /** The first version of these terms; all later ones name it too */
  firstVersionId: string;

  /**
   * Which version of these terms this is; it never changes
   * @example 1
   */
  version: number;

  createdAt: string;
}

export class PolicyPresetView extends PolicyTextView {
  /** @example two_days */
  key: string;
}

export class PolicyPageView {
  /** The newest version of each */
  data: PolicyView[];

  nextCursor: string | null;

  hasMore: boolean;

  /** Ready-made terms to start from: send their rules with a name */
  presets: PolicyPresetView[];
}
