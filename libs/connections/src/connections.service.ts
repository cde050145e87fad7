import { Inject, Injectable } from '@nestjs/common';
import { assertVersion, insertAudit, type Actor } from '@app/accounts';
import { Clock } from '@app/common';
import { Database, sql } from '@app/database';
import { Outbox } from '@app/outbox';
import { AccessTokens } from './access-tokens.service';
import { connectionColumns, type ConnectionPlatform, type ConnectionRecord } from './connection-record';
import { connectionView, type ConnectionView } from './connection-view';
import { ConnectionNeedsAttention, ConnectionNotFound, PlatformUnavailable } from './connections.errors';
import { connectionRemoved } from './connections.events';
import { OAUTH_PLATFORMS, type OAuthPlatforms } from './oauth/oauth-platforms';

/** A coach's accounts at video platforms (domain.md 13). */
@Injectable()
export class Connections {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly outbox: Outbox,
    private readonly tokens: AccessTokens,
    @Inject(OAUTH_PLATFORMS) private readonly platforms: OAuthPlatforms,
  ) {}

  /** The coach's connections, the removed ones left out. */
  async list(coachId: string): Promise<ConnectionView[]> {
    const rows = await this.database.many(sql<ConnectionRecord>`
      select ${connectionColumns} from connections c
      where c.coach_id = ${coachId} and c.status <> 'revoked' order by c.id`);
    return rows.map((row) => connectionView(row, this.clock.real()));
  }

  /**
   * Asks the platform whether the connection works (help page line 257); what it found is kept and returned.
   *
   * @throws ConnectionNotFound also for somebody else's
   */
  async check(coachId: string, connectionId: string): Promise<ConnectionView> {
    const { platform } = await this.live(coachId, connectionId);
    const answers = await this.answers(coachId, connectionId, platform);
    // A broken connection keeps the reason why it broke.
    await this.database.execute(sql`
      update connections set last_checked_at = app_now(), version = version + 1,
        last_error = case status when 'connected' then ${answers ? null : 'platform_unavailable'}::text else last_error end
      where coach_id = ${coachId} and id = ${connectionId}`);
    return connectionView(await this.live(coachId, connectionId), this.clock.real());
  }

  private async answers(
    coachId: string,
    connectionId: string,
    platform: ConnectionPlatform,
  ): Promise<boolean> {
    try {
      await this.tokens.use(coachId, connectionId, (token) => this.platforms[platform].account(token));
      return true;
    } catch (error) {
      if (error instanceof ConnectionNeedsAttention) return true;
      if (error instanceof PlatformUnavailable) return false;
      throw error;
    }
  }

  /**
   * Ends a connection. The platform is told afterwards, by a job: it may be down now. Meetings that exist stay.
   *
   * @throws ConnectionNotFound also when it was removed before; VersionMismatch
   */
  async remove(coachId: string, connectionId: string, actor: Actor, expectedVersion?: number): Promise<void> {
    await this.database.transaction(async () => {
      const removed = await this.database.maybe(sql<{ version: number }>`
        update connections set status = 'revoked', refreshing_until = null, version = version + 1, updated_at = app_now()
        where coach_id = ${coachId} and id = ${connectionId} and status <> 'revoked' returning version`);
      if (removed === undefined) throw new ConnectionNotFound();
      assertVersion(expectedVersion, removed.version - 1);
      const act = {
        coachId,
        actor,
        action: 'connection.remove',
        objectType: 'connection',
        objectId: connectionId,
      };
      await this.database.execute(
        insertAudit({ ...act, objectVersion: removed.version, after: { status: 'revoked' } }),
      );
      await this.outbox.add(connectionRemoved({ coachId, id: connectionId }));
    });
  }

  /** Job after `connections.removed`: takes the permission back at the platform and forgets the tokens. */
  async revokeAtPlatform(coachId: string, connectionId: string): Promise<void> {
    await this.tokens.revoke(coachId, connectionId);
  }

  /** The connection that meetings on a platform can be made with; undefined when the coach has none that works. */
  usable(coachId: string, platform: ConnectionPlatform): Promise<ConnectionRecord | undefined> {
    return this.database.maybe(sql<ConnectionRecord>`
      select ${connectionColumns} from connections c
      where c.coach_id = ${coachId} and c.platform = ${platform} and c.status = 'connected'`);
  }

  /**
   * Runs a call to the platform's API with a good access token. The call must throw `AccessTokenRefused` on 401:
   * then the token is refreshed once and the call repeated once. Not inside a transaction.
   *
   * @throws ConnectionNeedsAttention when only the coach can help; PlatformUnavailable when a refresh got no answer
   */
  withAccessToken<T>(
    coachId: string,
    connectionId: string,
    call: (accessToken: string) => Promise<T>,
  ): Promise<T> {
    return this.tokens.use(coachId, connectionId, call);
  }

  private async live(coachId: string, connectionId: string): Promise<ConnectionRecord> {
    const row = await this.database.maybe(sql<ConnectionRecord>`
      select ${connectionColumns} from connections c
      where c.coach_id = ${coachId} and c.id = ${connectionId} and c.status <> 'revoked'`);
    if (row === undefined) throw new ConnectionNotFound();
    return row;
  }
}
