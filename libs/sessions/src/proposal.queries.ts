import { Injectable } from '@nestjs/common';
import { reachableBy, type Principal } from '@app/accounts';
import { Database, sql, type RawBuilder } from '@app/database';
import { proposalColumns, type ProposalRecord } from './proposal-record';
import { ProposalNotFound } from './rescheduling.errors';

/** Proposals of one session that are shown; older ones are in the timeline. */
const MOST_SHOWN = 50;

@Injectable()
export class ProposalQueries {
  constructor(private readonly database: Database) {}

  /** @throws ProposalNotFound */
  async get(coachId: string, id: string): Promise<ProposalRecord> {
    return found(await this.database.maybe(select(sql`p.coach_id = ${coachId} and p.id = ${id}`)));
  }

  /** One that this person may reach. @throws ProposalNotFound also for somebody else's */
  async find(principal: Principal, id: string): Promise<ProposalRecord> {
    return found(await this.database.maybe(select(sql`p.id = ${id} and ${reachableBy(principal, 's')}`)));
  }

  /** Newest first. */
  async ofSession(coachId: string, sessionId: string): Promise<ProposalRecord[]> {
    return this.database.many(
      sql<ProposalRecord>`${select(sql`p.coach_id = ${coachId} and p.session_id = ${sessionId}`)}
        order by p.id desc limit ${MOST_SHOWN}`,
    );
  }

  /** The one that waits for its answer, run out or not. */
  async openOf(coachId: string, sessionId: string): Promise<ProposalRecord | undefined> {
    return this.database.maybe(
      select(sql`p.coach_id = ${coachId} and p.session_id = ${sessionId} and p.status = 'open'`),
    );
  }

  /** Requests of this client that wait for the coach. */
  async openRequests(coachId: string, clientId: string): Promise<number> {
    const { requests } = await this.database.one(sql<{ requests: number }>`
      select count(*)::int as requests
      from sessions s join reschedule_proposals p on p.coach_id = s.coach_id and p.session_id = s.id
      where s.coach_id = ${coachId} and s.client_id = ${clientId} and s.status = 'scheduled'
        and p.status = 'open' and p.made_by = 'client' and p.expires_at > app_now()`);
    return requests;
  }
}

function select(condition: RawBuilder<unknown>): RawBuilder<ProposalRecord> {
  return sql<ProposalRecord>`
    select ${proposalColumns}
    from reschedule_proposals p join sessions s on s.coach_id = p.coach_id and s.id = p.session_id
    where ${condition}`;
}

function found(proposal: ProposalRecord | undefined): ProposalRecord {
  if (proposal === undefined) throw new ProposalNotFound();
  return proposal;
}
