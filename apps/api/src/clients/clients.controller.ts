import { Body, Controller, Delete, Get, HttpCode, Patch, Post, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiTags } from '@nestjs/swagger';
import { actorOf, Clients, type ClientFilter, type Principal } from '@app/accounts';
import { Clock, Invalid, parsePublicId, publicId, singleLine } from '@app/common';
import { Access } from '../http/access';
import { decodeCursor, encodeCursor, pageOf } from '../http/cursor';
import { CurrentPrincipal, ExpectedVersion, IdParam } from '../http/params';
import { Problems } from '../http/problems';
import { ClientRemoval } from './client-removal.service';
import {
  ChangeClientBody,
  ClientListQuery,
  ClientPageView,
  ClientView,
  InviteClientBody,
} from './client.dto';
import { clientView } from './client.view';

const SORT = 'name';

@ApiTags('clients')
@Controller('clients')
export class ClientsController {
  constructor(
    private readonly clients: Clients,
    private readonly removal: ClientRemoval,
    private readonly clock: Clock,
  ) {}

  /** Your clients by family name, invited ones included */
  @Get()
  @Access({ roles: ['coach'], object: 'client' })
  async list(
    @CurrentPrincipal() principal: Principal,
    @Query() query: ClientListQuery,
  ): Promise<ClientPageView> {
    const { limit, name, cursor } = query;
    const rows = await this.clients.list(principal.accountId, { limit, name, after: afterOf(cursor) });
    const now = await this.clock.now();
    return pageOf(
      rows,
      limit,
      (row) => encodeCursor(SORT, [row.sortName, publicId('client', row.id)]),
      (row) => clientView(row, now),
    );
  }

  /** Invite a client by mail; inviting again sends the mail again */
  @Post()
  @Access({ roles: ['coach'], object: 'client' })
  @Problems({ 400: ['accounts.email_invalid', 'accounts.name_invalid'], 409: ['clients.already_client'] })
  async invite(
    @CurrentPrincipal() principal: Principal,
    @Body() body: InviteClientBody,
  ): Promise<ClientView> {
    const client = await this.clients.invite(principal.accountId, body, actorOf(principal));
    return clientView(client, await this.clock.now());
  }

  /** One client: how to reach them, their zone, how many sessions and when the last was */
  @Get(':id')
  @Access({ roles: ['coach', 'admin'], object: 'client' })
  @Problems({ 404: ['clients.not_found'] })
  async get(@CurrentPrincipal() principal: Principal, @IdParam('client') id: string): Promise<ClientView> {
    return clientView(await this.clients.find(principal, id), await this.clock.now());
  }

  /** Change your record of a client */
  @Patch(':id')
  @Access({ roles: ['coach'], object: 'client' })
  @Problems({
    400: ['accounts.name_invalid', 'time.unknown_zone'],
    404: ['clients.not_found'],
    412: ['http.version_mismatch'],
  })
  async patch(
    @CurrentPrincipal() principal: Principal,
    @IdParam('client') id: string,
    @Body() body: ChangeClientBody,
    @ExpectedVersion() expectedVersion?: number,
  ): Promise<ClientView> {
    const client = await this.clients.patch(
      principal.accountId,
      id,
      body,
      actorOf(principal),
      expectedVersion,
    );
    return clientView(client, await this.clock.now());
  }

  /** End the relation with a client; the history stays. Sessions to come must be cancelled first */
  @Delete(':id')
  @HttpCode(204)
  @Access({ roles: ['coach'], object: 'client' })
  @ApiNoContentResponse({ description: 'Your client no longer; your record stays readable' })
  @Problems({
    404: ['clients.not_found'],
    409: ['clients.has_future_sessions'],
    412: ['http.version_mismatch'],
  })
  async remove(
    @CurrentPrincipal() principal: Principal,
    @IdParam('client') id: string,
    @ExpectedVersion() expectedVersion?: number,
  ): Promise<void> {
    await this.removal.remove(principal.accountId, id, actorOf(principal), expectedVersion);
  }
}

/** @throws Invalid when the cursor was not made by this list */
function afterOf(cursor: string | undefined): ClientFilter['after'] {
  if (cursor === undefined) return undefined;
  const [sortName, publicClientId] = decodeCursor(cursor, SORT, ['text', 'text']);
  const id = typeof publicClientId === 'string' ? parsePublicId('client', publicClientId) : null;
  if (id === null || typeof sortName !== 'string' || singleLine(sortName) !== sortName) {
    throw new Invalid('page.cursor', 'The cursor does not belong to this list. Start without one.');
  }
  return { sortName, id };
}
