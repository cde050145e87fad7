import { Injectable } from '@nestjs/common';
import { CoachSettings, type Actor } from '@app/accounts';
import { Database, sql } from '@app/database';
import {
  Charges,
  PaymentQueries,
  PayoutAccounts,
  type ChargeReason,
  type SessionPayment,
} from '@app/payments';
import { chargeTime } from './charge-time';
import type { SessionRecord } from './session-record';

type ChargedSession = Pick<
  SessionRecord,
  | 'coachId'
  | 'id'
  | 'clientId'
  | 'seriesId'
  | 'funding'
  | 'startsAt'
  | 'priceMinor'
  | 'currency'
  | 'policyRules'
  | 'policyAcceptedAt'
  | 'chargeDueAt'
>;

export interface ChargeAct {
  actor: Actor;
  /** Business time. */
  now: Date;
}

/** What is owed for a session and charged to the client's saved card; in the transaction, and under the lock, of what decides it. */
@Injectable()
export class SessionCharges {
  constructor(
    private readonly database: Database,
    private readonly charges: Charges,
    private readonly payments: PaymentQueries,
    private readonly payoutAccounts: PayoutAccounts,
    private readonly settings: CoachSettings,
  ) {}

  /** The payment that counts; locked with all others of the session, so that what is read of it stays true. */
  async payment({ coachId, id }: Pick<SessionRecord, 'coachId' | 'id'>): Promise<SessionPayment | undefined> {
    await this.database.many(sql<{ id: string }>`
      select id from payments where coach_id = ${coachId} and session_id = ${id} order by id for no key update`);
    return this.payments.forSession(coachId, id);
  }

  /** Plans the charge of the price, once the client has accepted the terms (domain.md 6); harmless where there is one. */
  async openPayLater(session: ChargedSession, act: ChargeAct): Promise<void> {
    if (session.funding !== 'pay_later' || session.policyAcceptedAt === null) return;
    const payment = await this.payment(session);
    if (payment !== undefined && isLive(payment)) return;
    const { priceMinor: amountMinor } = session;
    await this.request(session, { amountMinor, reason: 'pay_later', dueAt: await this.dueAt(session) }, act);
  }

  /** @returns the payment's id */
  async request(
    { coachId, id: sessionId, clientId, currency }: ChargedSession,
    charge: { amountMinor: number; reason: ChargeReason; dueAt: Date },
    act: ChargeAct,
  ): Promise<string> {
    const account = await this.payoutAccounts.get(coachId);
    if (account === undefined) throw new Error('Nothing is charged for a coach without an account.');
    const { applicationFeeBps } = await this.settings.get(coachId);
    const { stripeAccountId } = account;
    const to = { coachId, sessionId, clientId, currency, applicationFeeBps, stripeAccountId };
    return this.charges.request({ ...to, ...charge, ...act });
  }

  /** Whatever is still to be charged is not charged any more; what is under way is awaited by AwaitedCharges. */
  async release({ coachId, id }: Pick<SessionRecord, 'coachId' | 'id'>, actor: Actor): Promise<void> {
    const open = await this.database.many(sql<{ id: string }>`
      select id from payments
      where coach_id = ${coachId} and session_id = ${id} and mode = 'off_session' and released_at is null
        and status in ('requires_payment', 'processing', 'failed') order by id`);
    for (const payment of open) await this.charges.release(coachId, payment.id, actor);
  }

  /** The session is moved: a charge that is not due yet moves along. */
  async move(session: SessionRecord, startsAt: Date, actor: Actor): Promise<void> {
    if (session.funding !== 'pay_later') return;
    const payment = await this.payment(session);
    if (payment === undefined || payment.reason !== 'pay_later' || payment.dueAt === null) return;
    if (payment.isReleased) return;
    const movedMs = startsAt.getTime() - session.startsAt.getTime();
    const dueAt = new Date(payment.dueAt.getTime() + movedMs);
    await this.charges.move(session.coachId, payment.paymentId, dueAt, actor);
  }

  /** When the price is to be charged: of a session of a series as the charge before it, or as the series says. */
  async dueAt({ coachId, id, seriesId, startsAt, policyRules, chargeDueAt }: ChargedSession): Promise<Date> {
    if (chargeDueAt !== null) return chargeDueAt;
    const { dueAt, hoursBefore } = await this.database.one(sql<{
      dueAt: Date | null;
      hoursBefore: number | null;
    }>`
      select (select p.due_at from payments p
          where p.coach_id = ${coachId} and p.session_id = ${id} and p.reason = 'pay_later' order by p.id desc limit 1) as "dueAt",
        (select r.charge_hours_before from series r where r.coach_id = ${coachId} and r.id = ${seriesId}::uuid) as "hoursBefore"`);
    return dueAt ?? chargeTime(startsAt, hoursBefore, policyRules);
  }
}

/** It can still be paid, or was; but for a charge of a no-show that was taken back, which gave way. */
function isLive({ status, reason, isReleased, capturedMinor, refundedMinor }: SessionPayment): boolean {
  if (capturedMinor > 0) return !(reason === 'no_show' && isReleased && refundedMinor === capturedMinor);
  return status !== 'canceled' && !isReleased;
}
