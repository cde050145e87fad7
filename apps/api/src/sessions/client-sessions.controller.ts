import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Clients, type Principal } from '@app/accounts';
import { keyOf, SessionListQueries } from '@app/reporting';
import { Access } from '../http/access';
import { encodeCursor, pageOf } from '../http/cursor';
import { PageQuery } from '../http/page.dto';
import { CurrentPrincipal, IdParam } from '../http/params';
import { Problems } from '../http/problems';
import { SessionPageView } from './session-list.dto';
import { keyFrom } from './session-sort';
import { rowView } from './session.views';

const SORT = '-startsAt';

@ApiTags('clients')
@Controller('clients/:id/sessions')
export class ClientSessionsController {
  constructor(
    private readonly clients: Clients,
    private readonly lists: SessionListQueries,
  ) {}

  /** The whole history with one client, in any state, latest first */
  @Get()
  @Access({ roles: ['coach', 'admin'], object: 'client' })
  @Problems({ 404: ['clients.not_found'] })
  async history(
    @CurrentPrincipal() principal: Principal,
    @IdParam('client') id: string,
    @Query() { limit, cursor }: PageQuery,
  ): Promise<SessionPageView> {
    const client = await this.clients.find(principal, id);
    const after = cursor === undefined ? undefined : keyFrom(cursor, SORT, 'startsAt');
    const rows = await this.lists.list(principal, {
      view: 'all',
      clientId: client.id,
      sort: 'startsAt',
      descending: true,
      limit,
      ...(after === undefined ? {} : { after }),
    });
    return pageOf(
      rows,
      limit,
      (row) => encodeCursor(SORT, keyOf('startsAt', row)),
      (row) => rowView(row, principal),
    );
  }
}
