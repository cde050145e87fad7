import { Injectable } from '@nestjs/common';
import { endOfLocalDay, type LocalDate } from '@app/common';
import { Database, sql } from '@app/database';
import { StartsAfterExpiry } from './packages.errors';

interface PaidSession {
  coachId: string;
  /** The package that pays it, if one does. */
  entitlementId: string | null;
}

/** Until when a session may begin that a credit pays: within the package's last day, where that is what the day means. */
@Injectable()
export class LastStarts {
  constructor(private readonly database: Database) {}

  /** The end of that day where the coach lives; undefined where the session may begin at any time. */
  async of(session: PaidSession): Promise<{ expiresOn: LocalDate; before: Date } | undefined> {
    const { coachId, entitlementId } = session;
    if (entitlementId === null) return undefined;
    const found = await this.database.maybe(sql<{ expiresOn: LocalDate; timezone: string }>`
      select e.expires_on as "expiresOn", c.timezone from entitlements e join coaches c on c.coach_id = e.coach_id
      where e.coach_id = ${coachId} and e.id = ${entitlementId} and e.expiry_meaning = 'useBy' and e.expires_on is not null`);
    if (found === undefined) return undefined;
    return { expiresOn: found.expiresOn, before: endOfLocalDay(found.expiresOn, found.timezone) };
  }

  /** @throws StartsAfterExpiry for the first that is too late; the coach extends the package first */
  async assertInTime(session: PaidSession, starts: readonly Date[]): Promise<void> {
    const last = await this.of(session);
    if (last !== undefined && starts.some((start) => start >= last.before))
      throw new StartsAfterExpiry(last.expiresOn, last.before);
  }
}
