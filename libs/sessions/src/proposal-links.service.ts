import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, hashOfLinkToken, linkToken, type SharedConfig } from '@app/common';
import { Database, sql } from '@app/database';
import { proposalColumns, type ProposalRecord } from './proposal-record';
import { ProposalLinkNotFound } from './rescheduling.errors';

/**
 * The private link by which a client answers one offer of other times without signing in. It stands in the mail about that
 * offer, serves it alone, and ends when the offer runs out. The token is derived from a secret; the database has only
 * its hash.
 */
@Injectable()
export class ProposalLinks {
  constructor(
    private readonly database: Database,
    @Inject(CONFIG) private readonly config: SharedConfig,
  ) {}

  /** The link for a mail that is about to be sent; from now on it leads somewhere. As often as wanted. */
  async linkOf(coachId: string, proposalId: string): Promise<string> {
    const token = linkToken(this.config.LINK_SECRET, `proposal:${coachId}:${proposalId}`);
    const hash = hashOfLinkToken(token);
    // Another hash is there when the secret was changed: the new link counts.
    await this.database.execute(sql`
      insert into proposal_links as l (coach_id, proposal_id, token_hash, created_at)
      values (${coachId}::uuid, ${proposalId}::uuid, ${hash}, app_now())
      on conflict (coach_id, proposal_id) do update set token_hash = excluded.token_hash
      where l.token_hash <> excluded.token_hash`);
    return new URL(`/v1/links/${token}`, this.config.PUBLIC_URL).toString();
  }

  /** @throws ProposalLinkNotFound also when its time is over, and for a client who was removed */
  async proposal(token: string): Promise<ProposalRecord> {
    const proposal = await this.database.maybe(sql<ProposalRecord>`
      select ${proposalColumns}
      from proposal_links l
      join reschedule_proposals p on p.coach_id = l.coach_id and p.id = l.proposal_id
      join sessions s on s.coach_id = p.coach_id and s.id = p.session_id
      join clients c on c.coach_id = s.coach_id and c.id = s.client_id
      where l.token_hash = ${hashOfLinkToken(token)} and p.expires_at > app_now() and c.removed_at is null`);
    if (proposal === undefined) throw new ProposalLinkNotFound();
    return proposal;
  }
}
