import { IsOptional, IsString, MaxLength } from 'class-validator';

export class AuthorizeBody {
  /**
   * Where the browser goes when the account is connected: an address of this service
   * @example /docs
   */
  @IsOptional()
  @IsString()
  @MaxLength(500)
  returnTo?: string;
}

export class AuthorizationView {
  /**
   * Open it in the coach's browser; it works once
   * @example https://zoom.us/oauth/authorize?response_type=code&state=…
   */
  url: string;

  /** @example 2026-12-01T09:10:00.000Z */
  expiresAt: string;
}

export class ConnectionDto {
  /** @example con_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  id: string;

  platform: 'zoom';

  status: 'connected' | 'needs_attention' | 'revoked';

  /** Whether sessions will get their meetings */
  health: 'healthy' | 'expiring' | 'broken';

  /**
   * The account at the platform
   * @example coach@demo.test
   */
  accountEmail: string | null;

  connectedAt: string;

  lastCheckedAt: string | null;

  /** What stops working next; null while nothing does */
  whatBreaksNext: string | null;

  howToFix: string | null;

  version: number;
}

export class ConnectionsDto {
  data: ConnectionDto[];
}
