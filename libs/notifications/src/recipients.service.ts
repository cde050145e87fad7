import { Injectable } from '@nestjs/common';
import { Accounts, Clients } from '@app/accounts';
import { NotFound } from '@app/common';
import type { NotificationRecord, RecipientKind } from './notification-record';
import type { Recipient } from './templates/mail';

export interface Addressee extends Recipient {
  kind: RecipientKind;
  id: string;
}

/** People as they are now: name, address, zone and language may have changed since a message was written. */
@Injectable()
export class Recipients {
  constructor(
    private readonly accounts: Accounts,
    private readonly clients: Clients,
  ) {}

  /** @throws NotFound for a coach or admin whose account was disabled */
  async account(accountId: string): Promise<Addressee> {
    const { kind, displayName, email, timezone, locale } = await this.accounts.principalOf(accountId);
    return { kind, id: accountId, name: displayName, email, timezone, locale };
  }

  /** @throws ClientNotFound */
  async client(coachId: string, clientId: string): Promise<Addressee> {
    const { displayName, email, timezone, locale } = await this.clients.byId(coachId, clientId);
    return { kind: 'client', id: clientId, name: displayName, email, timezone, locale };
  }

  /** The people of a session who can still be told: a coach may have left. */
  async sides(
    kinds: readonly ('coach' | 'client')[],
    session: { coachId: string; clientId: string },
  ): Promise<Addressee[]> {
    const found = await Promise.all(
      kinds.map((kind) =>
        orNone(
          kind === 'client' ? this.client(session.coachId, session.clientId) : this.account(session.coachId),
        ),
      ),
    );
    return found.filter((addressee) => addressee !== undefined);
  }

  /** Who runs the platform. */
  async admins(): Promise<Addressee[]> {
    const ids = await this.accounts.adminIds();
    return Promise.all(ids.map((id) => this.account(id)));
  }

  /** Undefined when there is nobody any more. */
  of(row: NotificationRecord): Promise<Addressee | undefined> {
    const isAccount = row.recipientKind !== 'client' || row.payload.accountId !== undefined;
    return orNone(isAccount ? this.account(row.recipientId) : this.client(row.coachId, row.recipientId));
  }
}

async function orNone(lookup: Promise<Addressee>): Promise<Addressee | undefined> {
  try {
    return await lookup;
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
}
