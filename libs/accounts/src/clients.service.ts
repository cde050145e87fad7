import { Injectable } from '@nestjs/common';
import { Conflict, newId, singleLine, sortName } from '@app/common';
import { Database, sql, type RawBuilder } from '@app/database';
import { Outbox } from '@app/outbox';
import { assertVersion, ClientNotFound } from './accounts.errors';
import { clientInvited, clientRenamed } from './accounts.events';
import type { Actor } from './actor';
import { Audit } from './audit';
import { clientColumns, clientTables, type ClientRecord } from './client-record';
import { checkedName } from './display-name';
import { checkedEmail } from './email';
import { actorOf, type Principal } from './principal';
import { assignments, changesOf, type Columns } from './record-changes';
import { SingleUseTokens } from './single-use-tokens.service';
import { TimeZoneNames } from './time-zone-names';

export interface Invitation {
  email: string;
  displayName: string;
  phone?: string;
  /** IANA name; the coach's by default */
  timezone?: string;
}

/** What a coach may change of a client's record; null clears. */
export interface ClientChanges {
  displayName?: string;
  phone?: string | null;
  timezone?: string;
  photoUrl?: string | null;
}

/** What follows when clients change their own profile. */
export interface OwnChanges extends ClientChanges {
  locale?: string;
}

export interface ClientFilter {
  /** Part of the name; case and accents do not matter. */
  name?: string;
  limit: number;
  /** Sort name and id of the last row seen. */
  after?: { sortName: string; id: string };
}

const COLUMNS: Columns<OwnChanges> = {
  displayName: ['display_name', 'text'],
  phone: ['phone', 'text'],
  timezone: ['timezone', 'text'],
  photoUrl: ['photo_url', 'text'],
  locale: ['locale', 'text'],
};

/** A coach's clients. Acceptance of invitations is `Invitations`. */
@Injectable()
export class Clients {
  constructor(
    private readonly database: Database,
    private readonly outbox: Outbox,
    private readonly audit: Audit,
    private readonly zones: TimeZoneNames,
    private readonly tokens: SingleUseTokens,
  ) {}

  /**
   * Invites by mail. Who was invited before gets the mail again; who was removed is asked anew. Says nothing about
   * whether the address has an account.
   *
   * @throws Conflict `clients.already_client`; Invalid, InvalidTime
   */
  async invite(coachId: string, invitation: Invitation, actor: Actor): Promise<ClientRecord> {
    const email = checkedEmail(invitation.email);
    const timezone =
      invitation.timezone === undefined ? undefined : await this.zones.checked(invitation.timezone);
    return this.database.transaction(async () => {
      const id = await this.insertInvited(coachId, { ...invitation, email, timezone });
      const invited = id ?? (await this.inviteAgain(coachId, email));
      await this.outbox.add(clientInvited(coachId, invited));
      const client = await this.byId(coachId, invited);
      await this.record(client, actor, id === undefined ? 'client.invite_again' : 'client.invite');
      return client;
    });
  }

  /** The clients that were not removed, by sort name; one row more than `limit` says that there are more. */
  async list(coachId: string, filter: ClientFilter): Promise<ClientRecord[]> {
    const conditions: RawBuilder<unknown>[] = [sql`c.coach_id = ${coachId}`, sql`c.removed_at is null`];
    if (filter.name !== undefined)
      conditions.push(sql`position(search_key(${singleLine(filter.name)}) in c.search_name) > 0`);
    if (filter.after !== undefined) {
      conditions.push(sql`(c.sort_name, c.id) > (${filter.after.sortName}, ${filter.after.id}::uuid)`);
    }
    return this.database.many(sql<ClientRecord>`
      select ${clientColumns} from ${clientTables} where ${sql.join(conditions, sql` and `)}
      order by c.sort_name, c.id limit ${filter.limit + 1}`);
  }

  /**
   * The client if this person may see it: a coach their own, an admin every one, which is audited. Removed clients are
   * still found: their history stays.
   *
   * @throws ClientNotFound
   */
  async find(principal: Principal, id: string): Promise<ClientRecord> {
    if (principal.kind === 'coach') return this.byId(principal.accountId, id);
    if (principal.kind !== 'admin') throw new ClientNotFound();
    return this.database.transaction(async () => {
      const client = await this.database.maybe(
        sql<ClientRecord>`select ${clientColumns} from ${clientTables} where c.id = ${id}`,
      );
      if (client === undefined) throw new ClientNotFound();
      await this.record(client, actorOf(principal), 'client.read');
      return client;
    });
  }

  /** @throws ClientNotFound */
  async byId(coachId: string, id: string): Promise<ClientRecord> {
    const client = await this.database.maybe(sql<ClientRecord>`
      select ${clientColumns} from ${clientTables} where c.coach_id = ${coachId} and c.id = ${id}`);
    if (client === undefined) throw new ClientNotFound();
    return client;
  }

  /** @throws ClientNotFound, VersionMismatch, InvalidTime */
  async patch(
    coachId: string,
    id: string,
    wanted: ClientChanges,
    actor: Actor,
    expectedVersion?: number,
  ): Promise<ClientRecord> {
    const checked = await this.checked(wanted);
    return this.database.transaction(async () => {
      const client = await this.lock(coachId, id);
      assertVersion(expectedVersion, client.version);
      await this.change(client, checked, actor);
      return this.byId(coachId, id);
    });
  }

  /** What clients change in their own profile shows in the records their coaches have of them; the last change wins. */
  async followProfile(accountId: string, wanted: OwnChanges, actor: Actor): Promise<void> {
    const records = await this.database.many(sql<ClientRecord>`
      select ${clientColumns} from ${clientTables} where c.account_id = ${accountId} and c.removed_at is null
      order by c.coach_id for no key update of c`);
    for (const client of records) await this.change(client, wanted, actor);
  }

  /**
   * Ends the relation; the record stays for the history. The client must have no future sessions: the caller holds the
   * coach's lock and has asked the sessions, which stand above this library (domain.md 2). Done already is done.
   *
   * @throws ClientNotFound, VersionMismatch
   */
  async markRemoved(coachId: string, id: string, actor: Actor, expectedVersion?: number): Promise<void> {
    await this.database.transaction(async () => {
      const client = await this.lock(coachId, id);
      if (client.removedAt !== null) return;
      assertVersion(expectedVersion, client.version);
      await this.database.execute(sql`
        update clients set removed_at = app_now(), version = version + 1, updated_at = app_now() where coach_id = ${coachId} and id = ${id}`);
      await this.tokens.endOthers({ purpose: 'accept_invitation', coachId, clientId: id });
      await this.record({ ...client, version: client.version + 1 }, actor, 'client.remove');
    });
  }

  private async insertInvited(coachId: string, invitation: Invitation): Promise<string | undefined> {
    const displayName = checkedName(invitation.displayName);
    const row = await this.database.maybe(sql<{ id: string }>`
      insert into clients (coach_id, id, email, display_name, sort_name, phone, timezone, invited_at, created_at, updated_at)
      select coach_id, ${newId()}::uuid, ${invitation.email}, ${displayName}, ${sortName(displayName)}, ${invitation.phone ?? null}::text,
             coalesce(${invitation.timezone ?? null}::text, timezone), app_now(), app_now(), app_now()
      from coaches where coach_id = ${coachId}
      on conflict (coach_id, email) do nothing returning id`);
    return row?.id;
  }

  private async inviteAgain(coachId: string, email: string): Promise<string> {
    // Who was removed decides anew: the account is bound again when they accept.
    const row = await this.database.maybe(sql<{ id: string }>`
      update clients set invited_at = app_now(), removed_at = null, account_id = null, accepted_at = null,
        version = version + 1, updated_at = app_now()
      where coach_id = ${coachId} and email = ${email} and (account_id is null or removed_at is not null) returning id`);
    if (row !== undefined) return row.id;
    throw new Conflict('clients.already_client', 'This person is your client already.');
  }

  private async checked(wanted: ClientChanges): Promise<ClientChanges> {
    return {
      ...wanted,
      ...(wanted.displayName === undefined ? {} : { displayName: checkedName(wanted.displayName) }),
      ...(wanted.timezone === undefined ? {} : { timezone: await this.zones.checked(wanted.timezone) }),
    };
  }

  private async lock(coachId: string, id: string): Promise<ClientRecord> {
    const client = await this.database.maybe(sql<ClientRecord>`
      select ${clientColumns} from ${clientTables} where c.coach_id = ${coachId} and c.id = ${id} for no key update of c`);
    if (client === undefined) throw new ClientNotFound();
    return client;
  }

  private async change(client: ClientRecord, wanted: OwnChanges, actor: Actor): Promise<void> {
    const { before, after, isEmpty } = changesOf<OwnChanges>(client, wanted);
    if (isEmpty) return;
    const name = after.displayName;
    const sorted = name === undefined ? sql`` : sql`sort_name = ${sortName(name)},`;
    await this.database.execute(sql`
      update clients set ${sorted} ${assignments(COLUMNS, after)} where coach_id = ${client.coachId} and id = ${client.id}`);
    if (name !== undefined) await this.outbox.add(clientRenamed(client.coachId, client.id));
    await this.record(
      { ...client, version: client.version + 1 },
      actor,
      'client.update',
      { ...before },
      { ...after },
    );
  }

  private record(
    client: ClientRecord,
    actor: Actor,
    action: string,
    before?: Record<string, unknown>,
    after?: Record<string, unknown>,
  ): Promise<void> {
    const { coachId, id, version } = client;
    return this.audit.record({
      coachId,
      actor,
      action,
      objectType: 'client',
      objectId: id,
      objectVersion: version,
      before,
      after,
    });
  }
}
