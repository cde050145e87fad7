import { Injectable } from '@nestjs/common';
import type { Actor } from '@app/accounts';
import { Credits, type CreditOnReturn } from '@app/packages';
import type { CreditTold } from './domain/session-credit';
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
   * @param wanted `entitlementId`: else the package that expires first; `isAgain`: the session had a credit of it before
   * @returns the entitlement it was taken from; null for a session that is paid otherwise
   * @throws NoCreditLeft, PackageDisputed
   */
  async draw(
    session: PaidByCredit,
    actor: Actor,
    cause: string,
    { entitlementId = null, isAgain = false }: { entitlementId?: string | null; isAgain?: boolean } = {},
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
      isAgain,
      ...(entitlementId === null ? {} : { entitlementId }),
    });
    return drawn.entitlementId;
  }

  /** What giving its credit back would do; undefined where it holds none. */
  async onReturn(
    { coachId, id: sessionId, funding }: PaidByCredit,
    by: 'client' | 'coach',
  ): Promise<CreditOnReturn | undefined> {
    return funding === 'package' ? this.credits.onReturn({ coachId, sessionId }, by) : undefined;
  }

  /** Gives it back or makes it final. @param by who is why it comes back: after the expiry that decides */
  async settle(
    { coachId, id: sessionId }: PaidByCredit,
    outcome: CreditTold | null,
    by: 'client' | 'coach',
    actor: Actor,
    cause: string,
  ): Promise<void> {
    if (outcome === null) return;
    if (outcome === 'used') await this.credits.forfeit({ coachId, sessionId, actor, cause });
    else await this.credits.restore({ coachId, sessionId, by, actor, cause });
  }
}
