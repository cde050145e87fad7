import { Injectable } from '@nestjs/common';
import type { Principal } from '@app/accounts';
import { Clock } from '@app/common';
import { Database, sql } from '@app/database';
import { Bookings, type Booked, type BookingRequest, type TakenOffer } from './booking.service';
import { mayBookNext } from './domain/allowed-actions';
import { actionNotAllowed } from './session-actions';
import type { SessionRecord } from './session-record';
import { SessionQueries } from './session.queries';

/** What is asked of the next session; everything else is as it was. */
export interface NextBooking extends Pick<
  BookingRequest,
  'startsAt' | 'preparation' | 'acceptedPolicyId' | 'override'
> {
  offeringId?: string;
  funding?: BookingRequest['funding'];
}

/** A155: the next session with the same client, of the same offering, paid in the same way. */
@Injectable()
export class NextBookings {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly queries: SessionQueries,
    private readonly bookings: Bookings,
  ) {}

  /** @throws ActionNotAllowed unless the session is over, and as `Bookings.book` */
  async book(principal: Principal, sessionId: string, next: NextBooking): Promise<Booked> {
    const session = await this.queries.find(principal, sessionId);
    if (!mayBookNext(session))
      throw actionNotAllowed('book_next', session, principal.kind, await this.clock.now());
    return this.bookAfter(session, principal, {
      ...next,
      offeringId: next.offeringId ?? session.offeringId,
      funding: next.funding ?? session.funding,
      ...(principal.kind === 'coach' ? { clientId: session.clientId } : {}),
    });
  }

  /** The booking, linked to the session that it follows. @param offer when a client takes what a coach offered; @throws as `Bookings.book` */
  async bookAfter(
    session: SessionRecord,
    principal: Principal,
    request: BookingRequest,
    offer?: TakenOffer,
  ): Promise<Booked> {
    return this.database.transaction(async () => {
      const booked = await this.bookings.book(principal, request, offer);
      await this.database.execute(sql`
        update sessions set follows_session_id = ${session.id}::uuid
        where coach_id = ${booked.coachId} and id = ${booked.sessionId}`);
      return booked;
    });
  }
}
