import { OmitType } from '@nestjs/swagger';
import {
  IsBoolean,
  IsIn,
  IsInt,
  IsString,
  IsTimeZone,
  Max,
  MaxLength,
  Min,
  MinLength,
} from 'class-validator';
import { CommaList, Instant, Nested, Omittable, PublicId } from '../http/fields';
import { MoneyView } from '../http/money.dto';
import { PageQuery } from '../http/page.dto';
import { DialInNumberView } from '../video/video.dto';

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
const SORTS = ['startsAt', '-startsAt', 'clientName', '-clientName', 'revenue', '-revenue'] as const;

export class SessionListQuery extends PageQuery {
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

  /** Starts at or after */
  @Omittable()
  @Instant('2026-01-01T00:00:00Z')
  startsFrom?: Date;

  /** Starts before */
  @Omittable()
  @Instant('2030-01-01T00:00:00Z')
  startsTo?: Date;

  /**
   * Zone of `localStart` in the answer; by default your own
   * @example Europe/Berlin
   */
  @Omittable()
  @IsTimeZone()
  timezone?: string;

  /** By default `startsAt` for upcoming and `-startsAt` for the rest */
  @Omittable()
  @IsIn(SORTS)
  sort?: (typeof SORTS)[number];
}

export class PreparationBody {
  /**
   * What the client wants to focus on
   * @example "The talk with my team next week"
   */
  @Omittable()
  @IsString()
  @MaxLength(4_000)
  focus?: string;

  /**
   * Questions the client has
   * @example "How do I start it?"
   */
  @Omittable()
  @IsString()
  @MaxLength(4_000)
  questions?: string;

  /**
   * Background information
   * @example "New in the role since May"
   */
  @Omittable()
  @IsString()
  @MaxLength(8_000)
  background?: string;
}

export class BookSessionBody {
  @PublicId('offering')
  offeringId: string;

  /** Whom the session is for; only when a coach books */
  @Omittable()
  @PublicId('client')
  clientId?: string;

  /** A start that GET /v1/slots offers */
  @Instant('2026-12-01T10:00:00+01:00')
  startsAt: Date;

  /** How it is paid; as the offering allows */
  @IsIn(['card', 'package', 'pay_later', 'free'])
  funding: 'card' | 'package' | 'pay_later' | 'free';

  @Omittable()
  @Nested(() => PreparationBody)
  preparation?: PreparationBody;

  /** The terms that the client has read; required when a client books */
  @Omittable()
  @PublicId('policy')
  acceptedPolicyId?: string;

  /** Lets a coach pass hours, notice, horizon and caps; never buffers or other claims */
  @Omittable()
  @IsBoolean()
  override?: boolean;
}

export class PersonView {
  /** @example cli_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  id: string;

  /** @example "Clara Client" */
  displayName: string;

  photoUrl: string | null;
}

export class ClientOfSessionView extends PersonView {
  /** @example client@demo.test */
  email: string;

  phone: string | null;

  /** @example Europe/Berlin */
  timezone: string;

  /**
   * Completed sessions with this coach
   * @example 3
   */
  sessionCount: number;

  /** Start of the latest completed session before this one */
  lastSessionAt: string | null;
}

export class CoachOfSessionView extends PersonView {
  /** @example Europe/Berlin */
  timezone: string;
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

export class MeetingOfSessionView extends MeetingOfRowView {
  meetingId: string | null;

  password: string | null;

  dialIn: DialInNumberView[];

  /** Why there are no numbers */
  dialInReason: string | null;
}

export class SessionRowView {
  /** @example ses_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  id: string;

  status: 'held' | 'scheduled' | 'completed' | 'cancelled' | 'no_show';

  /** How people read the status */
  statusLabel: string;

  type: 'single' | 'package' | 'recurring';

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

  price: MoneyView;

  /** What the coach keeps; only for the coach */
  net?: MoneyView;

  paymentStatus: string;

  funding: 'card' | 'package' | 'pay_later' | 'free';

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
}

export class PreparationView {
  focus: string | null;

  questions: string | null;

  background: string | null;
}

export class GoalOfSessionView {
  id: string;

  title: string;

  status: string;

  progressPercent: number;

  remark: string;
}

export class PolicyOfSessionView {
  id: string;

  /** The terms that apply to this booking, whatever the coach changed since */
  text: string;

  /** Until when cancelling gives everything back */
  deadlineAt: string | null;

  /** The same as wall time in `timezone` */
  localDeadline: string | null;

  acceptedAt: string | null;
}

export class CancellationView {
  by: string;

  outcome: string;

  reasonCode: string | null;

  reason: string | null;

  at: string;
}

export class PaymentOfSessionView {
  /** @example pay_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  id: string;

  captured: MoneyView;

  refunded: MoneyView;

  /** What Stripe.js confirms the payment with; only for the client, while payment is due */
  clientSecret?: string | null;
}

export class SessionDetailsView extends OmitType(SessionRowView, ['client', 'coach', 'meeting'] as const) {
  client: ClientOfSessionView;

  coach: CoachOfSessionView;

  meeting: MeetingOfSessionView;

  /** Minutes that both were in the room; null while unknown */
  actualMinutes: number | null;

  preparation: PreparationView;

  goals: GoalOfSessionView[];

  policy: PolicyOfSessionView;

  ratingComment: string | null;

  bookedAt: string;

  bookedBy: string;

  completedAt: string | null;

  /** When an unpaid hold gives the time back */
  holdExpiresAt: string | null;

  cancellation: CancellationView | null;

  payment: PaymentOfSessionView | null;
}

export class BookedSessionView extends SessionDetailsView {
  /** What the client should know, such as another session at the same time */
  warnings: string[];
}

export class CancellationQuoteBody {
  /** A client always gets `policy`; coach and admin may choose. Default: `full` for a coach */
  @Omittable()
  @IsIn(['policy', 'full', 'partial', 'none'])
  refund?: 'policy' | 'full' | 'partial' | 'none';

  /**
   * With `partial`: minor units
   * @example 4500
   */
  @Omittable()
  @IsInt()
  @Min(1)
  @Max(Number.MAX_SAFE_INTEGER)
  amountMinor?: number;

  /**
   * With `partial`: percent of what was paid
   * @example 50
   */
  @Omittable()
  @IsInt()
  @Min(1)
  @Max(100)
  percent?: number;
}

export class CancelSessionBody extends CancellationQuoteBody {
  /** Carries out exactly what this quote said */
  @Omittable()
  @PublicId('quote')
  quoteId?: string;

  /** @example illness */
  @Omittable()
  @IsString()
  @MaxLength(60)
  reasonCode?: string;

  /** @example "I am ill" */
  @Omittable()
  @IsString()
  @MaxLength(1_000)
  reason?: string;

  /**
   * Words to the other side, sent with the mail
   * @example "Sorry, let us find another time soon."
   */
  @Omittable()
  @IsString()
  @MaxLength(4_000)
  message?: string;
}

export class CancellationQuoteView {
  id: string;

  sessionId: string;

  choice: 'policy' | 'full' | 'partial' | 'none';

  refund: MoneyView;

  /** Share of the platform's fee that goes back; an estimate, Stripe's own number is booked */
  estimatedFeeReturned: MoneyView;

  refundPercent: number;

  /** The clause of the terms that applies at this notice */
  clause: string;

  outcome: string;

  noticeSeconds: number;

  willBeTold: string[];

  expiresAt: string;
}

export class TimelineEntryView {
  seq: number;

  at: string;

  kind: string;

  actor: string;

  from: string | null;

  to: string | null;

  outcome: string | null;

  reason: string | null;

  /** One sentence for a person */
  text: string;
}

export class TimelineView {
  data: TimelineEntryView[];
}
