import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, hashOfLinkToken, linkToken, type SharedConfig } from '@app/common';
import { Database, sql } from '@app/database';
import { seriesColumns, type SeriesRecord } from './series-record';
import { sessionColumns, type SessionRecord } from './session-record';
import { ConfirmationLinkNotFound } from './sessions.errors';

/**
 * The private link by which a client agrees to what a coach booked for them, and pays it. It stands in the mail about
 * that session or series, serves this purpose alone, and ends with the session's start, or with the series. The token is derived from a secret; the
 * database has only its hash.
 */
@Injectable()
export class ConfirmationLinks {
  constructor(
    private readonly database: Database,
    @Inject(CONFIG) private readonly config: SharedConfig,
  ) {}

  /** The link for a mail that is about to be sent; from now on it leads somewhere. As often as wanted. */
  async linkOf(coachId: string, sessionId: string): Promise<string> {
    const token = linkToken(this.config.LINK_SECRET, `confirm:${coachId}:${sessionId}`);
    const hash = hashOfLinkToken(token);
    // Another hash is there when the secret was changed: the new link counts.
    await this.database.execute(sql`
      insert into confirmation_links as l (coach_id, session_id, token_hash, created_at)
      values (${coachId}::uuid, ${sessionId}::uuid, ${hash}, app_now())
      on conflict (coach_id, session_id) do update set token_hash = excluded.token_hash
      where l.token_hash <> excluded.token_hash`);
    return new URL(`/v1/booking-confirmations/${token}`, this.config.PUBLIC_URL).toString();
  }

  /** The same for a whole series: one agreement for all its sessions. */
  async linkOfSeries(coachId: string, seriesId: string): Promise<string> {
    const token = linkToken(this.config.LINK_SECRET, `confirm-series:${coachId}:${seriesId}`);
    const hash = hashOfLinkToken(token);
    await this.database.execute(sql`
      insert into series_confirmation_links as l (coach_id, series_id, token_hash, created_at)
      values (${coachId}::uuid, ${seriesId}::uuid, ${hash}, app_now())
      on conflict (coach_id, series_id) do update set token_hash = excluded.token_hash
      where l.token_hash <> excluded.token_hash`);
    return new URL(`/v1/series-confirmations/${token}`, this.config.PUBLIC_URL).toString();
  }

  /** @throws ConfirmationLinkNotFound also for a series that is over, and for a client who was removed */
  async series(token: string): Promise<SeriesRecord> {
    const series = await this.database.maybe(sql<SeriesRecord>`
      select ${seriesColumns}
      from series_confirmation_links l
      join series r on r.coach_id = l.coach_id and r.id = l.series_id
      join clients c on c.coach_id = r.coach_id and c.id = r.client_id
      where l.token_hash = ${hashOfLinkToken(token)} and r.state in ('active', 'paused') and c.removed_at is null`);
    if (series === undefined) throw new ConfirmationLinkNotFound();
    return series;
  }

  /** @throws ConfirmationLinkNotFound also from the session's start on, and for a client who was removed */
  async session(token: string): Promise<SessionRecord> {
    const session = await this.database.maybe(sql<SessionRecord>`
      select ${sessionColumns}
      from confirmation_links l
      join sessions s on s.coach_id = l.coach_id and s.id = l.session_id
      join clients c on c.coach_id = s.coach_id and c.id = s.client_id
      where l.token_hash = ${hashOfLinkToken(token)} and s.starts_at > app_now() and c.removed_at is null`);
    if (session === undefined) throw new ConfirmationLinkNotFound();
    return session;
  }
}
