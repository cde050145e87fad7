import { actorOf, insertAudit, type Actor, type BookedClient, type Principal } from '@app/accounts';
import { insertClaim } from '@app/availability';
import { newId, wallTimeOf } from '@app/common';
import { sql, type RawBuilder } from '@app/database';
import type { Bookable, OfferingRecord } from '@app/offerings';
import { insertMessages } from '@app/outbox';
import { insertPayment, paymentOpened, type NewPayment } from '@app/payments';
import { chargeDueAt } from './charge-time';
import { sessionPaymentStatus } from './domain/session-payment-status';
import type { Funding } from './session-record';
import { insertTimelineEntry } from './session-writes';
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

/** What is sold, to whom and under which terms, read before the lock. */
export interface Terms<Request = BookingRequest> extends Bookable {
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

const MINUTE_MS = 60_000;

export function isAccepted({ request, terms }: Terms): boolean {
  return request.acceptedPolicyId === terms.id;
}

/** When the saved card is to be charged; null for what is paid otherwise. */
export function dueAtOf({ request, offering, terms }: Terms): Date | null {
  if (request.funding !== 'pay_later') return null;
  const { startsAt } = request;
  return chargeDueAt(offering, terms.rules, { startsAt, endsAt: endOf(startsAt, offering) });
}

export function endOf(startsAt: Date, offering: OfferingRecord): Date {
  return new Date(startsAt.getTime() + offering.durationMinutes * MINUTE_MS);
}

/** The session first, then claim, payment, history, audit and events: one statement, one round trip. */
export function rowsOf(terms: Terms, sessionId: string, now: Date): RawBuilder<unknown>[] {
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
        ...(request.funding === 'pay_later' ? { chargeDueAt: dueAtOf(terms)?.toISOString() } : {}),
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
  const accepted = isAccepted(booking);
  return sql`insert into sessions
    (coach_id, id, client_id, offering_id, status, starts_at, ends_at, local_start, timezone, before_minutes, after_minutes,
     offering_name, funding, price_minor, currency, policy_id, policy_rules, policy_accepted_at, policy_accepted_by,
     client_sort_name, payment_status, preparation_focus, preparation_questions, preparation_background,
     hold_expires_at, booked_at, booked_by, updated_at, entitlement_id, charge_due_at)
    select ${offering.coachId}::uuid, ${sessionId}::uuid, m.id, ${offering.id}::uuid, ${status},
      ${request.startsAt}::timestamptz, ${endOf(request.startsAt, offering)}::timestamptz,
      ${wallTimeOf(request.startsAt, settings.timezone)}::timestamp, ${settings.timezone}, ${minutes.beforeMinutes}::int, ${minutes.afterMinutes}::int,
      ${offering.name}, ${request.funding}, ${offering.priceMinor}::bigint, ${offering.currency}, ${terms.id}::uuid,
      ${JSON.stringify(terms.rules)}::jsonb, ${accepted ? now : null}::timestamptz, ${accepted ? principal.accountId : null}::uuid,
      m.sort_name, ${sessionPaymentStatus(request.funding, undefined)}, ${request.preparation?.focus ?? null}::text,
      ${request.preparation?.questions ?? null}::text, ${request.preparation?.background ?? null}::text,
      ${status === 'held' ? holdEnd(booking, now) : null}::timestamptz, ${now}::timestamptz, ${principal.kind}, ${now}::timestamptz,
      ${booking.entitlementId ?? null}::uuid, ${dueAtOf(booking)}::timestamptz
    from clients m where m.coach_id = ${offering.coachId}::uuid and m.id = ${client.id}::uuid and m.removed_at is null
    returning id`;
}

/** 15 minutes for a client, 48 hours when the coach books (settings), never beyond the start. */
function holdEnd({ principal, request, settings }: Terms, now: Date): Date {
  const minutes = principal.kind === 'client' ? settings.clientHoldMinutes : settings.coachHoldMinutes;
  return new Date(Math.min(now.getTime() + minutes * MINUTE_MS, request.startsAt.getTime()));
}

/** What the client pays now; what is paid later is a charge (SessionCharges). */
function paymentOf(
  { request, offering, settings, client, stripeAccountId }: Terms,
  sessionId: string,
  now: Date,
): NewPayment | undefined {
  if (request.funding !== 'card' || stripeAccountId === null) return undefined;
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
