import { Injectable } from '@nestjs/common';
import { Database, sql } from '@app/database';
import { accountAct, type AccountKind } from './account-audit';
import { assertVersion } from './accounts.errors';
import { Audit } from './audit';
import { Clients } from './clients.service';
import { checkedName } from './display-name';
import { checkedLocale } from './locales';
import { actorOf, type Principal } from './principal';
import { assignments, changesOf, type Columns } from './record-changes';
import { TimeZoneNames } from './time-zone-names';

/** Somebody's own account as they see it. */
export interface Profile {
  id: string;
  kind: AccountKind;
  email: string;
  emailVerified: boolean;
  displayName: string;
  photoUrl: string | null;
  phone: string | null;
  /** IANA name: the zone in which this person reads times */
  timezone: string;
  locale: string;
  /** The coaches whose client this is, by name. */
  coaches: { id: string; displayName: string }[];
  version: number;
}

export interface ProfileChanges {
  displayName?: string;
  photoUrl?: string | null;
  phone?: string | null;
  timezone?: string;
  locale?: string;
}

const COLUMNS: Columns<ProfileChanges> = {
  displayName: ['display_name', 'text'],
  photoUrl: ['photo_url', 'text'],
  phone: ['phone', 'text'],
  timezone: ['timezone', 'text'],
  locale: ['locale', 'text'],
};

@Injectable()
export class Profiles {
  constructor(
    private readonly database: Database,
    private readonly audit: Audit,
    private readonly zones: TimeZoneNames,
    private readonly clients: Clients,
  ) {}

  get(accountId: string): Promise<Profile> {
    return this.database.one(sql<Profile>`
      select a.id, a.kind, a.email, a.email_verified_at is not null as "emailVerified", a.display_name as "displayName",
             a.photo_url as "photoUrl", a.phone, a.timezone, a.locale, a.version, coalesce((
               select jsonb_agg(jsonb_build_object('id', coach.id, 'displayName', coach.display_name) order by coach.display_name, coach.id)
               from clients c join accounts coach on coach.id = c.coach_id
               where c.account_id = a.id and c.removed_at is null), '[]') as coaches
      from accounts a where a.id = ${accountId}`);
  }

  /**
   * Changes what people may change of themselves. A client's changes show in the records of all their coaches.
   *
   * @throws VersionMismatch, InvalidTime, Invalid
   */
  async patch(principal: Principal, wanted: ProfileChanges, expectedVersion?: number): Promise<Profile> {
    const checked = await this.checked(wanted);
    return this.database.transaction(async () => {
      const { accountId } = principal;
      await this.database.execute(sql`select 1 from accounts where id = ${accountId} for no key update`);
      const profile = await this.get(accountId);
      assertVersion(expectedVersion, profile.version);
      const { before, after, isEmpty } = changesOf<ProfileChanges>(profile, checked);
      if (isEmpty) return profile;
      await this.database.execute(
        sql`update accounts set ${assignments(COLUMNS, after)} where id = ${accountId}`,
      );
      if (principal.kind === 'client') await this.clients.followProfile(accountId, after, actorOf(principal));
      await this.audit.record(
        accountAct(profile, actorOf(principal), 'account.update', {
          objectVersion: profile.version + 1,
          before: { ...before },
          after: { ...after },
        }),
      );
      return this.get(accountId);
    });
  }

  private async checked(wanted: ProfileChanges): Promise<ProfileChanges> {
    return {
      ...wanted,
      ...(wanted.displayName === undefined ? {} : { displayName: checkedName(wanted.displayName) }),
      ...(wanted.timezone === undefined ? {} : { timezone: await this.zones.checked(wanted.timezone) }),
      ...(wanted.locale === undefined ? {} : { locale: checkedLocale(wanted.locale) }),
    };
  }
}
