import { IntersectionType } from '@nestjs/swagger';
import { IsIn, IsString, IsTimeZone, MaxLength, MinLength } from 'class-validator';
import { CommaList, InstantOrDay, Omittable, PublicId } from '../http/fields';
import { MoneyView } from '../http/money.dto';
import { PageQuery } from '../http/page.dto';

const STATUSES = ['held', 'scheduled', 'completed', 'cancelled', 'no_show'] as const;
const TYPES = ['single', 'package', 'recurring'] as const;
const PAYMENT_STATUSES = [
  'free',
  'unpaid',
  'processing',
  'paid',
  'covered_by_package',
  'partially_refunded',
  'refund_pending',
  'refunded',
  'refund_failed',
  'failed',
  'disputed',
] as const;
const SORTS = [
  'startsAt',
  '-startsAt',
  'clientName',
  '-clientName',
  'revenue',
  '-revenue',
  'rating',
  '-rating',
] as const;

/** What the list and its export have in common; all filters can be combined. */
export class SessionFilterQuery {
  /** `upcoming`: scheduled and awaiting payment, next first; `past`: ended ones, latest first */
  @Omittable()
  @IsIn(['upcoming', 'past', 'all'])
  view: 'upcoming' | 'past' | 'all' = 'upcoming';

  @Omittable()
  @CommaList(STATUSES)
  status?: string[];

  @Omittable()
  @CommaList(TYPES)
  type?: ('single' | 'package' | 'recurring')[];

  @Omittable()
  @CommaList(PAYMENT_STATUSES)
  paymentStatus?: string[];

  @Omittable()
  @PublicId('client')
  clientId?: string;

  /**
   * Part of the client's name, without case and accents
   * @example cli
   */
  @Omittable()
  @IsString()
  @MaxLength(100)
  clientName?: string;

  /**
   * The reason code given with a cancellation
   * @example illness
   */
  @Omittable()
  @IsString()
  @MinLength(1)
  @MaxLength(60)
  reasonCode?: string;

  @Omittable()
  @PublicId('series')
  seriesId?: string;

  /** The package that sessions were paid from */
  @Omittable()
  @PublicId('entitlement')
  entitlementId?: string;

  /** Starts at or after: an instant with offset, or a day in `timezone` */
  @Omittable()
  @InstantOrDay('2026-01-01T00:00:00Z')
  startsFrom?: Date;

  /** Starts before: an instant with offset, or a day in `timezone` that is no part of it */
  @Omittable()
  @InstantOrDay('2030-01-01T00:00:00Z')
  startsTo?: Date;

  /**
   * Zone of `localStart` in the answer, by default your own, and of `startsFrom` and `startsTo` when they are days
   * @example Europe/Berlin
   */
  @Omittable()
  @IsTimeZone()
  timezone?: string;

  /** By default `startsAt` for upcoming and `-startsAt` for the rest. By revenue, one currency after the other; by rating, unrated sessions are last both ways */
  @Omittable()
  @IsIn(SORTS)
  sort?: (typeof SORTS)[number];
}

export class SessionListQuery extends IntersectionType(PageQuery, SessionFilterQuery) {
  /**
   * `total` counts the rows of all pages
   * @example total
   */
  @Omittable()
  @IsIn(['total'])
  include?: 'total';
}

export class PersonView {
  /** @example cli_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  id: string;

  /** @example "Clara Client" */
  displayName: string;

  photoUrl: string | null;
}

export class OfferingOfSessionView {
  /** @example off_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  id: string;

  /** @example "Coaching session" */
  name: string;
}

export class MeetingOfRowView {
  /** Where the room stands; `none` while nothing is due */
  state: 'none' | 'pending' | 'ready' | 'failed' | 'deleted';

  platform: 'zoom' | 'google_meet' | 'microsoft_teams' | null;

  joinUrl: string | null;
}

export class SeriesOfSessionView {
  /** @example ser_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  id: string;

  /**
   * RECURRENCE-ID: the start that the series gave it, which stays when it is moved
   * @example 2026-12-01T09:00:00.000Z
   */
  originalStartsAt: string;

  /** Its time was changed by hand */
  isException: boolean;

  /**
   * Every occurrence of the series, with its state and exceptions
   * @example /v1/series/ser_01kaxbt6r8e9tbm3v0c1d2e3f4/occurrences
   */
  occurrencesPath: string;
}

export class RevenueView {
  gross: MoneyView;

  /** The platform's, without what it gave back */
  fee: MoneyView;

  refunded: MoneyView;

  /** Gross less fee and refunds, as the ledger has it for the coach */
  net: MoneyView;
}

export class EntitlementOfSessionView {
  /** @example ent_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  id: string;

  /**
   * As bought
   * @example Five sessions
   */
  packageName: string;

  /** Credits left now */
  remaining: number;

  /** Credits bought and given */
  total: number;

  /** Its last good day, where the coach is */
  expiresOn: string;
}

export class SessionRowView {
  /** @example ses_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  id: string;

  status: 'held' | 'scheduled' | 'completed' | 'cancelled' | 'no_show';

  /** How people read the status */
  statusLabel: string;

  type: 'single' | 'package' | 'recurring';

  /** The series it belongs to */
  seriesId: string | null;

  /** The same with its place in it; null without a series */
  series: SeriesOfSessionView | null;

  /** The package it was paid from; a recurring session can have both */
  entitlementId: string | null;

  /** The same as it is now; null where no package pays */
  entitlement: EntitlementOfSessionView | null;

  badges: string[];

  /** @example 2026-12-01T09:00:00.000Z */
  startsAt: string;

  /** @example 2026-12-01T10:00:00.000Z */
  endsAt: string;

  /**
   * Zone of `localStart`
   * @example Europe/Berlin
   */
  timezone: string;

  /** @example 2026-12-01T10:00:00 */
  localStart: string;

  /** @example 60 */
  scheduledMinutes: number;

  client: PersonView;

  coach: PersonView;

  offering: OfferingOfSessionView;

  /** Of a session that a package pays: its share of the package's price */
  price: MoneyView;

  priceLabel: 'from package' | null;

  /** What the coach keeps; not for clients */
  net?: MoneyView;

  /** Not for clients; of a session that a package pays: once it was delivered, by its share */
  revenue?: RevenueView;

  paymentStatus: string;

  funding: 'card' | 'package' | 'pay_later' | 'free';

  /** When the client agreed to the terms; null while they have not, for what a coach booked */
  termsAcceptedAt: string | null;

  rating: number | null;

  meeting: MeetingOfRowView;

  /** What you may do with it now */
  allowedActions: string[];

  version: number;
}

export class SessionPageView {
  data: SessionRowView[];

  nextCursor: string | null;

  hasMore: boolean;

  /** With `include=total`: the rows of all pages, counted up to 1,000 */
  total?: number;

  /** With `include=total`: there are more than were counted */
  totalIsCapped?: boolean;
}
