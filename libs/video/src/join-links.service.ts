import { createHash, createHmac } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type SharedConfig } from '@app/common';
import { Database, sql } from '@app/database';

/** 24 letters of base64url: 144 bits (reliability.md R19 asks for 128). */
const TOKEN_LENGTH = 24;

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
    const hash = hashOf(this.tokenOf(coachId, sessionId));
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
      select coach_id as "coachId", session_id as "sessionId" from join_links where token_hash = ${hashOf(token)}`);
  }

  private tokenOf(coachId: string, sessionId: string): string {
    return createHmac('sha256', this.config.LINK_SECRET)
      .update(`join:${coachId}:${sessionId}`)
      .digest('base64url')
      .slice(0, TOKEN_LENGTH);
  }
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
