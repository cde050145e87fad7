import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import {
  ApiFoundResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiParam,
  ApiQuery,
  ApiTags,
} from '@nestjs/swagger';
import { actorOf, type Principal } from '@app/accounts';
import { publicId } from '@app/common';
import {
  CONNECTION_PLATFORMS,
  ConnectionAttempts,
  Connections,
  OAuthStateInvalid,
  type ConnectionView,
} from '@app/connections';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Access } from '../http/access';
import { NeverStored } from '../http/idempotency';
import { CurrentPrincipal, ExpectedVersion, IdParam } from '../http/params';
import { sendPage, wantsPage } from '../http/plain-page';
import { Problems } from '../http/problems';
import { AuthorizationView, AuthorizeBody, ConnectionDto, ConnectionsDto } from './connection.dto';

const LONGEST_PARAMETER = 2_000;

/** A coach's accounts at video platforms. */
@ApiTags('video')
@Controller('connections')
export class ConnectionsController {
  constructor(
    private readonly connections: Connections,
    private readonly attempts: ConnectionAttempts,
  ) {}

  /** Your accounts at video platforms, and how they stand */
  @Get()
  @Access({ roles: ['coach'] })
  async list(@CurrentPrincipal() principal: Principal): Promise<ConnectionsDto> {
    const rows = await this.connections.list(principal.accountId);
    return { data: rows.map(connectionDto) };
  }

  /** Start connecting an account: an address of the platform for the coach's browser */
  @Post(':platform/authorize')
  @HttpCode(200)
  @NeverStored()
  @Access({ roles: ['coach'] })
  @ApiParam({ name: 'platform', enum: CONNECTION_PLATFORMS })
  @ApiOkResponse({ type: AuthorizationView })
  @Problems({ 400: ['connections.return_to'], 404: ['connections.platform_not_supported'] })
  async authorize(
    @CurrentPrincipal() principal: Principal,
    @Param('platform') platform: string,
    @Body() body: AuthorizeBody,
  ): Promise<AuthorizationView> {
    const { url, expiresAt } = await this.attempts.authorize(principal.accountId, platform, body.returnTo);
    return { url, expiresAt: expiresAt.toISOString() };
  }

  /** Where the platform sends the coach's browser back to */
  @Get(':platform/callback')
  @Access({
    roles: 'anyone',
    because: 'the browser comes back without a token; the state, good once, names the coach',
  })
  @ApiParam({ name: 'platform', enum: CONNECTION_PLATFORMS })
  @ApiQuery({ name: 'state', type: String })
  @ApiQuery({ name: 'code', type: String, required: false, description: 'Absent when the coach said no' })
  @ApiOkResponse({ type: ConnectionDto })
  @ApiFoundResponse({ description: 'To `returnTo` of the authorization' })
  @Problems({
    400: ['connections.state_invalid', 'connections.refused'],
    404: ['connections.platform_not_supported'],
    503: ['connections.platform_unavailable'],
  })
  async callback(
    @Param('platform') platform: string,
    // One by one: what else a platform adds is to be ignored (RFC 6749, 4.1.2), not refused.
    @Query('state') state: unknown,
    @Query('code') code: unknown,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    if (!isParameter(state)) throw new OAuthStateInvalid();
    const given = isParameter(code) ? code : undefined;
    const { connection, returnTo } = await this.attempts.callback(platform, state, given);
    if (returnTo !== null) return void reply.redirect(returnTo, 302);
    if (!wantsPage(request)) return void reply.send(connectionDto(connection));
    return sendPage(reply, 200, 'Connected', 'Your account is connected. You can close this window.');
  }

  /** Ask the platform whether the connection works, what breaks next and how to fix it */
  @Post(':id/check')
  @HttpCode(200)
  @NeverStored()
  @Access({ roles: ['coach'], object: 'connection' })
  @ApiOkResponse({ type: ConnectionDto })
  @Problems({ 404: ['connections.not_found'], 503: ['connections.refresh_busy'] })
  async check(
    @CurrentPrincipal() principal: Principal,
    @IdParam('connection') id: string,
  ): Promise<ConnectionDto> {
    return connectionDto(await this.connections.check(principal.accountId, id));
  }

  /** End a connection; meetings that exist stay as they are */
  @Delete(':id')
  @HttpCode(204)
  @Access({ roles: ['coach'], object: 'connection' })
  @ApiNoContentResponse({ description: 'It is ended here, and at the platform within moments' })
  @Problems({ 404: ['connections.not_found'], 412: ['http.version_mismatch'] })
  async remove(
    @CurrentPrincipal() principal: Principal,
    @IdParam('connection') id: string,
    @ExpectedVersion() expectedVersion?: number,
  ): Promise<void> {
    await this.connections.remove(principal.accountId, id, actorOf(principal), expectedVersion);
  }
}

function isParameter(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= LONGEST_PARAMETER;
}

function connectionDto(connection: ConnectionView): ConnectionDto {
  return {
    ...connection,
    id: publicId('connection', connection.id),
    connectedAt: connection.connectedAt.toISOString(),
    lastCheckedAt: connection.lastCheckedAt?.toISOString() ?? null,
  };
}
