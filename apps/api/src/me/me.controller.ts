import { Body, Controller, Get, HttpCode, Patch, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiTags } from '@nestjs/swagger';
import { Accounts, Profiles, type Principal, type Profile } from '@app/accounts';
import { publicId } from '@app/common';
import { CheckYourMailView } from '../auth/auth.dto';
import { Access } from '../http/access';
import { CallerAddress, CurrentPrincipal, ExpectedVersion } from '../http/params';
import { Problems } from '../http/problems';
import { ProfileBody, ProfileView } from './me.dto';

@ApiTags('sign-in')
@Controller('me')
export class MeController {
  constructor(
    private readonly profiles: Profiles,
    private readonly accounts: Accounts,
  ) {}

  /** Your account */
  @Get()
  @Access({ roles: ['coach', 'client', 'admin'] })
  async get(@CurrentPrincipal() principal: Principal): Promise<ProfileView> {
    return view(await this.profiles.get(principal.accountId));
  }

  /** Change what you say of yourself; your coaches see it in their records */
  @Patch()
  @Access({ roles: ['coach', 'client', 'admin'] })
  @Problems({ 400: ['accounts.name_invalid', 'accounts.locale_invalid'], 412: ['http.version_mismatch'] })
  async patch(
    @CurrentPrincipal() principal: Principal,
    @Body() body: ProfileBody,
    @ExpectedVersion() expectedVersion?: number,
  ): Promise<ProfileView> {
    return view(await this.profiles.patch(principal, body, expectedVersion));
  }

  /** Have the mail that proves your address sent again */
  @Post('email-verifications')
  @HttpCode(202)
  @Access({ roles: ['coach', 'client', 'admin'] })
  @ApiAcceptedResponse({ type: CheckYourMailView })
  @Problems({ 429: ['auth.too_many_tries'] })
  async requestEmailVerification(
    @CurrentPrincipal() principal: Principal,
    @CallerAddress() address: string,
  ): Promise<CheckYourMailView> {
    await this.accounts.requestEmailVerification(principal.accountId, address);
    return { status: 'check_your_mail' };
  }
}

function view({ id, coaches, ...profile }: Profile): ProfileView {
  return {
    id: publicId('account', id),
    ...profile,
    coaches: coaches.map((coach) => ({ id: publicId('coach', coach.id), displayName: coach.displayName })),
  };
}
