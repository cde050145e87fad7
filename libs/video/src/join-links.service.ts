import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, hashOfLinkToken, linkToken, type SharedConfig } from '@app/common';
import { Database, sql } from '@app/database';

/** What a link is of: one session, or a series, whichever of its occurrences is on. */
export interface Linked {
  coachId: string;
  kind: 'session' | 'series';
  id: string;
}

/**
 * The stable links of sessions and series, `/j/{token}`: they lead to whatever room there is at the moment, so mails
 * stay right. The token is derived from a secret; the database has only its hash.
 */
@Injectable()
export class JoinLinks {
  constructor(
    private readonly database: Database,
    @Inject(CONFIG) private readonly config: SharedConfig,
  ) {}

  urlOf(coachId: string, sessionId: string): string {
    return this.url(this.tokenOf(coachId, sessionId));
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

  /** The one link of a series (domain.md 13), for a mail that is about to be sent; as often as wanted. */
  async linkOfSeries(coachId: string, seriesId: string): Promise<string> {
    const token = linkToken(this.config.LINK_SECRET, `join-series:${coachId}:${seriesId}`);
    await this.database.execute(sql`
      insert into series_join_links as l (coach_id, series_id, token_hash, created_at)
      values (${coachId}::uuid, ${seriesId}::uuid, ${hashOfLinkToken(token)}, app_now())
      on conflict (coach_id, series_id) do update set token_hash = excluded.token_hash
      where l.token_hash <> excluded.token_hash`);
    return this.url(token);
  }

  find(token: string): Promise<Linked | undefined> {
    const hash = hashOfLinkToken(token);
    return this.database.maybe(sql<Linked>`
      select coach_id as "coachId", 'session' as kind, session_id as id from join_links where token_hash = ${hash}
      union all
      select coach_id, 'series', series_id from series_join_links where token_hash = ${hash}`);
  }

  private url(token: string): string {
    return new URL(`/j/${token}`, this.config.PUBLIC_URL).toString();
  }

  private tokenOf(coachId: string, sessionId: string): string {
    return linkToken(this.config.LINK_SECRET, `join:${coachId}:${sessionId}`);
  }
}
