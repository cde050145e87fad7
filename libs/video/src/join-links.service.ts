import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, hashOfLinkToken, linkToken, type SharedConfig } from '@app/common';
import { Database, sql } from '@app/database';

export interface LinkedSession {
  coachId: string;
  sessionId: string;
}

/**
 * The stable link of a session, `/j/{token}`: it leads to whatever room the session has at the moment, so mails
 * stay right. The token is derived from a secret; the database has only its hash.
 */
@Injectable()
export class JoinLinks {
  constructor(
    private readonly database: Database,
    @Inject(CONFIG) private readonly config: SharedConfig,
  ) {}

  urlOf(coachId: string, sessionId: string): string {
    return new URL(`/j/${this.tokenOf(coachId, sessionId)}`, this.config.PUBLIC_URL).toString();
  }

  /** The link, and from now on it leads somewhere; as often as wanted. */
  async linkOf(coachId: string, sessionId: string): Promise<string> {
    const hash = hashOfLinkToken(this.tokenOf(coachId, sessionId));
    // Another hash is there when the secret was changed: the new link counts.
    await this.database.execute(sql`
      insert into join_links as l (coach_id, session_id, token_hash, created_at)
      values (${coachId}::uuid, ${sessionId}::uuid, ${hash}, app_now())
      on conflict (coach_id, session_id) do update set token_hash = excluded.token_hash
      where l.token_hash <> excluded.token_hash`);
    return this.urlOf(coachId, sessionId);
  }

  find(token: string): Promise<LinkedSession | undefined> {
    return this.database.maybe(sql<LinkedSession>`
      select coach_id as "coachId", session_id as "sessionId" from join_links where token_hash = ${hashOfLinkToken(token)}`);
  }

  private tokenOf(coachId: string, sessionId: string): string {
    return linkToken(this.config.LINK_SECRET, `join:${coachId}:${sessionId}`);
  }
}
