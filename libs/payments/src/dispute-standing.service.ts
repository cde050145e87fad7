import { Injectable } from '@nestjs/common';
import { Database, sql } from '@app/database';
import { DisputeSettlement } from './dispute-settlement.service';
import { holdsPayment, type DisputeStatus } from './domain/dispute-status';
import { Stripe } from './stripe-client';
import { unanswered } from './stripe-failure';
import { disputeSeen } from './stripe-reading';

/** Whether a bank has a payment's money: it waits for a decision, or the dispute was lost. */
export type Standing = 'free' | 'open' | 'lost';

/** Whether a captured payment can be refunded. */
@Injectable()
export class DisputeStanding {
  constructor(
    private readonly database: Database,
    private readonly stripe: Stripe,
    private readonly settlement: DisputeSettlement,
  ) {}

  /** As far as we know. */
  async known(coachId: string, paymentId: string): Promise<Standing> {
    const rows = await this.database.many(sql<{ status: DisputeStatus }>`
      select status from disputes where coach_id = ${coachId} and payment_id = ${paymentId}`);
    const holding = rows.filter(({ status }) => holdsPayment(status));
    if (holding.length === 0) return 'free';
    return holding.some(({ status }) => status !== 'lost') ? 'open' : 'lost';
  }

  /** After a look at Stripe, which is then taken over. */
  async read(coachId: string, paymentId: string, paymentIntentId: string): Promise<Standing> {
    const { data } = await this.stripe.disputes
      .list({ payment_intent: paymentIntentId, limit: 100 })
      .catch(unanswered('what is disputed'));
    for (const dispute of data) await this.settlement.apply(disputeSeen(dispute));
    return this.known(coachId, paymentId);
  }
}
