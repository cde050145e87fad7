import { Injectable } from '@nestjs/common';
import type { Actor } from '@app/accounts';
import { Credits, type ShareDue } from '@app/packages';
import type { CreditOutcome } from './domain/session-credit';
import type { SessionRecord } from './session-record';

type PaidByCredit = Pick<
  SessionRecord,
  'coachId' | 'id' | 'clientId' | 'offeringId' | 'startsAt' | 'funding'
>;

/** The credit that pays a session, if one does; in the transaction, and under the lock, of what happens to the session. */
@Injectable()
export class SessionCredits {
  constructor(private readonly credits: Credits) {}

  /**
   * Takes the credit that pays it.
   *
   * @param entitlementId else the package that expires first
   * @returns the entitlement it was taken from; null for a session that is paid otherwise
   * @throws NoCreditLeft, PackageDisputed
   */
  async draw(
    session: PaidByCredit,
    actor: Actor,
    cause: string,
    entitlementId?: string | null,
  ): Promise<string | null> {
    if (session.funding !== 'package') return null;
    const { coachId, clientId, offeringId, startsAt } = session;
    const drawn = await this.credits.draw({
      coachId,
      clientId,
      sessionId: session.id,
      offeringId,
      startsAt,
      cause,
      actor,
      ...(entitlementId === undefined || entitlementId === null ? {} : { entitlementId }),
    });
    return drawn.entitlementId;
  }

  /** What goes back in money because its package was refunded; undefined where that is not so, or no credit pays it. */
  async shareOnReturn(
    { coachId, id: sessionId, funding }: PaidByCredit,
    by: 'client' | 'coach',
  ): Promise<ShareDue | undefined> {
    return funding === 'package' ? this.credits.shareOnReturn({ coachId, sessionId }, by) : undefined;
  }

  /** Gives it back or makes it final. @param by who is why it comes back: after the expiry that decides */
  async settle(
    { coachId, id: sessionId }: PaidByCredit,
    outcome: CreditOutcome | null,
    by: 'client' | 'coach',
    actor: Actor,
    cause: string,
  ): Promise<void> {
    if (outcome === 'returned') await this.credits.restore({ coachId, sessionId, by, actor, cause });
    if (outcome === 'used') await this.credits.forfeit({ coachId, sessionId, actor, cause });
  }
}
