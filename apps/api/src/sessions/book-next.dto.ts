import { IsBoolean, IsIn } from 'class-validator';
import { Instant, Nested, Omittable, PublicId } from '../http/fields';
import { PreparationBody } from './booking.dto';

export class BookNextBody {
  /** A start that GET /v1/slots offers */
  @Instant('2026-12-01T10:00:00+01:00')
  startsAt: Date;

  /** The same as before, unless named */
  @Omittable()
  @PublicId('offering')
  offeringId?: string;

  /** The same as before, unless named */
  @Omittable()
  @IsIn(['card', 'package', 'pay_later', 'free'])
  funding?: 'card' | 'package' | 'pay_later' | 'free';

  @Omittable()
  @Nested(() => PreparationBody)
  preparation?: PreparationBody;

  /** The terms that the client has read; required when a client books, and refused from a coach */
  @Omittable()
  @PublicId('policy')
  acceptedPolicyId?: string;

  /** Lets a coach pass hours, notice, horizon and caps; never buffers or other claims */
  @Omittable()
  @IsBoolean()
  override?: boolean;
}
