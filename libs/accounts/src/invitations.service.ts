import { Injectable } from '@nestjs/common';
import { Conflict, newId } from '@app/common';
import { Database, sql } from '@app/database';
import { accountAct, type AccountKind } from './account-audit';
import { LinkSpent } from './accounts.errors';
import { Audit } from './audit';
import type { ClientRecord } from './client-record';
import { Clients } from './clients.service';
import { checkedName } from './display-name';
import { assertPassword, hashPassword } from './passwords';
import { SignIn } from './sign-in.service';
import { SingleUseTokens } from './single-use-tokens.service';
import { TimeZoneNames } from './time-zone-names';

export interface Acceptance {
  /** A new one for a new account, the present one of an account that the address has. */
  password: string;
  displayName?: string;
  /** IANA name; the one in the coach's record by default */
  timezone?: string;
}

/** How an invited person becomes somebody's client. */
@Injectable()
export class Invitations {
  constructor(
    private readonly database: Database,
    private readonly audit: Audit,
    private readonly zones: TimeZoneNames,
    private readonly clients: Clients,
    private readonly tokens: SingleUseTokens,
    private readonly signIns: SignIn,
  ) {}

  /**
   * Makes a client account, or binds the one that the invited address has; its password must match then, and
   * counts as a try of it.
   *
   * @param address network address of the caller
   * @returns the id of the account
   * @throws LinkSpent; InvalidCredentials, TooMany; Invalid for a weak password; Conflict `accounts.not_a_client_account`
   */
  async accept(token: string, acceptance: Acceptance, address: string): Promise<string> {
    const { coachId, clientId } = await this.tokens.look('accept_invitation', token);
    const client = await this.clients.byId(coachId, clientId);
    const timezone =
      acceptance.timezone === undefined ? client.timezone : await this.zones.checked(acceptance.timezone);
    const account = await this.accountOf(client.email);
    if (account === undefined) return this.acceptAsNewcomer(token, client, { ...acceptance, timezone });
    if (account.kind !== 'client') {
      throw new Conflict(
        'accounts.not_a_client_account',
        `This address belongs to the account of ${account.kind === 'coach' ? 'a coach' : 'an admin'}. Ask to be invited at another address.`,
      );
    }
    await this.signIns.checkPassword(client.email, acceptance.password, address);
    await this.database.transaction(() => this.bind(token, client, account.id));
    return account.id;
  }

  private async acceptAsNewcomer(
    token: string,
    client: ClientRecord,
    acceptance: Acceptance & { timezone: string },
  ): Promise<string> {
    assertPassword(acceptance.password, client.email);
    const passwordHash = await hashPassword(acceptance.password);
    const displayName =
      acceptance.displayName === undefined ? client.displayName : checkedName(acceptance.displayName);
    return this.database.transaction(async () => {
      // The token came by mail, so the address is proved.
      const account = await this.database.maybe(sql<{ id: string }>`
        insert into accounts (id, kind, email, password_hash, display_name, phone, timezone, locale, email_verified_at, created_at, updated_at)
        values (${newId()}::uuid, 'client', ${client.email}, ${passwordHash}, ${displayName}, ${client.phone}::text, ${acceptance.timezone},
                ${client.locale}, app_now(), app_now(), app_now())
        on conflict (email) do nothing returning id`);
      if (account === undefined) {
        throw new Conflict(
          'accounts.email_taken',
          'This address got an account a moment ago. Accept again with its password.',
        );
      }
      await this.audit.record(
        accountAct({ id: account.id, kind: 'client' }, clientActor(account.id), 'account.create'),
      );
      await this.bind(token, client, account.id);
      await this.clients.followProfile(
        account.id,
        { displayName, timezone: acceptance.timezone },
        clientActor(account.id),
      );
      return account.id;
    });
  }

  private async bind(token: string, client: ClientRecord, accountId: string): Promise<void> {
    const { coachId, id } = client;
    const bound = await this.database.maybe(sql<{ version: number }>`
      update clients set account_id = ${accountId}::uuid, accepted_at = app_now(), version = version + 1, updated_at = app_now()
      where coach_id = ${coachId} and id = ${id} and account_id is null and removed_at is null returning version`);
    if (bound === undefined) throw new LinkSpent();
    await this.tokens.use('accept_invitation', token);
    await this.tokens.endOthers({ purpose: 'accept_invitation', coachId, clientId: id });
    await this.audit.record({
      coachId,
      actor: clientActor(accountId),
      action: 'client.accept_invitation',
      objectType: 'client',
      objectId: id,
      objectVersion: bound.version,
    });
  }

  private accountOf(email: string): Promise<{ id: string; kind: AccountKind } | undefined> {
    return this.database.maybe(
      sql<{ id: string; kind: AccountKind }>`select id, kind from accounts where email = ${email}`,
    );
  }
}

function clientActor(accountId: string): { kind: 'client'; accountId: string } {
  return { kind: 'client', accountId };
}
