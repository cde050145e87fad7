import { Injectable } from '@nestjs/common';
import { actorOf, insertAudit, type Actor, type BookedClient, type Principal } from '@app/accounts';
import {
  Availability,
  CLAIMS_NEVER_OVERLAP,
  insertClaim,
  type BookingFacts,
  type NeededTime,
} from '@app/availability';
import { Clock, newId, NotFound, publicId, wallTimeOf } from '@app/common';
import { Database, sql, togetherWith, violates, type RawBuilder } from '@app/database';
import { Offerings, Policies, policyText, type Bookable, type OfferingRecord } from '@app/offerings';
import { insertMessages } from '@app/outbox';
import { insertPayment, paymentOpened, PayoutAccounts, type NewPayment } from '@app/payments';
import type { Funding } from './session-record';
import { CoachTime } from './coach-time.service';
import { sessionPaymentStatus } from './domain/session-payment-status';
import { SessionCredits } from './session-credits.service';
import { insertTimelineEntry } from './session-writes';
import { FundingUnavailable, PolicyNotAccepted, TooManyHolds } from './sessions.errors';
import { sessionHeld, sessionScheduled } from './sessions.events';

export interface BookingRequest {
  offeringId: string;
  /** Only when a coach books. */
  clientId?: string;
  startsAt: Date;
  funding: Funding;
  /** With `package`: which one; else the one that expires first. */
  entitlementId?: string;
  preparation?: { focus?: string; questions?: string; background?: string };
  acceptedPolicyId?: string;
  override?: boolean;
}

/** A client takes what the coach offered: the booking is the coach's, the act the client's. */
export interface TakenOffer {
  actor: Actor;
  proposalId: string;
  via: 'app' | 'link';
}

export interface Booked {
  coachId: string;
  sessionId: string;
  warnings: string[];
}

/** What is sold, to whom and under which terms, read before the lock. */
interface Terms<Request = BookingRequest> extends Bookable {
  principal: Principal;
  request: Request;
  offer?: TakenOffer;
  terms: NonNullable<Bookable['terms']>;
  client: BookedClient;
  /** The package that pays it, once a credit was drawn. */
  entitlementId?: string | null;
  /** Stripe account that a card payment goes to; null when nothing is to be paid. */
  stripeAccountId: string | null;
}

const MOST_HOLDS = 3;
/** The schema's bound of an offering's duration; keeps the look for overlaps within an index. */
const LONGEST_SESSION = '720 minutes';
const MINUTE_MS = 60_000;

@Injectable()
export class Bookings {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly offerings: Offerings,
    private readonly policies: Policies,
    private readonly availability: Availability,
    private readonly payoutAccounts: PayoutAccounts,
    private readonly coachTime: CoachTime,
    private readonly sessionCredits: SessionCredits,
  ) {}

  /**
   * Books a free start: `held` until it is paid, `scheduled` at once when it is free or a credit pays it (domain.md 5, 6).
   *
   * @throws Conflict `sessions.slot_taken` with alternatives, `payouts-not-ready`, `calendar-busy`; RuleViolation
   *   for hours, notice, horizon, caps, funding and terms; TooMany for holds; NotFound for what is not reachable;
   *   NoCreditLeft
   */
  async book(principal: Principal, request: BookingRequest, offer?: TakenOffer): Promise<Booked> {
    const found = await this.termsOf(principal, request);
    const terms = offer === undefined ? found : { ...found, offer };
    return this.database.transaction(async () => {
      const now = await this.takeTime(terms);
      if (request.funding === 'card' && principal.kind === 'client') await this.refuseTooManyHolds(terms);
      const sessionId = newId();
      const entitlementId = await this.drawCredit(terms, sessionId);
      const warnings = await this.write(terms, rowsOf({ ...terms, entitlementId }, sessionId, now));
      return { coachId: terms.offering.coachId, sessionId, warnings };
    });
  }

  /**
   * What each session would take of the coach's time, if it could be booked like this now.
   *
   * @throws as `book`, for everything but the time
   */
  async needed(principal: Principal, request: Omit<BookingRequest, 'startsAt'>): Promise<NeededTime> {
    return (await this.termsOf(principal, request)).minutes;
  }

  /**
   * The constraint is the last word: whatever slipped past the check is refused like any taken time. So is the
   * client's row: who was removed at the same moment is not booked any more.
   *
   * @returns what a client who books over another session of their own is told, alone
   */
  private async write(terms: Terms, rows: RawBuilder<unknown>[]): Promise<string[]> {
    try {
      // part_0 is the session's own row.
      const question = sql<{ booked: boolean; overlapping: number }>`
        select exists (select from part_0) as booked, ${countOverlapping(terms)} as overlapping`;
      const { booked, overlapping } = await this.database.one(togetherWith(question, ...rows));
      if (!booked) throw clientNotFound(terms.principal, terms.request.clientId);
      return overlapping === 0 ? [] : ['You have another session at this time.'];
    } catch (error) {
      if (violates(error, CLAIMS_NEVER_OVERLAP)) throw this.availability.slotTaken(wantedOf(terms));
      throw error;
    }
  }

  private async termsOf<Request extends Omit<BookingRequest, 'startsAt'>>(
    principal: Principal,
    request: Request,
  ): Promise<Terms<Request>> {
    const bookable = await this.offerings.bookable(principal, request.offeringId, request.clientId);
    const { offering, client } = bookable;
    if (
      !offering.fundingOptions.includes(request.funding) ||
      request.funding === 'pay_later' ||
      (request.entitlementId !== undefined && request.funding !== 'package')
    ) {
      throw new FundingUnavailable(request.funding, offering.fundingOptions);
    }
    const terms = bookable.terms ?? (await this.defaultTerms(offering.coachId));
    if (principal.kind === 'client' && request.acceptedPolicyId !== terms.id) {
      throw new PolicyNotAccepted({ policyId: publicId('policy', terms.id), text: policyText(terms.rules) });
    }
    if (client === null) throw clientNotFound(principal, request.clientId);
    const stripeAccountId =
      request.funding === 'card' ? await this.payoutAccounts.assertReady(offering.coachId) : null;
    return { ...bookable, principal, request, terms, client, stripeAccountId };
  }

  private async defaultTerms(coachId: string): Promise<Terms['terms']> {
    return this.policies.byId(coachId, await this.policies.ensureDefault(coachId));
  }

  /** Locks the coach's time and checks that the start is free; what has run out takes no time and fills no cap. */
  private async takeTime(terms: Terms): Promise<Date> {
    const wanted = wantedOf(terms);
    await this.availability.lockForBooking(wanted);
    return this.coachTime.assertFree(wanted);
  }

  private async drawCredit(
    { principal, request, offer, offering, client }: Terms,
    id: string,
  ): Promise<string | null> {
    const { startsAt, funding, entitlementId } = request;
    const session = {
      coachId: offering.coachId,
      id,
      clientId: client.id,
      offeringId: offering.id,
      startsAt,
      funding,
    };
    return this.sessionCredits.draw(session, offer?.actor ?? actorOf(principal), 'booked', entitlementId);
  }

  private async refuseTooManyHolds({ offering, client }: Terms): Promise<void> {
    const { holds } = await this.database.one(sql<{ holds: number }>`
      select count(*)::int as holds from sessions
      where coach_id = ${offering.coachId} and client_id = ${client.id} and status = 'held' and hold_expires_at > app_now()`);
    if (holds >= MOST_HOLDS) throw new TooManyHolds(MOST_HOLDS);
  }
}

/** The booker's own sessions at this time, with whatever coach; the new one is not among them yet. */
function countOverlapping({ principal, request, offering }: Terms): RawBuilder<number> {
  if (principal.kind !== 'client') return sql`0`;
  return sql`(
    select count(*)::int
    from clients m join sessions s on s.coach_id = m.coach_id and s.client_id = m.id
    where m.account_id = ${principal.accountId} and s.status in ('held', 'scheduled')
      and s.starts_at < ${endOf(request.startsAt, offering)}::timestamptz and s.ends_at > ${request.startsAt}::timestamptz
      and s.starts_at > ${request.startsAt}::timestamptz - ${LONGEST_SESSION}::interval)`;
}

function clientNotFound(principal: Principal, clientId?: string): NotFound {
  if (principal.kind === 'client') return new NotFound('offerings.not_found', 'There is no such offering.');
  const detail = clientId === undefined ? 'Name the client: send clientId.' : 'There is no such client.';
  return new NotFound('clients.not_found', detail);
}

function wantedOf({ offering, minutes, request, principal }: Terms): BookingFacts {
  return {
    coachId: offering.coachId,
    offeringId: offering.id,
    startsAt: request.startsAt,
    override: principal.kind === 'coach' && request.override === true,
    ...minutes,
  };
}

function endOf(startsAt: Date, offering: OfferingRecord): Date {
  return new Date(startsAt.getTime() + offering.durationMinutes * MINUTE_MS);
}

/** The session first, then claim, payment, history, audit and events: one statement, one round trip. */
function rowsOf(terms: Terms, sessionId: string, now: Date): RawBuilder<unknown>[] {
  const { principal, request, offer, offering, minutes } = terms;
  const { coachId } = offering;
  const actor = offer?.actor ?? actorOf(principal);
  const session = { coachId, id: sessionId };
  const status = request.funding === 'card' ? 'held' : 'scheduled';
  const { beforeMinutes, afterMinutes } = minutes;
  const payment = paymentOf(terms, sessionId, now);
  const events = [
    status === 'held' ? sessionHeld(session, 1) : sessionScheduled(session, 1),
    ...(payment === undefined ? [] : [paymentOpened(payment)]),
  ];
  return [
    insertSession(terms, sessionId, status, now),
    insertClaim({
      coachId,
      sessionId,
      from: new Date(request.startsAt.getTime() - beforeMinutes * MINUTE_MS),
      to: new Date(endOf(request.startsAt, offering).getTime() + afterMinutes * MINUTE_MS),
    }),
    ...(payment === undefined ? [] : [insertPayment(payment)]),
    insertTimelineEntry({
      coachId,
      sessionId,
      at: now,
      kind: 'status_changed',
      actor,
      fromStatus: null,
      toStatus: status,
      details: {
        startsAt: request.startsAt.toISOString(),
        funding: request.funding,
        ...(offer === undefined ? {} : { proposalId: offer.proposalId, via: offer.via }),
      },
    }),
    insertAudit({
      coachId,
      actor,
      action: 'session.book',
      objectType: 'session',
      objectId: sessionId,
      objectVersion: 1,
      after: { status, startsAt: request.startsAt.toISOString(), override: request.override === true },
    }),
    insertMessages(events),
  ];
}

function insertSession(
  booking: Terms,
  sessionId: string,
  status: 'held' | 'scheduled',
  now: Date,
): RawBuilder<unknown> {
  const { principal, request, offering, settings, terms, client, minutes } = booking;
  const accepted = request.acceptedPolicyId === terms.id;
  return sql`insert into sessions
    (coach_id, id, client_id, offering_id, status, starts_at, ends_at, local_start, timezone, before_minutes, after_minutes,
     offering_name, funding, price_minor, currency, policy_id, policy_rules, policy_accepted_at, policy_accepted_by,
     client_sort_name, payment_status, preparation_focus, preparation_questions, preparation_background,
     hold_expires_at, booked_at, booked_by, updated_at, entitlement_id)
    select ${offering.coachId}::uuid, ${sessionId}::uuid, m.id, ${offering.id}::uuid, ${status},
      ${request.startsAt}::timestamptz, ${endOf(request.startsAt, offering)}::timestamptz,
      ${wallTimeOf(request.startsAt, settings.timezone)}::timestamp, ${settings.timezone}, ${minutes.beforeMinutes}::int, ${minutes.afterMinutes}::int,
      ${offering.name}, ${request.funding}, ${offering.priceMinor}::bigint, ${offering.currency}, ${terms.id}::uuid,
      ${JSON.stringify(terms.rules)}::jsonb, ${accepted ? now : null}::timestamptz, ${accepted ? principal.accountId : null}::uuid,
      m.sort_name, ${sessionPaymentStatus(request.funding, undefined)}, ${request.preparation?.focus ?? null}::text,
      ${request.preparation?.questions ?? null}::text, ${request.preparation?.background ?? null}::text,
      ${status === 'held' ? holdEnd(booking, now) : null}::timestamptz, ${now}::timestamptz, ${principal.kind}, ${now}::timestamptz,
      ${booking.entitlementId ?? null}::uuid
    from clients m where m.coach_id = ${offering.coachId}::uuid and m.id = ${client.id}::uuid and m.removed_at is null
    returning id`;
}

/** 15 minutes for a client, 48 hours when the coach books (settings), never beyond the start. */
function holdEnd({ principal, request, settings }: Terms, now: Date): Date {
  const minutes = principal.kind === 'client' ? settings.clientHoldMinutes : settings.coachHoldMinutes;
  return new Date(Math.min(now.getTime() + minutes * MINUTE_MS, request.startsAt.getTime()));
}

function paymentOf(
  { offering, settings, client, stripeAccountId }: Terms,
  sessionId: string,
  now: Date,
): NewPayment | undefined {
  if (stripeAccountId === null) return undefined;
  return {
    coachId: offering.coachId,
    id: newId(),
    clientId: client.id,
    sessionId,
    amountMinor: offering.priceMinor,
    currency: offering.currency,
    applicationFeeBps: settings.applicationFeeBps,
    stripeAccountId,
    now,
  };
}
