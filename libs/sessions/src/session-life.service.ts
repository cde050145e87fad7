import { Injectable } from '@nestjs/common';
import { actorOf, assertVersion, Audit, Clients, STRIPE, WORKER, type Principal } from '@app/accounts';
import { Availability } from '@app/availability';
import { Clock } from '@app/common';
import { Database, sql } from '@app/database';
import { Outbox } from '@app/outbox';
import { PaymentQueries, Payments, Refunds, type SessionPayment } from '@app/payments';
import { AwaitedCharges } from './awaited-charges.service';
import { CoachTime } from './coach-time.service';
import { mayComplete, mayEditPreparation } from './domain/allowed-actions';
import { netMinor, sessionPaymentStatus } from './domain/session-payment-status';
import { actionNotAllowed } from './session-actions';
import type { MeetingState, Platform, SessionPaymentStatus, SessionRecord } from './session-record';
import { moneyColumns } from './session-money';
import { SessionQueries } from './session.queries';
import { insertTimelineEntry, SessionWrites } from './session-writes';
import { latePaymentRefused, sessionCompleted, sessionScheduled } from './sessions.events';

export interface Preparation {
  focus?: string;
  questions?: string;
  background?: string;
}

export interface MeetingFacts {
  state: MeetingState;
  platform: Platform | null;
  joinUrl: string | null;
}

/** What moves a session on besides booking and cancelling: payment, completion, its meeting. */
@Injectable()
export class SessionLife {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly outbox: Outbox,
    private readonly queries: SessionQueries,
    private readonly writes: SessionWrites,
    private readonly availability: Availability,
    private readonly payments: PaymentQueries,
    private readonly paymentsService: Payments,
    private readonly refunds: Refunds,
    private readonly audit: Audit,
    private readonly clients: Clients,
    private readonly coachTime: CoachTime,
    private readonly awaited: AwaitedCharges,
  ) {}

  /**
   * The coach ends a session early, once it has begun.
   *
   * @throws ActionNotAllowed before the start, or when it is not scheduled; VersionMismatch
   */
  async complete(principal: Principal, sessionId: string, expectedVersion?: number): Promise<void> {
    const { coachId } = await this.queries.find(principal, sessionId);
    await this.database.transaction(async () => {
      const session = await this.writes.lock(coachId, sessionId);
      assertVersion(expectedVersion, session.version);
      const now = await this.clock.now();
      if (!mayComplete(session, now)) throw actionNotAllowed('complete', session, principal.kind, now);
      await this.writes.apply({
        session,
        to: 'completed',
        actor: actorOf(principal),
        now,
        action: 'session.complete',
        set: [sql`completed_at = ${now}::timestamptz`],
        events: [sessionCompleted(session, session.version + 1)],
      });
    });
  }

  /**
   * Job: brings session and payment in line with each other, whatever order the news came in. Money confirms a hold,
   * late money is honoured or goes back, and what was called off unpaid is not to be paid any more.
   */
  async followPayment(coachId: string, sessionId: string): Promise<void> {
    await this.database.transaction(async () => {
      // A hold may run out before its row is locked, and giving time back needs the coach's lock, which comes first.
      if (mayTakeTime(await this.queries.get(coachId, sessionId))) await this.availability.lockCoach(coachId);
      const session = await this.writes.lock(coachId, sessionId);
      await this.awaited.settle(session, await this.clock.now());
      // Read under the session's lock: an older reading must not be written over a newer one.
      const payment = await this.payments.forSession(coachId, sessionId);
      if (payment !== undefined && payment.capturedMinor > 0) await this.takeMoney(session, payment);
      else await this.awaitMoney(session, payment);
    });
  }

  private async takeMoney(session: SessionRecord, payment: SessionPayment): Promise<void> {
    const now = await this.clock.now();
    // A hold that is found paid when the session would be over runs out; the payment is then a late one.
    if (session.status === 'held' && session.endsAt > now) await this.confirm(session, payment, now);
    else if (session.status === 'cancelled' && mayTakeTime(session))
      await this.settleLatePayment(session, payment, now);
    else await this.writeMoney(session, payment);
  }

  private async awaitMoney(session: SessionRecord, payment: SessionPayment | undefined): Promise<void> {
    // What is owed for cancelling late stays owed.
    const isWanted = session.status !== 'cancelled' || payment?.reason === 'late_cancellation';
    if (!isWanted && payment !== undefined)
      await this.paymentsService.cancel(session.coachId, payment.paymentId);
    await this.writeMoney(session, payment);
  }

  /**
   * The client's words before the session: focus, questions, background; a field that is absent stays.
   *
   * @throws ActionNotAllowed from the start on; VersionMismatch
   */
  async prepare(
    principal: Principal,
    sessionId: string,
    words: Preparation,
    expectedVersion?: number,
  ): Promise<void> {
    const { coachId } = await this.queries.find(principal, sessionId);
    await this.database.transaction(async () => {
      const session = await this.writes.lock(coachId, sessionId);
      assertVersion(expectedVersion, session.version);
      const now = await this.clock.now();
      if (!mayEditPreparation(session, now))
        throw actionNotAllowed('edit_preparation', session, principal.kind, now);
      await this.database.execute(sql`
        update sessions set preparation_focus = ${words.focus ?? session.preparationFocus}::text,
          preparation_questions = ${words.questions ?? session.preparationQuestions}::text,
          preparation_background = ${words.background ?? session.preparationBackground}::text,
          version = version + 1, updated_at = ${now}::timestamptz
        where coach_id = ${coachId} and id = ${sessionId}`);
      await this.audit.record({
        coachId,
        actor: actorOf(principal),
        action: 'session.prepare',
        objectType: 'session',
        objectId: sessionId,
        objectVersion: session.version + 1,
      });
    });
  }

  private async confirm(session: SessionRecord, payment: SessionPayment, now: Date): Promise<void> {
    await this.writes.apply({
      session,
      to: 'scheduled',
      actor: STRIPE,
      now,
      action: 'session.confirm',
      details: { paymentId: payment.paymentId },
      set: moneyColumns(session, payment),
      events: [sessionScheduled(session, session.version + 1)],
    });
  }

  /** domain.md 5: honoured if the time is still free (and ahead), else refunded in full, once, both told. */
  private async settleLatePayment(session: SessionRecord, payment: SessionPayment, now: Date): Promise<void> {
    // What has gone back, or is on its way, confirms nothing more, though the time be free again.
    if (payment.isRefundDecided || payment.refundedMinor === payment.capturedMinor)
      await this.writeMoney(session, payment);
    else if (await this.takeTimeBack(session, now)) await this.confirmLate(session, payment, now);
    else await this.refundLate(session, payment, now);
  }

  private async confirmLate(session: SessionRecord, payment: SessionPayment, now: Date): Promise<void> {
    await this.writes.apply({
      session,
      to: 'scheduled',
      actor: STRIPE,
      now,
      action: 'session.confirm_late',
      details: { paymentId: payment.paymentId },
      set: [
        ...moneyColumns(session, payment),
        sql`cancelled_at = null`,
        sql`cancelled_by = null`,
        sql`calendar_sequence = calendar_sequence + 1`,
      ],
      events: [sessionScheduled(session, session.version + 1)],
    });
  }

  /** Only of a hold that ran out: who gave one up, or is no longer the coach's client, gets the money back. */
  private async takeTimeBack(session: SessionRecord, now: Date): Promise<boolean> {
    if (session.outcome !== 'hold_expired' || session.startsAt <= now) return false;
    const client = await this.clients.byId(session.coachId, session.clientId);
    if (client.removedAt !== null) return false;
    await this.coachTime.clearSpent(session.coachId);
    return this.availability.reclaim(session);
  }

  /** All that is left: what was given back before, as goodwill, is a part of it. */
  private async refundLate(session: SessionRecord, payment: SessionPayment, now: Date): Promise<void> {
    const refund = await this.refunds.request({
      coachId: session.coachId,
      paymentId: payment.paymentId,
      sessionId: session.id,
      amountMinor: payment.capturedMinor - payment.refundedMinor,
      currency: payment.currency,
      reason: 'late_payment',
      actor: WORKER,
      now,
    });
    await this.outbox.add(latePaymentRefused(session, session.version + 1, refund.id));
    await this.database.execute(
      insertTimelineEntry({
        coachId: session.coachId,
        sessionId: session.id,
        at: now,
        kind: 'late_payment_refused',
        actor: WORKER,
        fromStatus: null,
        toStatus: null,
        reason:
          session.outcome === 'abandoned'
            ? 'The payment came after the booking had been given up.'
            : 'The payment came after the hold had ended, and the time can no longer be had.',
        details: { refundId: refund.id },
      }),
    );
    await this.writeMoney(session, await this.payments.forSession(session.coachId, session.id));
  }

  private async writeMoney(session: SessionRecord, payment: SessionPayment | undefined): Promise<void> {
    // What a package pays has no payment of its own; what it has earned is written with the package's revenue.
    if (session.funding === 'package') return;
    const status = sessionPaymentStatus(session.funding, payment);
    const net = netMinor(payment);
    await this.database.execute(sql`
      update sessions set payment_status = ${status}, net_minor = ${net}, version = version + 1
      where coach_id = ${session.coachId} and id = ${session.id}
        and (payment_status, net_minor) is distinct from (${status}::text, ${net}::bigint)`);
    if (payment?.mode === 'off_session' && status !== session.paymentStatus)
      await this.tellCharge(session, payment, status);
  }

  /** Nobody was there when the card was charged: the history says how it ended. */
  private async tellCharge(
    { coachId, id: sessionId }: SessionRecord,
    { paymentId, reason, amountMinor, currency }: SessionPayment,
    status: SessionPaymentStatus,
  ): Promise<void> {
    if (status !== 'paid' && status !== 'failed') return;
    const { failureCode } = await this.payments.payment(coachId, paymentId);
    await this.database.execute(
      insertTimelineEntry({
        coachId,
        sessionId,
        at: await this.clock.now(),
        kind: status === 'paid' ? 'charge_paid' : 'charge_failed',
        actor: STRIPE,
        fromStatus: null,
        toStatus: null,
        details: { paymentId, reason, amountMinor, currency, failureCode },
      }),
    );
  }

  /** Job: lists sort by the client's name, which is kept on the sessions. */
  async followClientName(coachId: string, clientId: string): Promise<void> {
    const { sortName } = await this.clients.byId(coachId, clientId);
    await this.database.execute(sql`
      update sessions set client_sort_name = ${sortName}, version = version + 1
      where coach_id = ${coachId} and client_id = ${clientId} and client_sort_name <> ${sortName}`);
  }

  /** Called by video when the room of a session was made, lost or removed; a no-op when nothing is new. */
  async recordMeeting(coachId: string, sessionId: string, meeting: MeetingFacts): Promise<void> {
    await this.database.execute(sql`
      update sessions
      set meeting_state = ${meeting.state}, meeting_platform = ${meeting.platform}, meeting_join_url = ${meeting.joinUrl},
          version = version + 1
      where coach_id = ${coachId} and id = ${sessionId}
        and (meeting_state, meeting_platform, meeting_join_url)
            is distinct from (${meeting.state}::text, ${meeting.platform}::text, ${meeting.joinUrl}::text)`);
  }
}

/** Whether a payment can give the session time of its coach: a hold, or one that ended unpaid. */
function mayTakeTime({ status, outcome }: SessionRecord): boolean {
  return (
    status === 'held' || (status === 'cancelled' && (outcome === 'hold_expired' || outcome === 'abandoned'))
  );
}
