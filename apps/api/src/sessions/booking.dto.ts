import { IsBoolean, IsIn, IsString, MaxLength } from 'class-validator';
import { Instant, Nested, Omittable, PublicId } from '../http/fields';
import { SessionDetailsView } from './session-details.dto';

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

  /** With `package`: the bought package that pays; else the one that expires first */
  @Omittable()
  @PublicId('entitlement')
  entitlementId?: string;

  @Omittable()
  @Nested(() => PreparationBody)
  preparation?: PreparationBody;

  /** The terms that the client has read; required when a client books, refused when a coach does */
  @Omittable()
  @PublicId('policy')
  acceptedPolicyId?: string;

  /** Lets a coach pass hours, notice, horizon and caps; never buffers or other claims */
  @Omittable()
  @IsBoolean()
  override?: boolean;
}

export class BookedSessionView extends SessionDetailsView {
  /** What the client should know, such as another session at the same time */
  warnings: string[];
}
