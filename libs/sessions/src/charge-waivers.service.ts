import { Injectable } from '@nestjs/common';
import { actorOf, assertVersion, insertAudit, type Principal } from '@app/accounts';
import { Clock } from '@app/common';
import { Database, sql, together } from '@app/database';
import { insertMessages } from '@app/outbox';
import { PaymentQueries } from '@app/payments';
import { sessionPaymentStatus } from './domain/session-payment-status';
import { SessionCharges } from './session-charges.service';
import type { SessionRecord } from './session-record';
import { SessionQueries } from './session.queries';
import { insertTimelineEntry, SessionWrites } from './session-writes';
import { NothingToWaive } from './sessions.errors';
import { chargeWaived } from './sessions.events';

/** A coach lets off what a client owes for a late cancellation or a missed session (domain.md 8, docs/adr/0016). */
@Injectable()
export class ChargeWaivers {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly queries: SessionQueries,
    private readonly writes: SessionWrites,
    private readonly charges: SessionCharges,
    private readonly payments: PaymentQueries,
  ) {}

  /**
   * The charge is called off; one that is under way and turns out paid is given back by AwaitedCharges.
   *
   * @throws SessionNotFound, VersionMismatch; NothingToWaive when nothing is owed, or it was paid
   */
  async waive(
    principal: Principal,
    sessionId: string,
    reason: string | null,
    expectedVersion?: number,
  ): Promise<void> {
    const { coachId } = await this.queries.find(principal, sessionId);
    await this.database.transaction(async () => {
      const session = await this.writes.lock(coachId, sessionId);
      assertVersion(expectedVersion, session.version);
      const payment = await this.charges.payment(session);
      const isOwed = payment?.reason === 'late_cancellation' || payment?.reason === 'no_show';
      const isOpen = payment !== undefined && payment.capturedMinor === 0 && payment.status !== 'canceled';
      if (!isOwed || !isOpen || payment.isReleased) throw new NothingToWaive();
      const act = { actor: actorOf(principal), now: await this.clock.now() };
      await this.charges.release(session, act.actor);
      await this.write(session, payment.paymentId, reason, act);
    });
  }

  private async write(
    session: SessionRecord,
    paymentId: string,
    reason: string | null,
    { actor, now }: { actor: ReturnType<typeof actorOf>; now: Date },
  ): Promise<void> {
    const { coachId, id: sessionId, version } = session;
    const after = await this.payments.forSession(coachId, sessionId);
    const status = sessionPaymentStatus(session.funding, after);
    await this.database.execute(
      together(
        sql`update sessions set payment_status = ${status}, version = version + 1, updated_at = ${now}::timestamptz
          where coach_id = ${coachId} and id = ${sessionId}`,
        sql`update cancellation_charges set waived_at = ${now}::timestamptz
          where coach_id = ${coachId} and session_id = ${sessionId} and payment_id = ${paymentId}`,
        sql`update no_shows set charge_waived_at = ${now}::timestamptz
          where coach_id = ${coachId} and session_id = ${sessionId} and charge_payment_id = ${paymentId}`,
        insertTimelineEntry({
          coachId,
          sessionId,
          at: now,
          kind: 'charge_waived',
          actor,
          fromStatus: null,
          toStatus: null,
          reason,
          details: { paymentId },
        }),
        insertAudit({
          coachId,
          actor,
          action: 'session.waive_charge',
          objectType: 'session',
          objectId: sessionId,
          objectVersion: version + 1,
          ...(reason === null ? {} : { cause: reason }),
          after: { paymentId, paymentStatus: status },
        }),
        insertMessages([chargeWaived(session, version + 1, paymentId)]),
      ),
    );
  }
}
