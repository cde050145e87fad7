import { IsBoolean, IsIn, IsInt, IsOptional, Max, Min } from 'class-validator';
import { EXPIRY_MEANINGS } from '@app/packages';
import { Nested, Omittable, PublicId, PublicIds, Words } from '../http/fields';
import { MoneyView } from '../http/money.dto';
import { PageQuery } from '../http/page.dto';
import { PriceBody } from '../offerings/offering.dto';

type Meaning = (typeof EXPIRY_MEANINGS)[number];

const MOST_OFFERINGS = 50;

export class PackageListQuery extends PageQuery {
  /** Only what this coach sells, if you are a client of several */
  @IsOptional()
  @PublicId('coach')
  coachId?: string;

  /** For coaches: also what is no longer sold */
  @IsOptional()
  @IsIn(['archived'])
  include?: 'archived';
}

export class NewPackageBody {
  /** @example Five sessions */
  @Words(120)
  name: string;

  /**
   * Credits: how many sessions it pays for
   * @example 5
   */
  @IsInt()
  @Min(1)
  @Max(500)
  sessionCount: number;

  /** For all of it; rounded to what can be charged in your currency */
  @Nested(() => PriceBody)
  price: PriceBody;

  /** What its credits pay for */
  @PublicIds('offering', MOST_OFFERINGS)
  offeringIds: string[];

  /**
   * Days after the day of purchase; it ends with that day where you are
   * @example 180
   */
  @IsInt()
  @Min(1)
  @Max(3_650)
  validityDays: number;

  /** `bookBy`: until its last day a session can be booked, for any later start. `useBy`: the session must start before its end */
  @Omittable()
  @IsIn(EXPIRY_MEANINGS)
  expiryMeaning?: Meaning;
}

export class ChangePackageBody {
  /** @example Five sessions */
  @Omittable()
  @Words(120)
  name?: string;

  /** @example 5 */
  @Omittable()
  @IsInt()
  @Min(1)
  @Max(500)
  sessionCount?: number;

  @Omittable()
  @Nested(() => PriceBody)
  price?: PriceBody;

  /** What its credits pay for */
  @Omittable()
  @PublicIds('offering', MOST_OFFERINGS)
  offeringIds?: string[];

  /** @example 180 */
  @Omittable()
  @IsInt()
  @Min(1)
  @Max(3_650)
  validityDays?: number;

  @Omittable()
  @IsIn(EXPIRY_MEANINGS)
  expiryMeaning?: Meaning;

  /** True takes it from sale, false puts it back; what was bought stays */
  @Omittable()
  @IsBoolean()
  archived?: boolean;
}

export class PurchaseBody {
  /** Of whom you sell it to; for coaches only, who have to name one */
  @Omittable()
  @PublicId('client')
  clientId?: string;
}

export class PackageView {
  /** @example pkg_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  id: string;

  /** @example coa_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  coachId: string;

  /** @example Five sessions */
  name: string;

  /** @example 5 */
  sessionCount: number;

  price: MoneyView;

  offeringIds: string[];

  /** @example 180 */
  validityDays: number;

  expiryMeaning: Meaning;

  archivedAt: string | null;

  version: number;
}

export class PackagePageView {
  data: PackageView[];

  nextCursor: string | null;

  hasMore: boolean;
}
