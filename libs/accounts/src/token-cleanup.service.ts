import { Injectable } from '@nestjs/common';
import { Clock } from '@app/common';
import { Database, sql } from '@app/database';

const DAY_MS = 24 * 3_600_000;

/** For a timer of the worker. Spent refresh tokens stay until they expire: one that comes back must be recognised. */
@Injectable()
export class TokenCleanup {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Deletes tokens of links and sign-ins that expired more than a day ago, and counters of tries that ended. @returns how many */
  async forgetExpired(): Promise<number> {
    const now = this.clock.real();
    const before = new Date(now.getTime() - DAY_MS);
    const links = await this.database.execute(
      sql`delete from single_use_tokens where expires_at < ${before}::timestamptz`,
    );
    const signIns = await this.database.execute(
      sql`delete from refresh_tokens where expires_at < ${before}::timestamptz`,
    );
    const counters = await this.database.execute(
      sql`delete from rate_limits where expire < ${now.getTime()}::bigint`,
    );
    return links + signIns + counters;
  }
}
