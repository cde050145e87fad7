import { Injectable } from '@nestjs/common';
import { insertAudit, WORKER } from '@app/accounts';
import { Database, sql, type RawBuilder } from '@app/database';
import { Refunds, type RefundReason } from '@app/payments';
import type { RefundChoice } from './domain/cancellation';
import { insertDecision } from './refund-decisions';
import { SessionCharges } from './session-charges.service';
import type { SessionRecord } from './session-record';
import { insertTimelineEntry } from './session-writes';

/** Money of a charge that had been called off while it was under way. Amounts are minor units. */
interface AwaitedPayment {
  paymentId: string;
  capturedMinor: number;
  /** Of what was captured; what went back before is no longer there. */
  leftMinor: number;
  currency: string;
}

/** What the session owes as it stands: the rest of the money goes back for this reason. */
interface Owed {
  owedMinor: number;
  reason: RefundReason;
  clause: string;
  /** Of the cancellation, where its terms decided. */
  choice?: RefundChoice;
}

/**
 * A charge that is called off while Stripe has it is awaited (domain.md 8). When it was paid after all, what the client owes
 * by now stays, the rest goes back, and the charge that was asked for in its place is not made. Under the session's lock.
 */
@Injectable()
export class AwaitedCharges {
  constructor(
    private readonly database: Database,
    private readonly charges: SessionCharges,
    private readonly refunds: Refunds,
  ) {}

  /** Once for each of them; a no-op when there is none. */
  async settle(session: SessionRecord, now: Date): Promise<void> {
    const awaited = await this.undecided(session);
    if (awaited === undefined) return;
    const owed = await this.owed(session, awaited);
    const backMinor = Math.max(0, awaited.leftMinor - owed.owedMinor);
    // The next charge asks for it anew, and so it stays.
    if (owed.reason !== 'no_show_undone') await this.charges.release(session, WORKER);
    const refundId = backMinor === 0 ? null : await this.refund(session, awaited, owed, backMinor, now);
    await this.keepDecision(session, awaited, { ...owed, backMinor, refundId }, now);
    if (owed.reason === 'no_show_undone') await this.charges.openPayLater(session, { actor: WORKER, now });
  }

  /** Locked; what was decided about is not decided again, also when its refund fails. */
  private async undecided({ coachId, id }: SessionRecord): Promise<AwaitedPayment | undefined> {
    return this.database.maybe(sql<AwaitedPayment>`
      select p.id as "paymentId", p.captured_minor as "capturedMinor", p.captured_minor - p.refunded_minor as "leftMinor", p.currency
      from payments p
      where p.coach_id = ${coachId} and p.session_id = ${id} and p.mode = 'off_session' and p.released_at is not null
        and p.captured_minor > p.refunded_minor
        and not exists (select from awaited_charges d where d.coach_id = p.coach_id and d.payment_id = p.id)
      order by p.id limit 1 for no key update`);
  }

  private async owed(session: SessionRecord, { capturedMinor, leftMinor }: AwaitedPayment): Promise<Owed> {
    if (session.status === 'cancelled') return this.owedAfterCancelling(session);
    if (session.status === 'no_show') return this.owedForNoShow(session);
    // Its series is paid by credits since; nobody pays twice.
    if (session.funding === 'package')
      return { owedMinor: 0, reason: 'goodwill', clause: 'A credit pays the session by now.' };
    // It takes place after all, or took place: the price is owed, and this is it, or goes back and is asked for anew.
    const isPrice = capturedMinor === session.priceMinor;
    return isPrice
      ? {
          owedMinor: leftMinor,
          reason: 'goodwill',
          clause: 'The charge that was under way pays the session.',
        }
      : { owedMinor: 0, reason: 'no_show_undone', clause: 'The charge for the no-show goes back.' };
  }

  private async owedAfterCancelling({ coachId, id, outcome }: SessionRecord): Promise<Owed> {
    // A session that its series may bring back decides nothing for good.
    const isForGood = outcome !== 'skipped' && outcome !== 'paused';
    const decided = await this.database.maybe(sql<{
      owedMinor: number;
      clause: string;
      choice: RefundChoice;
    }>`
      select case when waived_at is null then owed_minor else 0 end as "owedMinor", clause, choice
      from cancellation_charges where coach_id = ${coachId} and session_id = ${id}`);
    return {
      owedMinor: decided?.owedMinor ?? 0,
      reason: isForGood ? 'session_cancelled' : 'goodwill',
      clause: decided?.clause ?? 'Nothing is owed for the cancelled session.',
      ...(decided === undefined ? {} : { choice: decided.choice }),
    };
  }

  private async owedForNoShow({ coachId, id }: SessionRecord): Promise<Owed> {
    const marking = await this.database.one(sql<{ owedMinor: number; clause: string }>`
      select case when charge_waived_at is null then later_charge_minor else 0 end as "owedMinor", clause
      from no_shows where coach_id = ${coachId} and session_id = ${id} and ended_at is null`);
    return { ...marking, reason: 'no_show' };
  }

  private async refund(
    { coachId, id: sessionId }: SessionRecord,
    { paymentId, currency }: AwaitedPayment,
    { reason, clause }: Owed,
    amountMinor: number,
    now: Date,
  ): Promise<string> {
    const from = { coachId, paymentId, sessionId, currency };
    const refund = await this.refunds.request({
      ...from,
      amountMinor,
      reason,
      note: clause,
      actor: WORKER,
      now,
    });
    return refund.id;
  }

  private async keepDecision(
    { coachId, id: sessionId }: SessionRecord,
    { paymentId, leftMinor, currency }: AwaitedPayment,
    { reason, clause, choice, backMinor, refundId }: Owed & { backMinor: number; refundId: string | null },
    now: Date,
  ): Promise<void> {
    await this.database.execute(
      insertAwaited({ coachId, paymentId, sessionId, keptMinor: leftMinor - backMinor, refundId, now }),
    );
    if (reason === 'session_cancelled')
      await this.database.execute(
        insertDecision({
          coachId,
          sessionId,
          paymentId,
          dueMinor: backMinor,
          currency,
          choice: choice ?? 'full',
          clause,
          now,
        }),
      );
    if (reason === 'no_show')
      await this.database.execute(sql`
        update no_shows set kept_minor = ${leftMinor - backMinor}::bigint, refund_minor = ${backMinor}::bigint, refund_id = ${refundId}::uuid
        where coach_id = ${coachId} and session_id = ${sessionId} and ended_at is null`);
    await this.database.execute(
      insertTimelineEntry({
        coachId,
        sessionId,
        at: now,
        kind: 'charge_settled',
        actor: WORKER,
        fromStatus: null,
        toStatus: null,
        reason: 'The charge that was under way was paid after all.',
        details: { paymentId, refundMinor: backMinor, currency },
      }),
    );
    await this.database.execute(
      insertAudit({
        coachId,
        actor: WORKER,
        action: 'session.settle_charge',
        objectType: 'session',
        objectId: sessionId,
        cause: clause,
        after: { paymentId, keptMinor: leftMinor - backMinor, refundMinor: backMinor },
      }),
    );
  }
}

/** It is decided what becomes of a charge's money. */
export function insertAwaited(decision: {
  coachId: string;
  paymentId: string;
  sessionId: string;
  /** Minor units. */
  keptMinor: number;
  refundId: string | null;
  /** Business time. */
  now: Date;
}): RawBuilder<unknown> {
  const { coachId, paymentId, sessionId, keptMinor, refundId, now } = decision;
  return sql`insert into awaited_charges (coach_id, payment_id, session_id, kept_minor, refund_id, decided_at)
    values (${coachId}::uuid, ${paymentId}::uuid, ${sessionId}::uuid, ${keptMinor}::bigint, ${refundId}::uuid, ${now}::timestamptz)`;
}
