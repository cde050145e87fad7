import { Injectable } from '@nestjs/common';
import { actorOf, assertVersion, insertAudit, type Principal } from '@app/accounts';
import { Clock, newId } from '@app/common';
import { Database, sql, together, type RawBuilder } from '@app/database';
import { insertMessages } from '@app/outbox';
import { isDisputeLost, Refunds } from '@app/payments';
import { worthOfFreePlaces } from './credit-places';
import { moveCredits, type MovedCredits } from './credit-moves';
import { REFUND_CAUSE } from './domain/credits';
import type { EntitlementRefundChoice } from './domain/entitlement-refund';
import { entitlementColumns, type EntitlementRecord } from './entitlement-record';
import {
  assertOpen,
  leftOf,
  publicRefundQuote,
  termsOf,
  type EntitlementRefundQuote,
  type EntitlementRefundTerms,
  type LockedEntitlement,
  type RefundWish,
} from './entitlement-refund-terms';
import { Entitlements } from './entitlements.service';
import { EntitlementQuoteNotFound, EntitlementQuoteStale } from './packages.errors';
import { entitlementRefunded } from './packages.events';

type PaidFor = Pick<
  LockedEntitlement,
  'paymentId' | 'capturedMinor' | 'refundedMinor' | 'applicationFeeMinor' | 'isDisputed' | 'isDisputeLost'
>;

interface QuoteRow {
  madeFor: string;
  content: EntitlementRefundTerms;
  expiresAt: Date;
  usedAt: Date | null;
}

/** How long a quote binds. */
const QUOTE_MS = 10 * 60_000;

/** A bought package is given back: its credits are gone, its money goes back, what was booked with it stays booked. */
@Injectable()
export class EntitlementRefunds {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly entitlements: Entitlements,
    private readonly refunds: Refunds,
  ) {}

  /**
   * What refunding would do at this moment; binds for 10 minutes.
   *
   * @throws EntitlementNotFound, EntitlementNotOpen, RuleViolation `refunds.out_of_range`
   */
  async quote(principal: Principal, id: string, wish: RefundWish): Promise<EntitlementRefundQuote> {
    const { coachId } = await this.entitlements.find(principal, id);
    return this.database.transaction(async () => {
      const terms = termsOf(await this.lock(coachId, id), wish);
      const now = await this.clock.now();
      const quote = { id: newId(), expiresAt: new Date(now.getTime() + QUOTE_MS) };
      await this.database.execute(sql`
        insert into entitlement_quotes (coach_id, id, entitlement_id, made_for_kind, made_for, content, created_at, expires_at)
        values (${coachId}::uuid, ${quote.id}::uuid, ${id}::uuid, ${principal.kind}, ${principal.accountId}::uuid,
          ${JSON.stringify(terms)}::jsonb, ${now}::timestamptz, ${quote.expiresAt}::timestamptz)`);
      return { ...terms, ...quote, entitlementId: id };
    });
  }

  /**
   * Does exactly what was quoted, and closes the entitlement.
   *
   * @throws EntitlementNotFound, EntitlementNotOpen, VersionMismatch, EntitlementQuoteNotFound, EntitlementQuoteStale
   *   with a fresh quote
   */
  async refund(
    principal: Principal,
    id: string,
    { quoteId, reason }: { quoteId: string; reason: string },
    expectedVersion?: number,
  ): Promise<void> {
    const { coachId } = await this.entitlements.find(principal, id);
    await this.database.transaction(async () => {
      const entitlement = await this.lock(coachId, id);
      assertVersion(expectedVersion, entitlement.version);
      assertOpen(entitlement);
      const now = await this.clock.now();
      const terms = await this.useQuote(principal, entitlement, quoteId, now);
      const refundId = await this.giveBack(principal, entitlement, terms, reason, now);
      const { version } = await this.close(principal, entitlement);
      await this.database.execute(
        together(
          insertDecision(entitlement, quoteId, terms, refundId, now),
          insertAudit({
            coachId,
            actor: actorOf(principal),
            action: 'entitlement.refund',
            objectType: 'entitlement',
            objectId: id,
            objectVersion: version,
            cause: reason,
            before: { status: entitlement.status, remaining: entitlement.remaining },
            after: { status: 'refunded', remaining: 0, refundMinor: terms.refundMinor, refundId },
          }),
          insertMessages([entitlementRefunded(entitlement)]),
        ),
      );
    });
  }

  private async useQuote(
    principal: Principal,
    entitlement: LockedEntitlement,
    quoteId: string,
    now: Date,
  ): Promise<EntitlementRefundTerms> {
    const { coachId, id } = entitlement;
    const quote = await this.database.maybe(sql<QuoteRow>`
      select made_for as "madeFor", content, expires_at as "expiresAt", used_at as "usedAt" from entitlement_quotes
      where coach_id = ${coachId} and id = ${quoteId} and entitlement_id = ${id} for update`);
    if (quote === undefined || quote.madeFor !== principal.accountId) throw new EntitlementQuoteNotFound();
    if (!stillFits(quote, entitlement, now))
      throw new EntitlementQuoteStale(() => this.freshQuote(principal, id, quote.content.choice));
    await this.database.execute(sql`
      update entitlement_quotes set used_at = ${now}::timestamptz where coach_id = ${coachId} and id = ${quoteId}`);
    return quote.content;
  }

  /** As POST …/refund-quotes answers it. The amount of a partial refund was part of the old quote: it is named anew. */
  private async freshQuote(
    principal: Principal,
    entitlementId: string,
    choice: EntitlementRefundChoice,
  ): Promise<Record<string, unknown>> {
    const refund = choice === 'partial' ? 'remaining' : choice;
    return { quote: publicRefundQuote(await this.quote(principal, entitlementId, { refund })) };
  }

  /** @returns the refund's id; null when nothing goes back */
  private async giveBack(
    principal: Principal,
    { coachId, paymentId }: LockedEntitlement,
    { refundMinor, currency }: EntitlementRefundTerms,
    note: string,
    now: Date,
  ): Promise<string | null> {
    if (refundMinor === 0) return null;
    const { id } = await this.refunds.request({
      coachId,
      paymentId,
      sessionId: null,
      amountMinor: refundMinor,
      currency,
      reason: 'entitlement_refunded',
      note,
      actor: actorOf(principal),
      now,
    });
    return id;
  }

  private async close(
    principal: Principal,
    { coachId, id, remaining }: LockedEntitlement,
  ): Promise<MovedCredits> {
    if (remaining > 0) {
      return this.database.one(
        moveCredits({
          coachId,
          entitlementId: id,
          kind: 'expire',
          amount: -remaining,
          cause: REFUND_CAUSE,
          actor: actorOf(principal),
          set: [sql`status = 'refunded'`],
          where: sql`e.status = 'active'`,
        }),
      );
    }
    return this.database.one(sql<MovedCredits>`
      update entitlements set status = 'refunded', version = version + 1, updated_at = app_now()
      where coach_id = ${coachId} and id = ${id} returning remaining, version`);
  }

  /** The payment's row first: that is the order of locks. */
  private async lock(coachId: string, id: string): Promise<LockedEntitlement> {
    const payment = await this.database.one(sql<PaidFor>`
      select id as "paymentId", captured_minor as "capturedMinor", refunded_minor as "refundedMinor",
        application_fee_minor as "applicationFeeMinor", status = 'disputed' as "isDisputed", ${isDisputeLost} as "isDisputeLost"
      from payments p where coach_id = ${coachId} and entitlement_id = ${id} for no key update`);
    const entitlement = await this.database.one(sql<EntitlementRecord>`
      select ${entitlementColumns} from entitlements e where e.coach_id = ${coachId} and e.id = ${id} for no key update`);
    // Read under the lock, in a statement of its own: an entry that was written meanwhile counts.
    const { worthMinor } = await this.database.one(sql<{ worthMinor: number }>`
      select ${worthOfFreePlaces} as "worthMinor" from entitlements e where e.coach_id = ${coachId} and e.id = ${id}`);
    return { ...entitlement, ...payment, worthMinor };
  }
}

function stillFits(quote: QuoteRow, entitlement: LockedEntitlement, now: Date): boolean {
  const { credits, refundMinor, leftMinor, refundWaitsForDispute } = quote.content;
  return (
    quote.usedAt === null &&
    quote.expiresAt > now &&
    credits === entitlement.remaining &&
    leftMinor === leftOf(entitlement) &&
    refundWaitsForDispute === (refundMinor > 0 && entitlement.isDisputed)
  );
}

function insertDecision(
  { coachId, id }: LockedEntitlement,
  quoteId: string,
  { choice, credits, refundMinor, currency }: EntitlementRefundTerms,
  refundId: string | null,
  now: Date,
): RawBuilder<unknown> {
  return sql`insert into entitlement_refunds
    (coach_id, entitlement_id, quote_id, choice, credits, due_minor, currency, refund_id, decided_at)
    values (${coachId}::uuid, ${id}::uuid, ${quoteId}::uuid, ${choice}, ${credits}::int, ${refundMinor}::bigint, ${currency},
      ${refundId}::uuid, ${now}::timestamptz)`;
}
