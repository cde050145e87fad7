import { Injectable } from '@nestjs/common';
import { actorOf, assertVersion, type Principal } from '@app/accounts';
import { Clock, newId } from '@app/common';
import { Database, sql } from '@app/database';
import { PaymentQueries, Refunds } from '@app/payments';
import { ContactAttempts, type ContactAttempt } from './contact-attempts.service';
import { mayMarkNoShow, statusAfterUndo } from './domain/allowed-actions';
import type { NoShowBy } from './domain/no-show';
import type { NoShowQuote, QuoteRow } from './no-show-quote';
import { backMinor } from './cancellation-terms';
import { noShowTerms, type NoShowTerms } from './no-show-terms';
import { actionNotAllowed } from './session-actions';
import { NoShowCharges } from './no-show-charges.service';
import { SessionCharges } from './session-charges.service';
import { moneyColumns } from './session-money';
import type { SessionRecord } from './session-record';
import { publicNoShowQuote } from './quote-views';
import { SessionCredits } from './session-credits.service';
import { SessionQueries } from './session.queries';
import { SessionWrites } from './session-writes';
import {
  ContactIncomplete,
  NoShowNotYours,
  OverrideNeedsReason,
  QuoteNotFound,
  QuoteStale,
  StillWaiting,
} from './sessions.errors';
import { noShowUndone, sessionCompleted, sessionNoShow, sessionScheduled } from './sessions.events';

export type { NoShowQuote } from './no-show-quote';

export interface NoShowRequest {
  quoteId: string;
  /** What was tried to reach the client; the coach's own. */
  note?: string;
  channel?: ContactAttempt['channel'];
  /** When it was tried; now, unless said otherwise. */
  contactedAt?: Date;
  /** Before the waiting time is over; needs a reason. */
  override?: boolean;
  reason?: string;
}

/** How long a quote binds. */
const QUOTE_MS = 10 * 60_000;

/** Sessions that somebody missed: a quote of what marking does, the marking, and its undoing (domain.md 5, 9). */
@Injectable()
export class NoShows {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly queries: SessionQueries,
    private readonly writes: SessionWrites,
    private readonly payments: PaymentQueries,
    private readonly refunds: Refunds,
    private readonly credits: SessionCredits,
    private readonly contacts: ContactAttempts,
    private readonly charges: SessionCharges,
    private readonly noShowCharges: NoShowCharges,
  ) {}

  /** @throws ActionNotAllowed before the start or more than 7 days after the end; NoShowNotYours for an admin and a client */
  async quote(principal: Principal, sessionId: string, by: NoShowBy): Promise<NoShowQuote> {
    const found = await this.queries.find(principal, sessionId);
    return this.database.transaction(async () => {
      const session = await this.writes.lock(found.coachId, found.id);
      const now = await this.clock.now();
      assertMayMark(principal, session, by, now);
      const terms = await this.terms(session, by);
      const id = newId();
      const expiresAt = new Date(now.getTime() + QUOTE_MS);
      await this.database.execute(sql`
        insert into session_quotes (coach_id, id, session_id, kind, made_for_kind, made_for, session_version, content, created_at, expires_at)
        values (${session.coachId}::uuid, ${id}::uuid, ${session.id}::uuid, 'no_show', ${principal.kind}, ${principal.accountId}::uuid,
          ${session.version}, ${JSON.stringify(terms)}::jsonb, ${now}::timestamptz, ${expiresAt}::timestamptz)`);
      return { ...terms, id, sessionId: session.id, expiresAt };
    });
  }

  /**
   * Marks the session as missed and asks for the refund or the charge that was quoted, in one transaction.
   *
   * @throws ActionNotAllowed, NoShowNotYours, StillWaiting before the waiting time is over without `override`,
   *   OverrideNeedsReason, ContactIncomplete, QuoteNotFound, QuoteStale with a fresh quote, VersionMismatch
   */
  async mark(
    principal: Principal,
    sessionId: string,
    request: NoShowRequest,
    expectedVersion?: number,
  ): Promise<void> {
    const found = await this.queries.find(principal, sessionId);
    if (request.channel === undefined && (request.note !== undefined || request.contactedAt !== undefined))
      throw new ContactIncomplete();
    await this.database.transaction(async () => {
      const session = await this.writes.lock(found.coachId, found.id);
      assertVersion(expectedVersion, session.version);
      const now = await this.clock.now();
      if (!mayMarkNoShow(session, principal.kind, now))
        throw actionNotAllowed('mark_no_show', session, principal.kind, now);
      const { terms, quoteId } = await this.quoted(principal, session, request.quoteId, now);
      const overridden = now < new Date(terms.waitUntil);
      assertWaited(overridden, request, new Date(terms.waitUntil));
      await this.database.execute(sql`
        update session_quotes set used_at = ${now}::timestamptz where coach_id = ${session.coachId} and id = ${quoteId}`);
      await this.carryOut(principal, session, terms, { ...request, overridden }, now);
    });
  }

  /**
   * The coach takes a marking back: the client came after all, or it was a mistake. The session is scheduled again
   * before its end and completed after it. What the marking charged goes back, and the price is charged when it is due; what
   * it gave back stays given back, since a refund cannot be called back, and the coach's net says so. A credit that it gave
   * back is drawn again.
   *
   * @throws ActionNotAllowed more than 7 days after the marking; VersionMismatch; NoCreditLeft
   */
  async undo(principal: Principal, sessionId: string, expectedVersion?: number): Promise<void> {
    const found = await this.queries.find(principal, sessionId);
    await this.database.transaction(async () => {
      const session = await this.writes.lock(found.coachId, found.id);
      assertVersion(expectedVersion, session.version);
      const now = await this.clock.now();
      const to = statusAfterUndo(session, now);
      if (to === null) throw actionNotAllowed('undo_no_show', session, principal.kind, now);
      const marking = await this.database.one(sql<{
        id: string;
        refundMinor: number;
        chargeId: string | null;
      }>`
        select id, refund_minor + share_minor as "refundMinor", charge_payment_id as "chargeId" from no_shows
        where coach_id = ${session.coachId} and session_id = ${session.id} and ended_at is null`);
      const version = session.version + 1;
      if (session.noShowBy === 'coach')
        await this.credits.draw(session, actorOf(principal), 'no_show_undone', {
          entitlementId: session.entitlementId,
          isAgain: true,
        });
      const chargeReturnedMinor = await this.noShowCharges.undo(session, marking.chargeId, {
        actor: actorOf(principal),
        now,
      });
      const after = await this.payments.forSession(session.coachId, session.id);
      await this.writes.apply({
        session,
        to,
        actor: actorOf(principal),
        now,
        action: 'session.undo_no_show',
        details: {
          noShowId: marking.id,
          refundMinor: marking.refundMinor,
          ...(chargeReturnedMinor === 0 ? {} : { chargeReturnedMinor }),
          currency: session.currency,
        },
        set: [
          ...(to === 'completed' ? [sql`completed_at = coalesce(completed_at, ${now}::timestamptz)`] : []),
          ...moneyColumns(session, after),
        ],
        events: [
          to === 'completed' ? sessionCompleted(session, version) : sessionScheduled(session, version),
          noShowUndone(session, version, marking.id),
        ],
      });
    });
  }

  private async terms(session: SessionRecord, by: NoShowBy): Promise<NoShowTerms> {
    const payment = await this.charges.payment(session);
    return noShowTerms(by, session, payment, await this.credits.onReturn(session, 'coach'));
  }

  /** The quote, still true: made for this person, not used, not over, and nothing was given back meanwhile. */
  private async quoted(
    principal: Principal,
    session: SessionRecord,
    quoteId: string,
    now: Date,
  ): Promise<{ terms: NoShowTerms; quoteId: string }> {
    const quote = await this.database.maybe(sql<QuoteRow>`
      select id, made_for as "madeFor", content, expires_at as "expiresAt", used_at as "usedAt" from session_quotes
      where coach_id = ${session.coachId} and id = ${quoteId} and session_id = ${session.id} and kind = 'no_show' for update`);
    if (quote === undefined || quote.madeFor !== principal.accountId) throw new QuoteNotFound();
    const { by } = quote.content;
    assertMayMark(principal, session, by, now);
    const present = await this.terms(session, by);
    const holds =
      quote.usedAt === null &&
      quote.expiresAt > now &&
      quote.content.refundMinor === present.refundMinor &&
      quote.content.shareMinor === present.shareMinor &&
      quote.content.credit === present.credit &&
      quote.content.refundWaitsForDispute === present.refundWaitsForDispute &&
      quote.content.keptMinor === present.keptMinor &&
      quote.content.laterChargeMinor === present.laterChargeMinor;
    if (!holds)
      throw new QuoteStale(async () => {
        const fresh = await this.quote(principal, session.id, by);
        return { quote: publicNoShowQuote(fresh) };
      });
    // Moved meanwhile, it waits for another instant.
    return { terms: { ...quote.content, waitUntil: present.waitUntil }, quoteId: quote.id };
  }

  private async carryOut(
    principal: Principal,
    session: SessionRecord,
    terms: NoShowTerms,
    request: NoShowRequest & { overridden: boolean },
    now: Date,
  ): Promise<void> {
    const actor = actorOf(principal);
    const { coachId, id: sessionId } = session;
    const refundId = await this.refund(principal, session, terms, now);
    const chargeId = await this.noShowCharges.charge(session, terms, { actor, now });
    // One that the client missed stays drawn: until the coach takes the marking back it is used, but not for good.
    if (terms.by === 'coach')
      await this.credits.settle(session, terms.credit, 'coach', actor, 'no_show_of_coach');
    const after = await this.payments.forSession(coachId, sessionId);
    const id = newId();
    await this.writes.apply({
      session,
      to: 'no_show',
      actor,
      now,
      action: 'session.mark_no_show',
      reason: request.reason ?? null,
      details: {
        by: terms.by,
        noShowId: id,
        keptMinor: terms.keptMinor,
        refundMinor: backMinor(terms),
        ...(terms.laterChargeMinor === null ? {} : { laterChargeMinor: terms.laterChargeMinor }),
        currency: terms.currency,
        clause: terms.clause,
        overridden: request.overridden,
      },
      set: [
        sql`no_show_by = ${terms.by}`,
        sql`no_show_marked_at = ${now}::timestamptz`,
        ...moneyColumns(session, after),
      ],
      alongside: [
        sql`insert into no_shows (coach_id, id, session_id, no_show_by, marked_at, marked_by_kind, marked_by, overridden, reason,
            clause, kept_minor, refund_minor, share_minor, currency, refund_id, later_charge_minor, charge_payment_id)
          values (${coachId}::uuid, ${id}::uuid, ${sessionId}::uuid, ${terms.by}, ${now}::timestamptz, ${principal.kind},
            ${principal.accountId}::uuid, ${request.overridden}, ${request.reason ?? null}::text, ${terms.clause},
            ${terms.keptMinor}::bigint, ${terms.refundMinor}::bigint, ${terms.shareMinor ?? 0}::bigint, ${terms.currency}, ${refundId}::uuid,
            ${terms.laterChargeMinor ?? 0}::bigint, ${chargeId}::uuid)`,
      ],
      events: [sessionNoShow(session, session.version + 1, id, terms.by)],
    });
    if (request.channel === undefined) return;
    await this.contacts.record({
      coachId,
      sessionId,
      noShowId: id,
      at: request.contactedAt ?? now,
      channel: request.channel,
      note: request.note ?? null,
      recordedBy: principal.accountId,
      now,
    });
  }

  private async refund(
    principal: Principal,
    session: SessionRecord,
    terms: NoShowTerms,
    now: Date,
  ): Promise<string | null> {
    if (terms.refundMinor === 0) return null;
    const payment = await this.charges.payment(session);
    if (payment === undefined) throw new Error('What was never paid is given back.');
    const refund = await this.refunds.request({
      coachId: session.coachId,
      paymentId: payment.paymentId,
      sessionId: session.id,
      amountMinor: terms.refundMinor,
      currency: terms.currency,
      reason: 'no_show',
      note: terms.clause,
      actor: actorOf(principal),
      now,
    });
    return refund.id;
  }
}

function assertMayMark(principal: Principal, session: SessionRecord, by: NoShowBy, now: Date): void {
  if (principal.kind === 'client' || (principal.kind === 'admin' && by === 'client'))
    throw new NoShowNotYours();
  if (!mayMarkNoShow(session, principal.kind, now))
    throw actionNotAllowed('mark_no_show', session, principal.kind, now);
}

function assertWaited(overridden: boolean, { override, reason }: NoShowRequest, waitUntil: Date): void {
  if (!overridden) return;
  if (override !== true) throw new StillWaiting(waitUntil);
  if (reason === undefined || reason.trim() === '') throw new OverrideNeedsReason();
}
