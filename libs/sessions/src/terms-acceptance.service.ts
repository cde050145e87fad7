import { Injectable } from '@nestjs/common';
import {
  Accounts,
  actorOf,
  assertVersion,
  Clients,
  insertAudit,
  type Actor,
  type Principal,
} from '@app/accounts';
import { Clock, publicId } from '@app/common';
import { Database, sql, together } from '@app/database';
import { policyText } from '@app/offerings';
import { PaymentQueries, Payments, type SessionPayment } from '@app/payments';
import { ConfirmationLinks } from './confirmation-links.service';
import { mayAcceptTerms, mayPay } from './domain/allowed-actions';
import { actionNotAllowed } from './session-actions';
import { SessionCharges } from './session-charges.service';
import type { SessionRecord } from './session-record';
import { SessionQueries } from './session.queries';
import { insertTimelineEntry, SessionWrites } from './session-writes';
import { PolicyNotAccepted } from './sessions.errors';

/** What somebody who holds the link is shown. */
export interface BookingConfirmation {
  session: SessionRecord;
  coachName: string;
  /** IANA zone of the client. */
  timezone: string;
  /** The payment that waits for the client; null when nothing is to be paid now. */
  payment: SessionPayment | null;
}

/** A payment of a session, ready to be confirmed by the client's browser. */
export interface PayableSession {
  session: SessionRecord;
  payment: SessionPayment;
  /** What Stripe.js confirms the payment with: never stored, never logged. */
  clientSecret: string;
}

/**
 * The client's agreement to the terms of a session that a coach booked for them (domain.md 6): asked for where it is
 * confirmed or paid, and until then nothing can be paid or charged. Who books for themselves agrees while booking.
 */
@Injectable()
export class TermsAcceptance {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly queries: SessionQueries,
    private readonly writes: SessionWrites,
    private readonly links: ConfirmationLinks,
    private readonly accounts: Accounts,
    private readonly clients: Clients,
    private readonly paymentQueries: PaymentQueries,
    private readonly payments: Payments,
    private readonly charges: SessionCharges,
  ) {}

  /**
   * The client agrees, signed in; again is harmless.
   *
   * @throws PolicyNotAccepted for another policy than the session's; ActionNotAllowed from the start on; VersionMismatch
   */
  async accept(
    principal: Principal,
    sessionId: string,
    acceptedPolicyId: string,
    expectedVersion?: number,
  ): Promise<void> {
    const { coachId } = await this.queries.find(principal, sessionId);
    await this.database.transaction(async () => {
      const session = await this.writes.lock(coachId, sessionId);
      assertVersion(expectedVersion, session.version);
      await this.acceptLocked(session, acceptedPolicyId, actorOf(principal), principal.kind);
    });
  }

  /**
   * What the client's browser pays with, once the terms are accepted: before, or by this call. Asks Stripe after the
   * transaction, so it must not run inside another.
   *
   * @throws PolicyNotAccepted with the text to show, ActionNotAllowed unless it awaits payment, PaymentNotPayable,
   *   StripeOutcomeUnknown when Stripe does not answer: what was accepted stays accepted
   */
  async pay(principal: Principal, sessionId: string, acceptedPolicyId?: string): Promise<PayableSession> {
    const found = await this.queries.find(principal, sessionId);
    const { session, payment } = await this.database.transaction(async () => {
      const locked = await this.writes.lock(found.coachId, found.id);
      const waiting = await this.waitingPayment(locked);
      if (waiting === null) throw actionNotAllowed('pay', locked, principal.kind, await this.clock.now());
      if (acceptedPolicyId !== undefined)
        await this.acceptLocked(locked, acceptedPolicyId, actorOf(principal), principal.kind);
      else if (locked.policyAcceptedAt === null) throw notAccepted(locked);
      return { session: locked, payment: waiting };
    });
    const clientSecret = await this.payments.clientSecret(session.coachId, payment.paymentId);
    return { session, payment, clientSecret };
  }

  /** What the mailed link shows; it changes nothing. @throws ConfirmationLinkNotFound */
  async show(token: string): Promise<BookingConfirmation> {
    return this.confirmationOf(await this.links.session(token));
  }

  /**
   * The holder of the mailed link agrees, as the client; again is harmless.
   *
   * @throws ConfirmationLinkNotFound; PolicyNotAccepted for another policy than the session's; ActionNotAllowed for a
   *   session that was called off
   */
  async acceptByLink(token: string, acceptedPolicyId: string): Promise<BookingConfirmation> {
    const linked = await this.links.session(token);
    const { accountId } = await this.clients.byId(linked.coachId, linked.clientId);
    await this.database.transaction(async () => {
      const session = await this.writes.lock(linked.coachId, linked.id);
      await this.acceptLocked(session, acceptedPolicyId, { kind: 'client', accountId }, 'client', 'link');
    });
    return this.confirmationOf(await this.queries.get(linked.coachId, linked.id));
  }

  private async confirmationOf(session: SessionRecord): Promise<BookingConfirmation> {
    const [coach, client, payment] = await Promise.all([
      this.accounts.principalOf(session.coachId),
      this.clients.byId(session.coachId, session.clientId),
      this.waitingPayment(session),
    ]);
    return { session, coachName: coach.displayName, timezone: client.timezone, payment };
  }

  private async waitingPayment(session: SessionRecord): Promise<SessionPayment | null> {
    if (!mayPay(session)) return null;
    return (await this.paymentQueries.forSession(session.coachId, session.id)) ?? null;
  }

  private async acceptLocked(
    session: SessionRecord,
    acceptedPolicyId: string,
    actor: Actor,
    role: Principal['kind'],
    via: 'app' | 'link' = 'app',
  ): Promise<void> {
    if (acceptedPolicyId !== session.policyId) throw notAccepted(session);
    if (session.policyAcceptedAt !== null) return;
    const { coachId, id: sessionId } = session;
    const now = await this.clock.now();
    if (!mayAcceptTerms(session, now)) throw actionNotAllowed('accept_terms', session, role, now);
    const objectVersion = session.version + 1;
    await this.database.execute(
      together(
        sql`update sessions set policy_accepted_at = ${now}::timestamptz, policy_accepted_by = ${actor.accountId}::uuid,
            version = ${objectVersion}, updated_at = ${now}::timestamptz
          where coach_id = ${coachId} and id = ${sessionId}`,
        insertTimelineEntry({
          coachId,
          sessionId,
          at: now,
          kind: 'terms_accepted',
          actor,
          fromStatus: null,
          toStatus: null,
          details: { policyId: session.policyId, via },
        }),
        insertAudit({
          coachId,
          actor,
          action: 'session.accept_terms',
          objectType: 'session',
          objectId: sessionId,
          objectVersion,
          after: { policyId: session.policyId, via },
        }),
      ),
    );
    await this.charges.openPayLater({ ...session, policyAcceptedAt: now }, { actor, now });
  }
}

/** The refusal shows the terms as they were when the session was booked, whatever the coach changed since. */
function notAccepted({ policyId, policyRules }: SessionRecord): PolicyNotAccepted {
  return new PolicyNotAccepted({ policyId: publicId('policy', policyId), text: policyText(policyRules) });
}
