import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { Accounts, actorOf, Invitations, SignIn, type Principal } from '@app/accounts';
import { Access } from '../http/access';
import { NeverStored } from '../http/idempotency';
import { CallerAddress, CurrentPrincipal, RequestId } from '../http/params';
import { Problems } from '../http/problems';
import {
  AcceptInvitationBody,
  CheckYourMailView,
  ConfirmPasswordResetBody,
  LinkTokenBody,
  PasswordResetBody,
  RefreshBody,
  SignedInView,
  SignInBody,
  SignOutBody,
  SignUpBody,
} from './auth.dto';

const SIGNING_IN = { roles: 'anyone', because: 'whoever calls it has no access token yet' } as const;
const BY_LINK = { roles: 'anyone', because: 'the token of the mailed link is the proof' } as const;

/** The services write no personal data back, and all answers of unknown accounts are those of known ones. */
@ApiTags('sign-in')
@Controller('auth')
export class AuthController {
  constructor(
    private readonly accounts: Accounts,
    private readonly invitations: Invitations,
    private readonly signIns: SignIn,
  ) {}

  /** Sign up as a coach; the answer is the same for an address that has an account */
  @Post('sign-up')
  @HttpCode(202)
  @NeverStored()
  @Access(SIGNING_IN)
  @ApiAcceptedResponse({ type: CheckYourMailView })
  @Problems({
    400: ['accounts.email_invalid', 'accounts.password_weak', 'accounts.currency_unknown'],
    429: ['auth.too_many_tries'],
  })
  async signUp(@Body() body: SignUpBody, @CallerAddress() address: string): Promise<CheckYourMailView> {
    return this.accounts.signUpCoach(body, address);
  }

  /** Sign in: the access token goes into Authorize above */
  @Post('sign-in')
  @HttpCode(200)
  @NeverStored()
  @Access(SIGNING_IN)
  @ApiOkResponse({ type: SignedInView })
  @Problems({ 401: ['auth.invalid_credentials'], 429: ['auth.too_many_tries'] })
  async signIn(
    @Body() { email, password, timezone }: SignInBody,
    @CallerAddress() address: string,
    @RequestId() requestId: string,
  ): Promise<SignedInView> {
    return this.signIns.signIn(email, password, address, { timezone, requestId });
  }

  /** A fresh pair of tokens; the refresh token is spent, and brought back later it ends the sign-in */
  @Post('refresh')
  @HttpCode(200)
  @NeverStored()
  @Access(SIGNING_IN)
  @ApiOkResponse({ type: SignedInView })
  @Problems({ 401: ['auth.refresh_invalid'] })
  async refresh(
    @Body() { refreshToken, timezone }: RefreshBody,
    @RequestId() requestId: string,
  ): Promise<SignedInView> {
    return this.signIns.refresh(refreshToken, { timezone, requestId });
  }

  /** End this sign-in */
  @Post('sign-out')
  @HttpCode(204)
  @NeverStored()
  @Access({ roles: 'anyone', because: 'the refresh token is the proof' })
  @ApiNoContentResponse({
    description: 'The refresh token and those that came from it are worth nothing now',
  })
  async signOut(@Body() { refreshToken }: SignOutBody): Promise<void> {
    await this.signIns.signOut(refreshToken);
  }

  /** End every sign-in of your account, this one too */
  @Post('sign-out-everywhere')
  @HttpCode(204)
  @NeverStored()
  @Access({ roles: ['coach', 'client', 'admin'] })
  @ApiNoContentResponse({ description: 'Every token of the account is worth nothing from now on' })
  async signOutEverywhere(@CurrentPrincipal() principal: Principal): Promise<void> {
    await this.signIns.signOutEverywhere(principal.accountId, actorOf(principal));
  }

  /** Prove your address with the token of the mailed link */
  @Post('verify-email')
  @HttpCode(204)
  @NeverStored()
  @Access(BY_LINK)
  @ApiNoContentResponse({ description: 'The address is proved' })
  @Problems({ 422: ['auth.link_invalid'] })
  async verifyEmail(@Body() { token }: LinkTokenBody): Promise<void> {
    await this.accounts.verifyEmail(token);
  }

  /** Ask for a mail with a link to set a new password; the same answer for unknown addresses */
  @Post('password-resets')
  @HttpCode(202)
  @NeverStored()
  @Access(SIGNING_IN)
  @ApiAcceptedResponse({ type: CheckYourMailView })
  @Problems({ 429: ['auth.too_many_tries'] })
  async requestPasswordReset(
    @Body() { email }: PasswordResetBody,
    @CallerAddress() address: string,
  ): Promise<CheckYourMailView> {
    await this.accounts.requestPasswordReset(email, address);
    return { status: 'check_your_mail' };
  }

  /** Set a new password with the token of the mailed link; ends every sign-in */
  @Post('password-resets/confirm')
  @HttpCode(204)
  @NeverStored()
  @Access(BY_LINK)
  @ApiNoContentResponse({ description: 'The new password counts; sign in with it' })
  @Problems({ 400: ['accounts.password_weak'], 422: ['auth.link_invalid'] })
  async confirmPasswordReset(
    @Body() { token, password }: ConfirmPasswordResetBody,
    @CallerAddress() address: string,
  ): Promise<void> {
    await this.accounts.confirmPasswordReset(token, password, address);
  }

  /** Accept a coach's invitation: makes your account, or adds the coach to the one you have, and signs you in */
  @Post('accept-invitation')
  @HttpCode(200)
  @NeverStored()
  @Access(BY_LINK)
  @ApiOkResponse({ type: SignedInView })
  @Problems({
    400: ['accounts.password_weak'],
    401: ['auth.invalid_credentials'],
    409: ['accounts.not_a_client_account', 'accounts.email_taken'],
    422: ['auth.link_invalid'],
    429: ['auth.too_many_tries'],
  })
  async acceptInvitation(
    @Body() { token, ...acceptance }: AcceptInvitationBody,
    @CallerAddress() address: string,
    @RequestId() requestId: string,
  ): Promise<SignedInView> {
    const accountId = await this.invitations.accept(token, acceptance, address);
    return this.signIns.open(accountId, address, { timezone: acceptance.timezone, requestId });
  }
}
