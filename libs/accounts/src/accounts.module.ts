import { Module } from '@nestjs/common';
import { AccessTokens } from './access-tokens';
import { Accounts } from './accounts.service';
import { Audit } from './audit';
import { Clients } from './clients.service';
import { CoachSettings } from './coach-settings.service';
import { GuessLimits } from './guess-limits';
import { Invitations } from './invitations.service';
import { PrincipalLookup } from './principal-lookup.service';
import { Profiles } from './profiles.service';
import { RefreshTokens } from './refresh-tokens.service';
import { SignIn } from './sign-in.service';
import { SingleUseTokens } from './single-use-tokens.service';
import { TimeZoneNames } from './time-zone-names';
import { TokenCleanup } from './token-cleanup.service';

@Module({
  providers: [
    AccessTokens,
    Accounts,
    Audit,
    Clients,
    CoachSettings,
    GuessLimits,
    Invitations,
    PrincipalLookup,
    Profiles,
    RefreshTokens,
    SignIn,
    SingleUseTokens,
    TimeZoneNames,
    TokenCleanup,
  ],
  exports: [
    Accounts,
    Audit,
    Clients,
    CoachSettings,
    Invitations,
    Profiles,
    SignIn,
    TimeZoneNames,
    TokenCleanup,
  ],
})
export class AccountsModule {}
