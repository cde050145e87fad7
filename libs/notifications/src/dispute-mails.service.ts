import { Injectable } from '@nestjs/common';
import { publicId } from '@app/common';
import { DisputeQueries, type DisputeDetails } from '@app/payments';
import { MailSettings } from './mail-settings';
import type { NotificationRecord } from './notification-record';
import { NotificationRows } from './notification-rows';
import { Recipients, type Addressee } from './recipients.service';
import { SessionContext } from './session-context.service';
import { disputeClosed, disputeOpened, type DisputeEnd, type DisputeFacts } from './templates/dispute-mails';
import type { MailText } from './templates/mail';

/** Messages about disputes, to the coach and every admin (domain.md 12). */
@Injectable()
export class DisputeMails {
  constructor(
    private readonly rows: NotificationRows,
    private readonly recipients: Recipients,
    private readonly disputes: DisputeQueries,
    private readonly context: SessionContext,
    private readonly settings: MailSettings,
  ) {}

  /** The job: once for the opening, once for each decision. */
  async tell(coachId: string, disputeId: string): Promise<void> {
    const dispute = await this.disputes.dispute(coachId, disputeId);
    const end = endOf(dispute);
    const kind = end === undefined ? 'dispute_opened' : 'dispute_closed';
    const people = [
      ...(await this.recipients.sides(['coach'], dispute)),
      ...(await this.recipients.admins()),
    ];
    const session =
      dispute.sessionId === null ? undefined : await this.context.session(coachId, dispute.sessionId);
    await this.rows.queue(
      people.map((to) => ({
        coachId,
        effect: `${kind}:${disputeId}${end === undefined ? '' : `:${end}`}`,
        kind,
        to,
        ...(session === undefined ? {} : { session: { id: session.id, version: session.version } }),
        payload: { disputeId },
      })),
    );
  }

  /** Written at the moment of sending. */
  async text(row: NotificationRecord, to: Addressee): Promise<{ text: MailText } | { suppressed: string }> {
    const { disputeId } = row.payload;
    if (disputeId === undefined) throw new Error('A message about a dispute names none.');
    const dispute = await this.disputes.dispute(row.coachId, disputeId);
    const end = endOf(dispute);
    if ((end === undefined) !== (row.kind === 'dispute_opened'))
      return { suppressed: `the dispute is ${dispute.status} by now` };
    const facts = await this.facts(dispute);
    return { text: end === undefined ? disputeOpened(to, facts) : disputeClosed(to, facts, end) };
  }

  private async facts(dispute: DisputeDetails): Promise<DisputeFacts> {
    const { coachId, sessionId } = dispute;
    const client = await this.recipients.client(coachId, dispute.clientId);
    const session =
      sessionId === null ? null : await this.context.facts(await this.context.session(coachId, sessionId));
    return {
      clientName: client.name,
      amount: { amount: dispute.amountMinor, currency: dispute.currency },
      reason: dispute.reason,
      isInquiry: dispute.status.startsWith('warning_'),
      evidenceDueAt: dispute.evidenceDueAt,
      evidenceUrl: `${this.settings.publicUrl}/v1/disputes/${publicId('dispute', dispute.id)}/evidence`,
      session,
    };
  }
}

/** Undefined while it is open. */
function endOf({ status }: DisputeDetails): DisputeEnd | undefined {
  return status === 'won' || status === 'lost' || status === 'warning_closed' || status === 'prevented'
    ? status
    : undefined;
}
