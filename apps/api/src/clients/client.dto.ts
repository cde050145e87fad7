import {
  IsEmail,
  IsOptional,
  IsString,
  IsTimeZone,
  IsUrl,
  Matches,
  MaxLength,
  MinLength,
} from 'class-validator';
import { Omittable, PHONE } from '../http/fields';
import { PageQuery } from '../http/page.dto';

export class ClientListQuery extends PageQuery {
  /**
   * Part of the name, without case and accents
   * @example cli
   */
  @IsOptional()
  @IsString()
  @MaxLength(100)
  name?: string;
}

export class InviteClientBody {
  /** @example new.client@demo.test */
  @IsEmail()
  @MaxLength(254)
  email: string;

  /** @example "Nils New" */
  @IsString()
  @MinLength(1)
  @MaxLength(200)
  displayName: string;

  /** @example "+49 30 1234567" */
  @Omittable()
  @Matches(PHONE, { message: 'must be a telephone number' })
  phone?: string;

  /**
   * IANA name; your own by default
   * @example America/New_York
   */
  @Omittable()
  @IsTimeZone()
  timezone?: string;
}

export class ChangeClientBody {
  /** @example "Clara Client" */
  @Omittable()
  @IsString()
  @MinLength(1)
  @MaxLength(200)
  displayName?: string;

  /**
   * null removes it
   * @example "+49 30 1234567"
   */
  @IsOptional()
  @Matches(PHONE, { message: 'must be a telephone number' })
  phone?: string | null;

  /**
   * IANA name
   * @example America/New_York
   */
  @Omittable()
  @IsTimeZone()
  timezone?: string;

  /**
   * https address of a picture; null removes it
   * @example https://images.demo.test/portrait.jpg
   */
  @IsOptional()
  @IsUrl({ protocols: ['https'], require_protocol: true })
  @MaxLength(2_000)
  photoUrl?: string | null;
}

export class ClientView {
  /** @example cli_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  id: string;

  /** `invited` until the invitation is accepted */
  status: 'invited' | 'active' | 'removed';

  /** @example "Clara Client" */
  displayName: string;

  photoUrl: string | null;

  /** @example client@demo.test */
  email: string;

  phone: string | null;

  /** @example America/New_York */
  timezone: string;

  /**
   * What the client's clocks show now
   * @example 2026-12-01T10:00:00
   */
  localTime: string;

  /** Where the client's device was last seen, if it was; IANA name */
  lastSeenTimezone: string | null;

  /** The device was last seen in another zone than `timezone`: ask which one is right */
  timezoneMismatch: boolean;

  /** @example en */
  locale: string;

  /**
   * Completed sessions with you
   * @example 3
   */
  sessionCount: number;

  /** Start of the latest completed session */
  lastSessionAt: string | null;

  invitedAt: string;

  acceptedAt: string | null;

  version: number;
}

export class ClientPageView {
  data: ClientView[];

  nextCursor: string | null;

  hasMore: boolean;
}
