import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsInt, Max, Min, NotEquals } from 'class-validator';
import { CREDIT_KINDS, ENTITLEMENT_STATUSES, EXPIRY_MEANINGS } from '@app/packages';
import { CommaList, LocalDate, Omittable, PublicId, Words } from '../http/fields';
import { MoneyView } from '../http/money.dto';
import { PageQuery } from '../http/page.dto';

type Status = (typeof ENTITLEMENT_STATUSES)[number];

export class EntitlementListQuery extends PageQuery {
  @Omittable()
  @PublicId('client')
  clientId?: string;

  @Omittable()
  @CommaList(ENTITLEMENT_STATUSES)
  status?: Status[];

  /** Only those with credits left that expire within the days that the coach has set, 14 by default */
  @Omittable()
  @IsIn(['true'])
  expiringSoon?: 'true';
}

export class EntryListQuery extends PageQuery {}

export class ExtendBody {
  /** The new last day, where the coach is; later than the present one and not over yet */
  @LocalDate('2027-12-31')
  expiresOn: string;

  /** @example The client was ill for a month. */
  @Words(500)
  reason: string;
}

export class AdjustBody {
  /**
   * Credits to give, or with a minus to take away
   * @example 1
   */
  @IsInt()
  @Min(-500)
  @Max(500)
  @NotEquals(0)
  credits: number;

  /** @example The last session ended early. */
  @Words(500)
  reason: string;
}

export class EntitlementCoachView {
  /** @example coa_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  id: string;

  /** The zone of the dates; what expires ends with its day there */
  timezone: string;
}

export class EntitlementClientView {
  /** @example cli_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  id: string;

  name: string;
}

export class EntitlementPaymentView {
  /** @example pay_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  id: string;

  status: string;

  /** What was taken so far */
  paid: MoneyView;

  refunded: MoneyView;

  /** For the client, while it waits for payment: what Stripe.js confirms the payment with; null when Stripe is away */
  clientSecret?: string | null;
}

export class EntitlementView {
  /** @example ent_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  id: string;

  coach: EntitlementCoachView;

  client: EntitlementClientView;

  /** @example pkg_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  packageId: string;

  /**
   * As bought
   * @example Five sessions
   */
  packageName: string;

  /** What its credits pay for, as bought */
  offeringIds: string[];

  status: Status;

  /** Until when it can be paid; null once it is paid or called off */
  awaitsPaymentUntil: string | null;

  /**
   * Credits bought and given
   * @example 5
   */
  total: number;

  /** Of sessions that are over, or lost by the terms */
  used: number;

  /** Of sessions to come */
  reserved: number;

  remaining: number;

  expired: number;

  refunded: number;

  /** Where the coach is */
  purchasedOn: string | null;

  /** Its last good day, where the coach is */
  expiresOn: string | null;

  /** The end of that day */
  expiresAt: string | null;

  /** Credits are left, and the last day is near: by 14 days, or by what the coach has set */
  isExpiringSoon: boolean;

  @ApiProperty({ enum: EXPIRY_MEANINGS })
  expiryMeaning: string;

  price: MoneyView;

  payment: EntitlementPaymentView;

  version: number;
}

export class EntitlementPageView {
  data: EntitlementView[];

  nextCursor: string | null;

  hasMore: boolean;
}

export class CreditEntryView {
  /** @example cre_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  id: string;

  @ApiProperty({ enum: CREDIT_KINDS })
  kind: string;

  /** Signed */
  amount: number;

  /** Credits left after it */
  balance: number;

  sessionId: string | null;

  /** Why: a word of the system, or a person's own */
  cause: string;

  /** Who: coach, client, admin, worker, stripe */
  actor: string;

  at: string;
}

export class CreditEntryPageView {
  data: CreditEntryView[];

  nextCursor: string | null;

  hasMore: boolean;
}
