import { Body, Controller, Get, HttpCode, Post, Put, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { Principal } from '@app/accounts';
import { keyOf, SessionDetailsQueries, SessionListQueries } from '@app/reporting';
import { Bookings, SessionLife, SessionNotFound, SessionQueries } from '@app/sessions';
import { Access } from '../http/access';
import { encodeCursor, pageOf } from '../http/cursor';
import { Idempotent } from '../http/idempotency';
import { CurrentPrincipal, ExpectedVersion, IdParam } from '../http/params';
import { Problems } from '../http/problems';
import { BookedSessionView, BookSessionBody, PreparationBody } from './booking.dto';
import { WithClientSecret } from './client-secret.interceptor';
import { SessionDetailsView } from './session-details.dto';
import { SessionListQuery, SessionPageView } from './session-list.dto';
import { keyFrom, sortOf } from './session-sort';
import { bookedView, detailsView, rememberingIds, rowView } from './session.views';
import { timelineView } from './timeline.views';
import { TimelineView } from './timeline.dto';

@ApiTags('sessions')
@Controller('sessions')
export class SessionsController {
  constructor(
    private readonly lists: SessionListQueries,
    private readonly details: SessionDetailsQueries,
    private readonly bookings: Bookings,
    private readonly life: SessionLife,
    private readonly queries: SessionQueries,
  ) {}

  /** List sessions: upcoming, past or all, filtered and sorted */
  @Get()
  @Access({ roles: ['coach', 'client', 'admin'], object: 'session' })
  @Problems({ 422: ['query.too_slow', 'sessions.sort_not_yours'] })
  async list(
    @CurrentPrincipal() principal: Principal,
    @Query() query: SessionListQuery,
  ): Promise<SessionPageView> {
    const { sort: given, limit, cursor, timezone, include, ...filter } = query;
    const { text, ...order } = sortOf(given, query.view, principal);
    const after = cursor === undefined ? undefined : keyFrom(cursor, text, order.sort);
    const [rows, counted] = await Promise.all([
      this.lists.list(principal, { ...filter, ...order, limit, ...(after === undefined ? {} : { after }) }),
      include === 'total' ? this.lists.total(principal, filter) : {},
    ]);
    const reader = { kind: principal.kind, timezone: timezone ?? principal.timezone };
    const idOf = rememberingIds();
    const page = pageOf(
      rows,
      limit,
      (row) => encodeCursor(text, keyOf(order.sort, row)),
      (row) => rowView(row, reader, idOf),
    );
    return { ...page, ...counted };
  }

  /** Everything about one session in one call */
  @Get(':id')
  @WithClientSecret()
  @Access({ roles: ['coach', 'client', 'admin'], object: 'session' })
  @Problems({ 404: ['sessions.not_found'] })
  async get(
    @CurrentPrincipal() principal: Principal,
    @IdParam('session') id: string,
  ): Promise<SessionDetailsView> {
    const row = await this.details.find(principal, id);
    if (row === undefined) throw new SessionNotFound();
    return detailsView(row, principal);
  }

  /** Book a session: held until it is paid, or scheduled at once when it is free, paid by a credit or paid later */
  @Post()
  @WithClientSecret()
  @Idempotent()
  @Access({ roles: ['coach', 'client'], object: 'session' })
  @Problems({
    404: ['offerings.not_found', 'clients.not_found'],
    409: [
      'sessions.slot_taken',
      'entitlements.no_credit_left',
      'entitlements.payment_disputed',
      'payouts-not-ready',
      'calendar-busy',
      'idempotency.in_progress',
    ],
    422: [
      'policies.not_accepted',
      'policies.acceptance_not_yours',
      'sessions.funding_unavailable',
      'payment_methods.none_usable',
      'availability.outside_hours',
      'idempotency.key_reused',
    ],
    429: ['sessions.too_many_holds'],
  })
  async book(
    @CurrentPrincipal() principal: Principal,
    @Body() body: BookSessionBody,
  ): Promise<BookedSessionView> {
    const { sessionId, warnings } = await this.bookings.book(principal, body);
    const row = await this.details.find(principal, sessionId);
    if (row === undefined) throw new SessionNotFound();
    return bookedView(row, principal, warnings);
  }

  /** What the client wants to focus on, asks, and tells beforehand; until the start */
  @Put(':id/preparation')
  @Access({ roles: ['client'], object: 'session' })
  @Problems({
    404: ['sessions.not_found'],
    409: ['sessions.action_not_allowed'],
    412: ['http.version_mismatch'],
  })
  async prepare(
    @CurrentPrincipal() principal: Principal,
    @IdParam('session') id: string,
    @Body() body: PreparationBody,
    @ExpectedVersion() expectedVersion?: number,
  ): Promise<SessionDetailsView> {
    await this.life.prepare(principal, id, body, expectedVersion);
    return this.get(principal, id);
  }

  /** End a session that has begun, before the worker does at its end */
  @Post(':id/complete')
  @HttpCode(200)
  @Access({ roles: ['coach'], object: 'session' })
  @ApiOkResponse({ type: SessionDetailsView })
  @Problems({
    404: ['sessions.not_found'],
    409: ['sessions.action_not_allowed'],
    412: ['http.version_mismatch'],
  })
  async complete(
    @CurrentPrincipal() principal: Principal,
    @IdParam('session') id: string,
    @ExpectedVersion() expectedVersion?: number,
  ): Promise<SessionDetailsView> {
    await this.life.complete(principal, id, expectedVersion);
    return this.get(principal, id);
  }

  /** Who did what and when: why the session is as it is */
  @Get(':id/timeline')
  @Access({ roles: ['coach', 'client', 'admin'], object: 'session' })
  @Problems({ 404: ['sessions.not_found'] })
  async timeline(
    @CurrentPrincipal() principal: Principal,
    @IdParam('session') id: string,
  ): Promise<TimelineView> {
    const session = await this.queries.find(principal, id);
    const rows = await this.queries.timeline(session.coachId, session.id);
    return { data: rows.map((row) => timelineView(row, principal)) };
  }
}
