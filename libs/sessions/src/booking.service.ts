import { Injectable } from '@nestjs/common';
import { actorOf, type Principal } from '@app/accounts';
import { Availability, CLAIMS_NEVER_OVERLAP, type BookingFacts, type NeededTime } from '@app/availability';
import { newId, NotFound, publicId } from '@app/common';
import { Database, sql, togetherWith, violates, type RawBuilder } from '@app/database';
import { Offerings, Policies, policyText } from '@app/offerings';
import { PayoutAccounts, SavedCards } from '@app/payments';
import {
  dueAtOf,
  endOf,
  isAccepted,
  rowsOf,
  type BookingRequest,
  type TakenOffer,
  type Terms,
} from './booking-rows';
import { CoachTime } from './coach-time.service';
import { SessionCharges } from './session-charges.service';
import { SessionCredits } from './session-credits.service';
import {
  AcceptanceNotYours,
  FundingUnavailable,
  PolicyNotAccepted,
  SavedCardMissing,
  TooManyHolds,
} from './sessions.errors';

export type { BookingRequest, TakenOffer } from './booking-rows';

export interface Booked {
  coachId: string;
  sessionId: string;
  warnings: string[];
}

const MOST_HOLDS = 3;
/** The schema's bound of an offering's duration; keeps the look for overlaps within an index. */
const LONGEST_SESSION = '720 minutes';

@Injectable()
export class Bookings {
  constructor(
    private readonly database: Database,
    private readonly offerings: Offerings,
    private readonly policies: Policies,
    private readonly availability: Availability,
    private readonly payoutAccounts: PayoutAccounts,
    private readonly coachTime: CoachTime,
    private readonly sessionCredits: SessionCredits,
    private readonly savedCards: SavedCards,
    private readonly charges: SessionCharges,
  ) {}

  /**
   * Books a free start: `held` until it is paid, `scheduled` at once when it is free, a credit pays it, or it is paid later with
   * the client's saved card (domain.md 5, 6).
   *
   * @throws Conflict `sessions.slot_taken` with alternatives, `payouts-not-ready`, `calendar-busy`; RuleViolation
   *   for hours, notice, horizon, caps, funding and terms; TooMany for holds; NotFound for what is not reachable;
   *   NoCreditLeft; SavedCardMissing; AcceptanceNotYours for a coach who accepts the terms
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
      await this.planCharge(terms, sessionId, now);
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
      (request.entitlementId !== undefined && request.funding !== 'package')
    ) {
      throw new FundingUnavailable(request.funding, offering.fundingOptions);
    }
    const terms = bookable.terms ?? (await this.defaultTerms(offering.coachId));
    if (principal.kind === 'client' && request.acceptedPolicyId !== terms.id) {
      throw new PolicyNotAccepted({ policyId: publicId('policy', terms.id), text: policyText(terms.rules) });
    }
    if (client === null) throw clientNotFound(principal, request.clientId);
    // Accepted terms let the saved card be charged: nobody accepts them for the client.
    if (principal.kind !== 'client' && request.acceptedPolicyId !== undefined) throw new AcceptanceNotYours();
    const isPaid = request.funding === 'card' || request.funding === 'pay_later';
    const stripeAccountId = isPaid ? await this.payoutAccounts.assertReady(offering.coachId) : null;
    if (request.funding === 'pay_later' && !(await this.savedCards.isChargeable(offering.coachId, client.id)))
      throw new SavedCardMissing();
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
    const actor = offer?.actor ?? actorOf(principal);
    return this.sessionCredits.draw(session, actor, 'booked', { entitlementId: entitlementId ?? null });
  }

  /** The price, on the saved card; once the client has accepted the terms, who have done so where they book themselves. */
  private async planCharge(terms: Terms, id: string, now: Date): Promise<void> {
    const { principal, request, offer, offering, client } = terms;
    if (request.funding !== 'pay_later' || !isAccepted(terms)) return;
    const { coachId, priceMinor, currency } = offering;
    const session = {
      coachId,
      id,
      clientId: client.id,
      seriesId: null,
      funding: request.funding,
      priceMinor,
      currency,
    };
    const times = { startsAt: request.startsAt, chargeDueAt: dueAtOf(terms) };
    const accepted = { policyRules: terms.terms.rules, policyAcceptedAt: now };
    const actor = offer?.actor ?? actorOf(principal);
    await this.charges.openPayLater({ ...session, ...times, ...accepted }, { actor, now });
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
