import { IsOptional, IsString, IsTimeZone, IsUrl, Matches, MaxLength, MinLength } from 'class-validator';
import { Omittable, PHONE } from '../http/fields';

export class ProfileBody {
  /** @example "Clara Client" */
  @Omittable()
  @IsString()
  @MinLength(1)
  @MaxLength(200)
  displayName?: string;

  /**
   * https address of a picture; null removes it
   * @example https://images.demo.test/portrait.jpg
   */
  @IsOptional()
  @IsUrl({ protocols: ['https'], require_protocol: true })
  @MaxLength(2_000)
  photoUrl?: string | null;

  /**
   * null removes it
   * @example "+49 30 1234567"
   */
  @IsOptional()
  @Matches(PHONE, { message: 'must be a telephone number' })
  phone?: string | null;

  /**
   * Zone you read times in, IANA name; counts from the next request
   * @example Europe/Berlin
   */
  @Omittable()
  @IsTimeZone()
  timezone?: string;

  /**
   * Language tag, BCP 47
   * @example en
   */
  @Omittable()
  @IsString()
  @MaxLength(35)
  locale?: string;
}

export class CoachOfClientView {
  /** @example coa_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  id: string;

  /** @example "Carla Coach" */
  displayName: string;
}

export class ProfileView {
  /** @example acc_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  id: string;

  kind: 'coach' | 'client' | 'admin';

  /** @example client@demo.test */
  email: string;

  emailVerified: boolean;

  /** @example "Clara Client" */
  displayName: string;

  photoUrl: string | null;

  phone: string | null;

  /** @example Europe/Berlin */
  timezone: string;

  /** @example en */
  locale: string;

  /** Whose client you are */
  coaches: CoachOfClientView[];

  version: number;
}
