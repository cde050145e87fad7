import { Injectable } from '@nestjs/common';
import { publicId, type Money } from '@app/common';
import { Entitlements } from '@app/packages';
import { PaymentQueries, type RefundRecord } from '@app/payments';
import { MailSettings } from './mail-settings';
import { NotificationRows } from './notification-rows';
import type { NotificationKind } from './notification-record';
import { Recipients, type Addressee } from './recipients.service';
import type { MailText } from './templates/mail';
import { packageRefund, packageRefundFailed, type PackageRefundNews } from './templates/package-refund-mails';

/** Mails about money that goes back for a package. */
@Injectable()
export class PackageRefundMails {
  constructor(
    private readonly rows: NotificationRows,
    private readonly recipients: Recipients,
    private readonly entitlements: Entitlements,
    private readonly payments: PaymentQueries,
    private readonly settings: MailSettings,
  ) {}

  /** @param subject names the news, so that each is told once */
  async tell(
    refund: RefundRecord,
    kind: NotificationKind,
    sides: readonly ('coach' | 'client')[],
    subject: string,
  ): Promise<void> {
    const payment = await this.payments.payment(refund.coachId, refund.paymentId);
    // What came twice goes back for the package that it was paid for the first time.
    const { coachId, clientId, entitlementId } =
      payment.paidTwiceOf === null
        ? payment
        : await this.payments.payment(refund.coachId, payment.paidTwiceOf);
    if (entitlementId === null) return;
    const people = await this.recipients.sides(sides, { coachId, clientId });
    await this.rows.queue(
      people.map((to) => ({
        coachId,
        effect: `${kind}:${subject}`,
        kind,
        to,
        payload: { refundId: refund.id, entitlementId },
      })),
    );
  }

  /** Of a refund that is as the message says. */
  async text(
    refund: RefundRecord,
    entitlementId: string,
    kind: PackageRefundNews | 'refund_failed',
    to: Addressee,
  ): Promise<MailText> {
    const { coachId, id, failureCode } = refund;
    const { clientId, packageName } = await this.entitlements.get(coachId, entitlementId);
    const [coach, client] = await Promise.all([
      this.recipients.account(coachId),
      this.recipients.client(coachId, clientId),
    ]);
    const facts = { packageName, coachName: coach.name, clientName: client.name };
    const amount: Money = { amount: refund.amountMinor, currency: refund.currency };
    if (kind !== 'refund_failed') return packageRefund(to, kind, facts, amount, this.settings.arrivalDays);
    const url = `${this.settings.publicUrl}/v1/refunds/${publicId('refund', id)}/retry`;
    const side = to.kind === 'client' ? 'client' : 'coach';
    return packageRefundFailed(to, side, facts, amount, { url, reason: failureCode });
  }
}
