import { Body, Controller, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Principal } from '@app/accounts';
import { SessionDetailsQueries } from '@app/reporting';
import { NextBookings, SessionNotFound } from '@app/sessions';
import { Access } from '../http/access';
import { Idempotent } from '../http/idempotency';
import { CurrentPrincipal, IdParam } from '../http/params';
import { Problems } from '../http/problems';
import { BookNextBody } from './book-next.dto';
import { BookedSessionView } from './booking.dto';
import { WithClientSecret } from './client-secret.interceptor';
import { bookedView } from './session.views';

@ApiTags('sessions')
@Controller('sessions/:id/book-next')
export class BookNextController {
  constructor(
    private readonly next: NextBookings,
    private readonly details: SessionDetailsQueries,
  ) {}

  /** Book the next session after one that is over: the same client, offering and way of paying, at another time */
  @Post()
  @WithClientSecret()
  @Idempotent()
  @Access({ roles: ['coach', 'client'], object: 'session' })
  @Problems({
    404: ['sessions.not_found', 'offerings.not_found', 'clients.not_found'],
    409: [
      'sessions.action_not_allowed',
      'sessions.slot_taken',
      'payouts-not-ready',
      'calendar-busy',
      'idempotency.in_progress',
    ],
    422: [
      'policies.not_accepted',
      'policies.acceptance_not_yours',
      'sessions.funding_unavailable',
      'availability.outside_hours',
      'idempotency.key_reused',
    ],
    429: ['sessions.too_many_holds'],
  })
  async book(
    @CurrentPrincipal() principal: Principal,
    @IdParam('session') id: string,
    @Body() body: BookNextBody,
  ): Promise<BookedSessionView> {
    const { sessionId, warnings } = await this.next.book(principal, id, body);
    const row = await this.details.find(principal, sessionId);
    if (row === undefined) throw new SessionNotFound();
    return bookedView(row, principal, warnings);
  }
}
