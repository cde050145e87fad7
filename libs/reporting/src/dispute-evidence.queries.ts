import { Injectable } from '@nestjs/common';
import { Database, sql } from '@app/database';

/** Whose payment a bank asks about, and what it was for. */
export interface EvidenceSubject {
  coachId: string;
  paymentId: string;
  sessionId: string | null;
  entitlementId: string | null;
}

/** A session that the payment paid, with the terms that its client accepted. */
export interface EvidenceSession {
  id: string;
  offeringName: string;
  status: string;
  startsAt: Date;
  endsAt: Date;
  timezone: string;
  priceMinor: number;
  currency: string;
  bookedAt: Date;
  bookedBy: string;
  completedAt: Date | null;
  cancelledAt: Date | null;
  policyId: string;
  policyName: string;
  policyVersion: number;
  /** As they stood when the session was booked. */
  policyRules: unknown;
  policyAcceptedAt: Date | null;
  /** Null where the link in the mail was used, or nothing was accepted. */
  policyAcceptedBy: string | null;
  meetingPlatform: string | null;
  meetingState: string;
}

export interface EvidenceJoin {
  sessionId: string;
  role: string;
  at: Date;
}

export interface EvidenceTimelineEntry {
  sessionId: string;
  seq: number;
  at: Date;
  kind: string;
  actorKind: string;
  actorId: string | null;
  fromStatus: string | null;
  toStatus: string | null;
  outcome: string | null;
  reason: string | null;
  details: Record<string, unknown>;
}

/** A message to the client, with what became of it. */
export interface EvidenceNotice {
  kind: string;
  sessionId: string | null;
  recipientEmail: string;
  subject: string | null;
  state: string;
  createdAt: Date;
  sentAt: Date | null;
  readAt: Date | null;
}

/** What the client agreed to when the card was saved that was charged. */
export interface EvidenceConsent {
  text: string;
  givenAt: Date;
  givenBy: string;
  method: string;
  policyId: string;
}

export interface EvidencePackage {
  id: string;
  name: string;
  sessionCount: number;
  purchasedOn: string | null;
  expiresOn: string | null;
  status: string;
}

export interface DisputeEvidence {
  clientName: string;
  clientEmail: string;
  sessions: EvidenceSession[];
  joins: EvidenceJoin[];
  timeline: EvidenceTimelineEntry[];
  notices: EvidenceNotice[];
  consent: EvidenceConsent | null;
  package: EvidencePackage | null;
}

/** What is on record about a payment that a bank takes back: nothing private, nothing that opens anything. */
@Injectable()
export class DisputeEvidenceQueries {
  constructor(private readonly database: Database) {}

  async of(subject: EvidenceSubject): Promise<DisputeEvidence> {
    const { coachId } = subject;
    const sessions = await this.sessions(subject);
    const ids = sessions.map(({ id }) => id);
    const client = await this.database.one(sql<{ clientName: string; clientEmail: string }>`
      select c.display_name as "clientName", c.email as "clientEmail"
      from payments p join clients c on c.coach_id = p.coach_id and c.id = p.client_id
      where p.coach_id = ${coachId} and p.id = ${subject.paymentId}`);
    return {
      ...client,
      sessions,
      joins: await this.joins(coachId, ids),
      timeline: await this.timeline(coachId, ids),
      notices: await this.notices(subject, ids),
      consent: await this.consent(subject),
      package: await this.package(subject),
    };
  }

  private async sessions({ coachId, sessionId, entitlementId }: EvidenceSubject): Promise<EvidenceSession[]> {
    return this.database.many(sql<EvidenceSession>`
      select s.id, s.offering_name as "offeringName", s.status, s.starts_at as "startsAt", s.ends_at as "endsAt", s.timezone,
        s.price_minor as "priceMinor", s.currency, s.booked_at as "bookedAt", s.booked_by as "bookedBy",
        s.completed_at as "completedAt", s.cancelled_at as "cancelledAt", s.policy_id as "policyId", p.name as "policyName",
        p.line_version as "policyVersion", s.policy_rules as "policyRules", s.policy_accepted_at as "policyAcceptedAt",
        s.policy_accepted_by as "policyAcceptedBy", s.meeting_platform as "meetingPlatform", s.meeting_state as "meetingState"
      from sessions s join policies p on p.coach_id = s.coach_id and p.id = s.policy_id
      where s.coach_id = ${coachId} and (s.id = ${sessionId}::uuid or s.entitlement_id = ${entitlementId}::uuid)
      order by s.starts_at, s.id`);
  }

  private async joins(coachId: string, sessionIds: string[]): Promise<EvidenceJoin[]> {
    return this.database.many(sql<EvidenceJoin>`
      select session_id as "sessionId", role, at from join_attempts
      where coach_id = ${coachId} and session_id = any (${sessionIds}::uuid[]) order by id`);
  }

  private async timeline(coachId: string, sessionIds: string[]): Promise<EvidenceTimelineEntry[]> {
    return this.database.many(sql<EvidenceTimelineEntry>`
      select session_id as "sessionId", seq, at, kind, actor_kind as "actorKind", actor_id as "actorId", from_status as "fromStatus",
        to_status as "toStatus", outcome, reason, details
      from session_timeline
      where coach_id = ${coachId} and session_id = any (${sessionIds}::uuid[]) order by session_id, seq`);
  }

  private async notices(
    { coachId, paymentId, entitlementId }: EvidenceSubject,
    sessionIds: string[],
  ): Promise<EvidenceNotice[]> {
    return this.database.many(sql<EvidenceNotice>`
      select kind, session_id as "sessionId", recipient_email as "recipientEmail", subject, state, created_at as "createdAt",
        sent_at as "sentAt", read_at as "readAt"
      from notifications
      where coach_id = ${coachId} and recipient_kind = 'client' and (session_id = any (${sessionIds}::uuid[])
        or payload ->> 'paymentId' = ${paymentId}::text or payload ->> 'entitlementId' = ${entitlementId}::text)
      order by id`);
  }

  private async consent({ coachId, paymentId }: EvidenceSubject): Promise<EvidenceConsent | null> {
    const consent = await this.database.maybe(sql<EvidenceConsent>`
      select c.text, c.given_at as "givenAt", c.given_by as "givenBy", c.method, c.policy_id as "policyId"
      from payments p
      join payment_methods m on m.coach_id = p.coach_id and m.id = p.attempted_card
      join card_consents c on c.coach_id = m.coach_id and c.setup_id = m.setup_id
      where p.coach_id = ${coachId} and p.id = ${paymentId}`);
    return consent ?? null;
  }

  private async package({ coachId, entitlementId }: EvidenceSubject): Promise<EvidencePackage | null> {
    const sold = await this.database.maybe(sql<EvidencePackage>`
      select id, package_name as name, session_count as "sessionCount", purchased_on as "purchasedOn",
        expires_on as "expiresOn", status
      from entitlements where coach_id = ${coachId} and id = ${entitlementId}::uuid`);
    return sold ?? null;
  }
}
