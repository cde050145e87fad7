import { Injectable } from '@nestjs/common';
import { PaymentLinks, PaymentQueries } from '@app/payments';
import type { SessionRecord } from '@app/sessions';
import type { Addressee } from './recipients.service';
import { SessionContext } from './session-context.service';
import type { PlannedCharge, WaysToPay } from './templates/session-mails';

/** What a mail about a session says of paying it. */
@Injectable()
export class SessionMoneyFacts {
  constructor(
    private readonly payments: PaymentQueries,
    private readonly links: PaymentLinks,
    private readonly context: SessionContext,
  ) {}

  /** By a link of the client's own, without signing in: terms that are still to be accepted come first. */
  async waysToPay(session: SessionRecord, to: Addressee): Promise<WaysToPay> {
    const confirmUrl = await this.context.confirmUrl(session, to);
    if (confirmUrl !== null) return { confirmUrl };
    const payment = await this.payments.forSession(session.coachId, session.id);
    if (payment === undefined) throw new Error('A held session has a payment.');
    return { payUrl: `${await this.links.linkOf(session.coachId, payment.paymentId)}/checkout` };
  }

  /** Nothing is planned before the terms are accepted, and nothing any more once it is paid or called off. */
  async plannedCharge(session: SessionRecord): Promise<PlannedCharge | null> {
    if (session.funding !== 'pay_later') return null;
    const payment = await this.payments.forSession(session.coachId, session.id);
    if (payment === undefined || payment.dueAt === null) return null;
    if (payment.isReleased || payment.capturedMinor > 0) return null;
    return {
      amount: { amount: payment.amountMinor, currency: session.currency },
      dueAt: payment.dueAt,
    };
  }
}
