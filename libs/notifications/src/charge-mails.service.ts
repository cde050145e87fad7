import { Injectable } from '@nestjs/common';
import { publicId } from '@app/common';
import { PaymentLinks, PaymentQueries, type PaymentRecord } from '@app/payments';
import { MailSettings } from './mail-settings';
import type { NotificationRecord } from './notification-record';
import { NotificationRows } from './notification-rows';
import { Recipients, type Addressee } from './recipients.service';
import { SessionContext } from './session-context.service';
import { chargeMail, chargeWaived, type ChargeNews } from './templates/charge-mails';
import type { MailText } from './templates/mail';

/** Mails about charges of saved cards that took no money (domain.md 9, 12). */
@Injectable()
export class ChargeMails {
  constructor(
    private readonly rows: NotificationRows,
    private readonly recipients: Recipients,
    private readonly payments: PaymentQueries,
    private readonly links: PaymentLinks,
    private readonly context: SessionContext,
    private readonly settings: MailSettings,
  ) {}

  /** The job: both sides, once each time that a charge needs the client or is given up; nothing once it is settled. */
  async tell(coachId: string, paymentId: string): Promise<void> {
    const payment = await this.payments.payment(coachId, paymentId);
    const kind = newsOf(payment);
    if (kind === undefined || payment.sessionId === null) return;
    const session = await this.context.session(coachId, payment.sessionId);
    const people = await this.recipients.sides(['client', 'coach'], session);
    await this.rows.queue(
      people.map((to) => ({
        coachId,
        // Each attempt has a key of its own, and so has each end of one.
        effect: `${kind}:${paymentId}:${payment.stripeKeyNumber}`,
        kind,
        to,
        session: { id: session.id, version: session.version },
        payload: { paymentId },
      })),
    );
  }

  /** The job: the client, once, that they need not pay. */
  async tellWaived(coachId: string, paymentId: string): Promise<void> {
    const payment = await this.payments.payment(coachId, paymentId);
    if (payment.sessionId === null) return;
    const session = await this.context.session(coachId, payment.sessionId);
    const people = await this.recipients.sides(['client'], session);
    await this.rows.queue(
      people.map((to) => ({
        coachId,
        effect: `charge_waived:${paymentId}`,
        kind: 'charge_waived',
        to,
        session: { id: session.id, version: session.version },
        payload: { paymentId },
      })),
    );
  }

  /** Written at the moment of sending, of a charge that was let off: what came in after all is told by its refund. */
  async waivedText(
    row: NotificationRecord,
    to: Addressee,
  ): Promise<{ text: MailText } | { suppressed: string }> {
    const payment = await this.paymentOf(row);
    if (payment.sessionId === null || payment.reason === null || payment.capturedMinor > 0)
      return { suppressed: `the payment is ${payment.status} by now` };
    const session = await this.context.session(row.coachId, payment.sessionId);
    const amount = { amount: payment.amountMinor, currency: payment.currency };
    const isUnderWay = payment.status === 'processing';
    return { text: chargeWaived(to, await this.context.facts(session), amount, payment.reason, isUnderWay) };
  }

  private async paymentOf({ coachId, payload }: NotificationRecord): Promise<PaymentRecord> {
    if (payload.paymentId === undefined) throw new Error('A message about a charge names none.');
    return this.payments.payment(coachId, payload.paymentId);
  }

  /** Written at the moment of sending. */
  async text(row: NotificationRecord, to: Addressee): Promise<{ text: MailText } | { suppressed: string }> {
    const payment = await this.paymentOf(row);
    const news = newsOf(payment);
    if (news !== row.kind || payment.sessionId === null || payment.reason === null)
      return { suppressed: `the payment is ${payment.status} by now` };
    const session = await this.context.session(row.coachId, payment.sessionId);
    const retryUrl = `${this.settings.publicUrl}/v1/payments/${publicId('payment', payment.id)}/retry`;
    return {
      text: chargeMail(to, to.kind === 'client' ? 'client' : 'coach', await this.context.facts(session), {
        news,
        amount: { amount: payment.amountMinor, currency: payment.currency },
        owedFor: payment.reason,
        code: payment.failureCode,
        payUrl: `${await this.links.linkOf(payment.coachId, payment.id)}/checkout`,
        retryUrl,
      }),
    };
  }
}

/** Undefined when there is nothing to tell any more. */
function newsOf({ chargeState, status, releasedAt }: PaymentRecord): ChargeNews | undefined {
  if (releasedAt !== null || (status !== 'failed' && status !== 'requires_payment')) return undefined;
  if (chargeState === 'needs_action') return 'payment_action_required';
  return chargeState === 'given_up' ? 'payment_failed' : undefined;
}
