import { IsEmail, IsString, IsTimeZone, Matches, MaxLength, MinLength } from 'class-validator';
import { LONGEST_PASSWORD, SHORTEST_PASSWORD } from '@app/accounts';
import { Omittable } from '../http/fields';

export class SignUpBody {
  /** @example new.coach@demo.test */
  @IsEmail()
  @MaxLength(254)
  email: string;

  /**
   * 10 to 128 characters, and not the e-mail address
   * @example "a long pass phrase"
   */
  @IsString()
  @MinLength(SHORTEST_PASSWORD)
  @MaxLength(LONGEST_PASSWORD)
  password: string;

  /** @example "Nora New" */
  @IsString()
  @MinLength(1)
  @MaxLength(200)
  displayName: string;

  /**
   * IANA name
   * @example Europe/Berlin
   */
  @IsTimeZone()
  timezone: string;

  /**
   * ISO 4217 code that you charge in
   * @example EUR
   */
  @IsString()
  @Matches(/^[A-Z]{3}$/, { message: 'must be a currency code such as EUR' })
  currency: string;

  /**
   * Language tag, BCP 47
   * @example en
   */
  @Omittable()
  @IsString()
  @MaxLength(35)
  locale?: string;
}

export class CheckYourMailView {
  /** The same whether or not the address has an account: a mail tells its owner */
  status: 'check_your_mail';
}

export class SignInBody {
  /** @example admin@demo.test */
  @IsString()
  @MaxLength(254)
  email: string;

  /** @example demo-password */
  @IsString()
  @MaxLength(1_000)
  password: string;

  /**
   * Zone of your device, IANA name; your coach is told when it is not the one on record
   * @example Europe/Berlin
   */
  @Omittable()
  @IsTimeZone()
  timezone?: string;
}

export class SignedInView {
  /** For `Authorization: Bearer …` */
  accessToken: string;

  /**
   * Life of the access token in seconds
   * @example 900
   */
  expiresIn: number;

  /** Good for one refresh; lives 60 days */
  refreshToken: string;
}

export class RefreshBody {
  /** @example the-refresh-token-of-your-sign-in */
  @IsString()
  @MaxLength(200)
  refreshToken: string;

  /**
   * Zone of your device, IANA name
   * @example Europe/Berlin
   */
  @Omittable()
  @IsTimeZone()
  timezone?: string;
}

export class SignOutBody {
  /** @example the-refresh-token-of-your-sign-in */
  @IsString()
  @MaxLength(200)
  refreshToken: string;
}

export class LinkTokenBody {
  /**
   * From the link in the mail
   * @example the-token-of-the-link
   */
  @IsString()
  @MaxLength(200)
  token: string;
}

export class PasswordResetBody {
  /** @example client@demo.test */
  @IsString()
  @MaxLength(254)
  email: string;
}

export class ConfirmPasswordResetBody extends LinkTokenBody {
  /**
   * The new one: 10 to 128 characters, and not the e-mail address
   * @example "a long pass phrase"
   */
  @IsString()
  @MinLength(SHORTEST_PASSWORD)
  @MaxLength(LONGEST_PASSWORD)
  password: string;
}

export class AcceptInvitationBody extends LinkTokenBody {
  /**
   * A new password; if your address has an account already, its present one
   * @example "a long pass phrase"
   */
  @IsString()
  @MaxLength(1_000)
  password: string;

  /**
   * Your name, if your coach has it wrong; only for a new account
   * @example "Clara Client"
   */
  @Omittable()
  @IsString()
  @MinLength(1)
  @MaxLength(200)
  displayName?: string;

  /**
   * Your zone, IANA name; only for a new account
   * @example America/New_York
   */
  @Omittable()
  @IsTimeZone()
  timezone?: string;
}
