import { Readable } from 'node:stream';
import { Controller, Get, Query, StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { Principal } from '@app/accounts';
import { SessionListQueries } from '@app/reporting';
import { Access } from '../http/access';
import { BYTE_ORDER_MARK } from '../http/csv';
import { CurrentPrincipal } from '../http/params';
import { Problems } from '../http/problems';
import { sessionCsv } from './session-csv';
import { SessionFilterQuery } from './session-list.dto';
import { sortOf } from './session-sort';

@ApiTags('sessions')
@Controller('sessions/export')
export class SessionExportController {
  constructor(private readonly lists: SessionListQueries) {}

  /** The whole list as a CSV file, with the list's filters and order; local times in `timezone`, or in your own zone */
  @Get()
  @Access({ roles: ['coach', 'client', 'admin'], object: 'session' })
  @ApiProduces('text/csv')
  @ApiOkResponse({
    description: 'One line for each session',
    content: { 'text/csv': { schema: { type: 'string' } } },
  })
  @Problems({ 422: ['query.too_slow', 'sessions.sort_not_yours'] })
  async export(
    @CurrentPrincipal() principal: Principal,
    @Query() query: SessionFilterQuery,
  ): Promise<StreamableFile> {
    const { sort: given, timezone, ...filter } = query;
    const { sort, descending } = sortOf(given, query.view, principal);
    const batches = this.lists.walk(principal, { ...filter, sort, descending });
    // A question that takes too long is refused as a problem: once the file has begun, it can only break off.
    const first = await batches.next();
    const reader = { kind: principal.kind, timezone: timezone ?? principal.timezone };
    return new StreamableFile(Readable.from(fileOf(sessionCsv(from(first, batches), reader))), {
      type: 'text/csv; charset=utf-8',
      disposition: 'attachment; filename="sessions.csv"',
    });
  }
}

async function* from<T>(
  first: IteratorResult<T, void>,
  others: AsyncGenerator<T, void>,
): AsyncGenerator<T, void> {
  if (first.done === true) return;
  yield first.value;
  yield* others;
}

async function* fileOf(lines: AsyncGenerator<string, void>): AsyncGenerator<string, void> {
  yield BYTE_ORDER_MARK;
  yield* lines;
}
