import { ApiProperty } from '@nestjs/swagger';
import { MoneyView } from '../http/money.dto';
import { PaymentView, RefundView } from '../payments/payment.dto';
import { PolicyRulesView } from '../policies/policy.dto';
import { TimelineEntryView } from '../sessions/timeline.dto';
import { DisputeView } from './dispute.dto';

export class EvidencePersonView {
  name: string;

  email: string;
}

export class AcceptedPolicyView {
  policyId: string;

  name: string;

  /** A new version does not change what was accepted */
  version: number;

  /** The terms in words, as they stood for this booking */
  text: string;

  rules: PolicyRulesView;

  /** Null where nothing was accepted yet */
  acceptedAt: string | null;

  /** `app`: signed in; `link`: by the private link in the mail */
  acceptedBy: 'app' | 'link' | null;

  /** The account that accepted; null for the link */
  accountId: string | null;
}

export class EvidenceMeetingView {
  platform: string | null;

  state: string;

  startsAt: string;

  endsAt: string;

  /** The session's, in which its time was chosen */
  timezone: string;
}

export class EvidenceJoinView {
  /** `link`: by the private link in the client's mail */
  role: string;

  at: string;
}

export class EvidenceSessionView {
  id: string;

  name: string;

  status: string;

  price: MoneyView;

  bookedAt: string;

  bookedBy: string;

  completedAt: string | null;

  cancelledAt: string | null;

  policy: AcceptedPolicyView;

  meeting: EvidenceMeetingView;

  joins: EvidenceJoinView[];

  timeline: TimelineEntryView[];
}

export class EvidenceNoticeView {
  kind: string;

  sessionId: string | null;

  /** The address that it went to */
  recipient: string;

  subject: string | null;

  state: string;

  createdAt: string;

  sentAt: string | null;

  /** When the client read it in the app */
  readAt: string | null;
}

export class EvidenceConsentView {
  text: string;

  givenAt: string;

  accountId: string;

  method: string;

  policyId: string;
}

export class EvidencePackageView {
  id: string;

  name: string;

  sessionCount: number;

  purchasedOn: string | null;

  expiresOn: string | null;

  status: string;
}

export class DisputeEvidenceView {
  generatedAt: string;

  dispute: DisputeView;

  client: EvidencePersonView;

  payment: PaymentView;

  refunds: RefundView[];

  /** What the client agreed to when the card was saved that was charged; null where the client paid themselves */
  @ApiProperty({ type: EvidenceConsentView, nullable: true })
  cardConsent: EvidenceConsentView | null;

  /** The package that was paid for; null where it was a session */
  @ApiProperty({ type: EvidencePackageView, nullable: true })
  package: EvidencePackageView | null;

  /** What the payment has paid, oldest first */
  sessions: EvidenceSessionView[];

  /** Messages to the client, and what became of each */
  notices: EvidenceNoticeView[];
}
