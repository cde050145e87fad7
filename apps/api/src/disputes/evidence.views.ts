import type { Principal } from '@app/accounts';
import { publicId } from '@app/common';
import { policyText, type PolicyRules } from '@app/offerings';
import type { ArrivalDays, DisputeDetails, PaymentRecord, RefundRecord } from '@app/payments';
import type { DisputeEvidence, EvidenceNotice, EvidenceSession } from '@app/reporting';
import { paymentView, refundView } from '../payments/payment.views';
import { rulesView } from '../policies/policy.views';
import { timelineView } from '../sessions/timeline.views';
import { disputeView } from './dispute.views';
import type {
  AcceptedPolicyView,
  DisputeEvidenceView,
  EvidenceNoticeView,
  EvidenceSessionView,
} from './evidence.dto';

/** What the file is made of. */
export interface Evidence {
  dispute: DisputeDetails;
  payment: PaymentRecord;
  refunds: RefundRecord[];
  record: DisputeEvidence;
  /** Business time. */
  generatedAt: Date;
}

/** Everything on record in one file; what a coach noted for themselves, and whatever opens something, is not in it. */
export function evidenceView(
  evidence: Evidence,
  reader: Principal,
  arrival: ArrivalDays,
): DisputeEvidenceView {
  const { dispute, payment, refunds, record, generatedAt } = evidence;
  const { consent, package: sold } = record;
  return {
    generatedAt: generatedAt.toISOString(),
    dispute: disputeView(dispute),
    client: { name: record.clientName, email: record.clientEmail },
    payment: paymentView(payment, reader),
    refunds: refunds.map((refund) => {
      const { note: _private, ...shown } = refundView(refund, reader, arrival);
      return shown;
    }),
    cardConsent:
      consent === null
        ? null
        : {
            text: consent.text,
            givenAt: consent.givenAt.toISOString(),
            accountId: publicId('account', consent.givenBy),
            method: consent.method,
            policyId: publicId('policy', consent.policyId),
          },
    package: sold === null ? null : { ...sold, id: publicId('entitlement', sold.id) },
    sessions: record.sessions.map((session) => sessionOf(session, record, reader)),
    notices: record.notices.map(noticeOf),
  };
}

function sessionOf(
  session: EvidenceSession,
  { joins, timeline }: DisputeEvidence,
  reader: Principal,
): EvidenceSessionView {
  const ofSession = ({ sessionId }: { sessionId: string }): boolean => sessionId === session.id;
  return {
    id: publicId('session', session.id),
    name: session.offeringName,
    status: session.status,
    price: { amount: session.priceMinor, currency: session.currency },
    bookedAt: session.bookedAt.toISOString(),
    bookedBy: session.bookedBy,
    completedAt: session.completedAt?.toISOString() ?? null,
    cancelledAt: session.cancelledAt?.toISOString() ?? null,
    policy: policyOf(session),
    meeting: {
      platform: session.meetingPlatform,
      state: session.meetingState,
      startsAt: session.startsAt.toISOString(),
      endsAt: session.endsAt.toISOString(),
      timezone: session.timezone,
    },
    joins: joins.filter(ofSession).map(({ role, at }) => ({ role, at: at.toISOString() })),
    timeline: timeline.filter(ofSession).map((entry) => timelineView(entry, reader)),
  };
}

function policyOf(session: EvidenceSession): AcceptedPolicyView {
  const rules = session.policyRules as PolicyRules;
  const { policyAcceptedAt: at, policyAcceptedBy: by } = session;
  return {
    policyId: publicId('policy', session.policyId),
    name: session.policyName,
    version: session.policyVersion,
    text: policyText(rules),
    rules: rulesView(rules),
    acceptedAt: at?.toISOString() ?? null,
    acceptedBy: at === null ? null : by === null ? 'link' : 'app',
    accountId: by === null ? null : publicId('account', by),
  };
}

function noticeOf(notice: EvidenceNotice): EvidenceNoticeView {
  return {
    kind: notice.kind,
    sessionId: notice.sessionId === null ? null : publicId('session', notice.sessionId),
    recipient: notice.recipientEmail,
    subject: notice.subject,
    state: notice.state,
    createdAt: notice.createdAt.toISOString(),
    sentAt: notice.sentAt?.toISOString() ?? null,
    readAt: notice.readAt?.toISOString() ?? null,
  };
}
