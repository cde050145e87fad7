import { Injectable } from '@nestjs/common';
import { actorOf, assertVersion, type Principal } from '@app/accounts';
import { releaseClaims } from '@app/availability';
import { Clock, newId, RuleViolation } from '@app/common';
import { Database, sql } from '@app/database';
import type { CreditOnReturn } from '@app/packages';
import { PaymentQueries, Refunds, type SessionPayment } from '@app/payments';
import {
  decisionOf,
  detailsOf,
  insertOwed,
  stillFits,
  type OwedCharge,
  type QuoteRow,
} from './cancellation-rows';
import {
  cancellationTerms,
  type CancellationChoice,
  type CancellationQuote,
  type CancellationTerms,
} from './cancellation-terms';
import { allowedActions, isOver, mayCancel } from './domain/allowed-actions';
import type { RefundChoice } from './domain/cancellation';
import { publicCancellationQuote } from './quote-views';
import { insertDecision } from './refund-decisions';
import { actionNotAllowed } from './session-actions';
import { SessionCharges, type ChargeAct } from './session-charges.service';
import { SessionCredits } from './session-credits.service';
import { moneyColumns } from './session-money';
import type { SessionRecord } from './session-record';
import { SessionQueries } from './session.queries';
import { SessionWrites } from './session-writes';
import { QuoteNotFound, QuoteStale, VoidNeedsQuote } from './sessions.errors';
import { sessionCancelled } from './sessions.events';

export interface CancellationRequest extends CancellationChoice {
  quoteId?: string;
  reasonCode?: string;
  reason?: string;
  /** Words of the one who cancels, sent to the other. */
  message?: string;
}

/** How long a quote binds. */
const QUOTE_MS = 10 * 60_000;

@Injectable()
export class Cancellations {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly queries: SessionQueries,
    private readonly writes: SessionWrites,
    private readonly payments: PaymentQueries,
    private readonly refunds: Refunds,
    private readonly credits: SessionCredits,
    private readonly charges: SessionCharges,
  ) {}

  /** @throws ActionNotAllowed, RuleViolation `refunds.choice_not_yours | refunds.out_of_range` */
  async quote(
    principal: Principal,
    sessionId: string,
    choice: CancellationChoice,
  ): Promise<CancellationQuote> {
    const found = await this.queries.find(principal, sessionId);
    return this.database.transaction(async () => {
      const session = await this.writes.lock(found.coachId, found.id);
      return this.makeQuote(principal, session, choice);
    });
  }

  private async makeQuote(
    principal: Principal,
    session: SessionRecord,
    choice: CancellationChoice,
  ): Promise<CancellationQuote> {
    const now = await this.clock.now();
    const terms = await this.terms(principal, session, choice, now);
    const id = newId();
    const expiresAt = new Date(now.getTime() + QUOTE_MS);
    await this.database.execute(sql`
      insert into session_quotes (coach_id, id, session_id, kind, made_for_kind, made_for, session_version, content, created_at, expires_at)
      values (${session.coachId}::uuid, ${id}::uuid, ${session.id}::uuid, 'cancellation', ${principal.kind}, ${principal.accountId}::uuid,
        ${session.version}, ${JSON.stringify(terms)}::jsonb, ${now}::timestamptz, ${expiresAt}::timestamptz)`);
    return { ...terms, id, sessionId: session.id, expiresAt };
  }

  private async terms(
    principal: Principal,
    session: SessionRecord,
    choice: CancellationChoice,
    now: Date,
  ): Promise<CancellationTerms> {
    if (!mayCancel(session, principal.kind, now))
      throw actionNotAllowed('cancel', session, principal.kind, now);
    const { payment, credit } = await this.moneyNow(principal, session);
    return cancellationTerms({ by: principal.kind, session, payment, choice, credit, now });
  }

  /** Locked, so that it stays true. */
  private async moneyNow(
    principal: Principal,
    session: SessionRecord,
  ): Promise<{ payment: SessionPayment | undefined; credit: CreditOnReturn | undefined }> {
    const payment = await this.charges.payment(session);
    return { payment, credit: await this.credits.onReturn(session, sideOf(principal)) };
  }

  /**
   * Cancels, and asks for the refund or the charge that was quoted, in one transaction.
   *
   * @throws ActionNotAllowed, QuoteNotFound, QuoteStale with a fresh quote, VersionMismatch, RuleViolation as for
   *   `quote`, and `sessions.quote_decides` when a quote is named and a refund too
   */
  async cancel(
    principal: Principal,
    sessionId: string,
    request: CancellationRequest,
    expectedVersion?: number,
  ): Promise<void> {
    const found = await this.queries.find(principal, sessionId);
    if (request.quoteId !== undefined) refuseOwnChoice(request);
    await this.database.transaction(async () => {
      const session = await this.writes.lock(found.coachId, found.id);
      assertVersion(expectedVersion, session.version);
      const now = await this.clock.now();
      if (!mayCancel(session, principal.kind, now))
        throw actionNotAllowed('cancel', session, principal.kind, now);
      if (isOver(session) && request.quoteId === undefined)
        throw new VoidNeedsQuote(session.status, allowedActions(session, principal.kind, now, 0));
      const terms =
        request.quoteId === undefined
          ? await this.terms(principal, session, request, now)
          : await this.useQuote(principal, session, request.quoteId, now);
      await this.carryOut(principal, session, terms, request, now);
    });
  }

  private async useQuote(
    principal: Principal,
    session: SessionRecord,
    quoteId: string,
    now: Date,
  ): Promise<CancellationTerms> {
    const quote = await this.database.maybe(sql<QuoteRow>`
      select id, session_version as "sessionVersion", made_for as "madeFor", content, expires_at as "expiresAt", used_at as "usedAt"
      from session_quotes
      where coach_id = ${session.coachId} and id = ${quoteId} and session_id = ${session.id} and kind = 'cancellation' for update`);
    if (quote === undefined || quote.madeFor !== principal.accountId) throw new QuoteNotFound();
    const money = await this.moneyNow(principal, session);
    const holds = quote.usedAt === null && quote.expiresAt > now && stillFits(quote, session, money);
    if (!holds) throw new QuoteStale(() => this.freshQuote(principal, session.id, quote.content.choice));
    await this.database.execute(sql`
      update session_quotes set used_at = ${now}::timestamptz where coach_id = ${session.coachId} and id = ${quote.id} and used_at is null`);
    return quote.content;
  }

  private async freshQuote(
    principal: Principal,
    sessionId: string,
    choice: RefundChoice,
  ): Promise<Record<string, unknown>> {
    // The amount of a partial refund was part of the old quote; the policy's answer is the safe one to offer.
    const fresh = await this.quote(principal, sessionId, {
      refund: principal.kind === 'client' || choice === 'partial' ? 'policy' : choice,
    });
    return { quote: publicCancellationQuote(fresh) };
  }

  /** Calls off what was to be charged, and asks for what is owed instead. @returns null for what is not paid later */
  private async chargeOwed(
    session: SessionRecord,
    { laterChargeMinor }: CancellationTerms,
    act: ChargeAct,
  ): Promise<OwedCharge | null> {
    if (session.funding !== 'pay_later') return null;
    await this.charges.release(session, act.actor);
    if (laterChargeMinor === null) return { owedMinor: 0, paymentId: null };
    const charge = { amountMinor: laterChargeMinor, reason: 'late_cancellation', dueAt: act.now } as const;
    return { owedMinor: laterChargeMinor, paymentId: await this.charges.request(session, charge, act) };
  }

  private async carryOut(
    principal: Principal,
    session: SessionRecord,
    terms: CancellationTerms,
    request: CancellationRequest,
    now: Date,
  ): Promise<void> {
    const { coachId, id: sessionId } = session;
    const act = { actor: actorOf(principal), now };
    const payment = await this.charges.payment(session);
    const paid = payment !== undefined && payment.capturedMinor > 0 ? payment : undefined;
    const charge = paid === undefined ? await this.chargeOwed(session, terms, act) : null;
    if (paid !== undefined) await this.giveBack(session, paid, terms, act);
    await this.credits.settle(session, terms.credit, sideOf(principal), act.actor, 'session_cancelled');
    const after = await this.payments.forSession(coachId, sessionId);
    await this.writes.apply({
      session,
      to: 'cancelled',
      ...act,
      action: 'session.cancel',
      outcome: terms.outcome,
      reason: request.reason ?? null,
      details: detailsOf(terms),
      set: [
        sql`cancelled_at = ${now}::timestamptz`,
        sql`cancelled_by = ${principal.kind}`,
        sql`cancel_reason_code = ${request.reasonCode ?? null}::text`,
        sql`cancel_reason = ${request.reason ?? null}::text`,
        sql`cancel_message = ${request.message ?? null}::text`,
        ...moneyColumns(session, after),
        sql`calendar_sequence = calendar_sequence + 1`,
      ],
      alongside: [
        releaseClaims(coachId, sessionId),
        ...(paid === undefined ? [] : [insertDecision(decisionOf(session, paid, terms, now))]),
        ...(charge === null ? [] : [insertOwed(session, charge, terms, now)]),
      ],
      events: [sessionCancelled(session, session.version + 1, terms.outcome)],
    });
  }

  private async giveBack(
    { coachId, id: sessionId }: SessionRecord,
    { paymentId, currency }: SessionPayment,
    { refundMinor: amountMinor, clause: note }: CancellationTerms,
    act: ChargeAct,
  ): Promise<void> {
    if (amountMinor === 0) return;
    const from = { coachId, paymentId, sessionId, currency };
    await this.refunds.request({ ...from, amountMinor, reason: 'session_cancelled', note, ...act });
  }
}

/** Who is why a credit comes back. */
function sideOf({ kind }: Principal): 'client' | 'coach' {
  return kind === 'client' ? 'client' : 'coach';
}

/** What was quoted is carried out as it is: another wish beside it would be left aside without a word. */
function refuseOwnChoice({ refund, amountMinor, percent, returnCredit }: CancellationChoice): void {
  const named = Object.entries({ refund, amountMinor, percent, returnCredit }).filter(
    ([, value]) => value !== undefined,
  );
  if (named.length === 0) return;
  throw new RuleViolation(
    'sessions.quote_decides',
    'The quote says what is refunded; leave these fields out.',
    {
      help: 'To refund something else, ask for another quote with POST …/cancellation-quotes.',
      errors: named.map(([name]) => ({
        pointer: `/${name}`,
        code: 'quote_decides',
        detail: 'Is decided by the quote.',
      })),
    },
  );
}
