import { Injectable } from '@nestjs/common';
import { CoachSettings } from '@app/accounts';
import { Database, sql } from '@app/database';
import { Outbox } from '@app/outbox';
import type { PolicyRules } from '@app/offerings';
import { Credits } from '@app/packages';
import { Charges, PaymentQueries, PayoutAccounts, Refunds } from '@app/payments';
import type { GivenBack, OccurrencePayment } from './domain/series-payments';
import type { PlannedOccurrence } from './domain/series-plan';
import { chargeTime } from './charge-time';
import { insertDecision } from './refund-decisions';
import { seriesCreditsEnded } from './series.events';
import type { SeriesRecord } from './series-record';
import type { NewSession, SeriesAct } from './series-session-writes';

/** A session as it stands after the act, for whoever is asked to pay it. */
interface PayableSession {
  id: string;
  clientId: string;
  offeringId: string;
  startsAt: Date;
  priceMinor: number;
  currency: string;
  /** Until then nothing is charged (docs/adr/0008). */
  isAccepted: boolean;
}

interface DueSession {
  session: PayableSession;
  /** When the card is charged. */
  dueAt: Date;
}

/** The select list of a `PayableSession` from `sessions s`. */
const payableColumns = sql`s.id, s.client_id as "clientId", s.offering_id as "offeringId", s.starts_at as "startsAt",
  s.price_minor as "priceMinor", s.currency, s.policy_accepted_at is not null as "isAccepted"`;

/** What goes back of a session's money, beside the state it is called off to. */
interface MoneyBack {
  sessionId: string;
  planned: PlannedOccurrence;
  paymentId: string;
}

/**
 * Carries out what a plan says of money: what paid a session goes back, and what pays it from now on is drawn or planned.
 * Always in the transaction of the act, under the locks of coach, series and sessions.
 */
@Injectable()
export class SeriesMoney {
  constructor(
    private readonly database: Database,
    private readonly outbox: Outbox,
    private readonly credits: Credits,
    private readonly charges: Charges,
    private readonly refunds: Refunds,
    private readonly payments: PaymentQueries,
    private readonly payoutAccounts: PayoutAccounts,
    private readonly settings: CoachSettings,
  ) {}

  /** Payments before credits: in this order everybody locks them. */
  async giveBack(act: SeriesAct, occurrences: readonly PlannedOccurrence[]): Promise<void> {
    const given = occurrences.flatMap((planned) =>
      planned.sessionId === null || planned.givesBack === null
        ? []
        : [{ sessionId: planned.sessionId, planned, ...planned.givesBack }],
    );
    for (const { paymentId, ...each } of given)
      if (paymentId !== null) await this.returnMoney(act, { ...each, paymentId });
    for (const { credit, ...each } of given)
      if (credit !== null) await this.returnCredit(act, each.sessionId, each.planned, credit);
  }

  /**
   * Draws the credits and plans the charges of sessions whose rows stand as they will be.
   *
   * @param seriesId the series that they belong to from now on
   * @throws NoCreditLeft when a credit was taken meanwhile
   */
  async collect(act: SeriesAct, seriesId: string, sessions: readonly NewSession[]): Promise<void> {
    for (const { planned } of sessions) await this.moveCharge(act, planned);
    const anew = sessions.filter(({ planned }) => planned.isPaidAnew && planned.paidBy !== null);
    if (anew.length === 0) return;
    const rows = await this.payable(act.coachId, anew);
    const due: DueSession[] = [];
    for (const { id, planned } of anew) {
      const session = rows.get(id);
      if (session === undefined) throw new Error('A session that is to be paid has a row.');
      if (planned.paidBy?.by === 'credit') await this.draw(act, session, planned.paidBy);
      if (planned.paidBy?.by === 'saved_card' && session.isAccepted)
        due.push({ session, dueAt: new Date(planned.paidBy.dueAt) });
    }
    await this.charge(act, due);
    const covered = anew.filter(({ planned }) => planned.paidBy?.by === 'credit').length;
    await this.tellEnd(act, seriesId, { covered, left: anew.length - covered });
  }

  /** The terms of a series were accepted: what waited for that is charged when it is due. */
  async chargeAccepted(act: SeriesAct, { id, chargeHoursBefore }: SeriesRecord): Promise<void> {
    const waiting = await this.database.many(sql<PayableSession & { policyRules: PolicyRules }>`
      select ${payableColumns}, s.policy_rules as "policyRules" from sessions s
      where s.coach_id = ${act.coachId} and s.series_id = ${id} and s.status = 'scheduled' and s.funding = 'pay_later'
        and s.policy_accepted_at is not null
        and not exists (select from payments p
          where p.coach_id = s.coach_id and p.session_id = s.id and p.status <> 'canceled'
            and (p.released_at is null or p.captured_minor > 0))
      order by s.id`);
    const due = waiting.map(({ policyRules, ...session }) => ({
      session,
      dueAt: chargeTime(session.startsAt, chargeHoursBefore, policyRules),
    }));
    await this.charge(act, due);
  }

  private async returnMoney(act: SeriesAct, { sessionId, planned, paymentId }: MoneyBack): Promise<void> {
    const { coachId, actor, now } = act;
    const payment = await this.payments.payment(coachId, paymentId);
    if (payment.capturedMinor === 0) return this.charges.release(coachId, paymentId, actor);
    const { choice, amountMinor } = planned.refund ?? { choice: 'full', amountMinor: 0 };
    const isDecision = planned.action === 'cancel' || planned.action === 'void';
    if (amountMinor > 0)
      await this.refunds.request({
        coachId,
        paymentId,
        sessionId,
        amountMinor,
        currency: payment.currency,
        reason: isDecision ? 'session_cancelled' : 'goodwill',
        note: `The series' session was called off by its coach (${planned.action}).`,
        actor,
        now,
      });
    if (isDecision)
      await this.database.execute(
        insertDecision({
          coachId,
          sessionId,
          paymentId,
          dueMinor: amountMinor,
          currency: payment.currency,
          choice,
          clause: 'Your coach cancelled it with its series.',
          now,
        }),
      );
  }

  private async returnCredit(
    { coachId, actor }: SeriesAct,
    sessionId: string,
    { action }: PlannedOccurrence,
    { outcome }: NonNullable<GivenBack['credit']>,
  ): Promise<void> {
    const cause = `series_${action}`;
    if (outcome === 'returned') await this.credits.restore({ coachId, sessionId, by: 'coach', cause, actor });
    else await this.credits.forfeit({ coachId, sessionId, cause, actor });
  }

  private async moveCharge({ coachId, actor }: SeriesAct, { paidBy }: PlannedOccurrence): Promise<void> {
    if (paidBy?.by === 'saved_card' && paidBy.paymentId !== null)
      await this.charges.move(coachId, paidBy.paymentId, new Date(paidBy.dueAt), actor);
  }

  private async draw(
    { coachId, actor }: SeriesAct,
    { id: sessionId, clientId, offeringId, startsAt }: PayableSession,
    { entitlementId }: Extract<OccurrencePayment, { by: 'credit' }>,
  ): Promise<void> {
    await this.credits.draw({
      coachId,
      clientId,
      sessionId,
      offeringId,
      startsAt,
      entitlementId,
      cause: 'booked_by_series',
      actor,
    });
  }

  /** Plans what is charged, for sessions of one coach. */
  private async charge({ coachId, actor, now }: SeriesAct, due: readonly DueSession[]): Promise<void> {
    if (due.length === 0) return;
    const account = await this.payoutAccounts.get(coachId);
    if (account === undefined) throw new Error('Nothing is charged for a coach without an account.');
    const { stripeAccountId } = account;
    const { applicationFeeBps } = await this.settings.get(coachId);
    for (const { session, dueAt } of due) {
      const { id: sessionId, clientId, priceMinor: amountMinor, currency } = session;
      const sold = { sessionId, clientId, amountMinor, currency, applicationFeeBps, stripeAccountId };
      await this.charges.request({ coachId, ...sold, reason: 'pay_later', dueAt, actor, now });
    }
  }

  private async payable(
    coachId: string,
    sessions: readonly NewSession[],
  ): Promise<Map<string, PayableSession>> {
    const ids = sessions.map(({ id }) => id);
    const rows = await this.database.many(sql<PayableSession>`
      select ${payableColumns} from sessions s where s.coach_id = ${coachId} and s.id = any(${ids}::uuid[])`);
    return new Map(rows.map((row) => [row.id, row]));
  }

  /** Both sides hear of it once; and again only after credits paid for everything in between. */
  private async tellEnd(
    { coachId, now }: SeriesAct,
    seriesId: string,
    { covered, left }: { covered: number; left: number },
  ): Promise<void> {
    if (left === 0 && covered > 0)
      await this.database.execute(sql`
        update series set credits_ended_at = null
        where coach_id = ${coachId} and id = ${seriesId} and credits_ended_at is not null`);
    if (left === 0) return;
    const ended = await this.database.execute(sql`
      update series set credits_ended_at = ${now}::timestamptz
      where coach_id = ${coachId} and id = ${seriesId} and funding = 'package' and credits_ended_at is null`);
    if (ended > 0) await this.outbox.add(seriesCreditsEnded({ coachId, id: seriesId }, now, left));
  }
}
