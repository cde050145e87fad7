import { Injectable } from '@nestjs/common';
import { Clock } from '@app/common';
import { Database, sql, type RawBuilder } from '@app/database';
import { LinkSpent } from './accounts.errors';
import { hashSecretToken, newSecretToken } from './secret-tokens';

/** Whom a link in a mail belongs to, by what it lets its holder do. */
interface Subjects {
  verify_email: { accountId: string };
  reset_password: { accountId: string };
  accept_invitation: { coachId: string; clientId: string };
}

type Purpose = keyof Subjects;

export type TokenSubject = { [P in Purpose]: { purpose: P } & Subjects[P] }[Purpose];

const HOUR_MS = 3_600_000;
const LIFE_MS: Record<Purpose, number> = {
  verify_email: 3 * 24 * HOUR_MS,
  reset_password: HOUR_MS,
  accept_invitation: 14 * 24 * HOUR_MS,
};

interface Row {
  accountId: string | null;
  coachId: string | null;
  clientId: string | null;
}

/** Tokens of mailed links: one purpose, one use, expiring, stored as a hash (reliability.md R19). Technical time. */
@Injectable()
export class SingleUseTokens {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** @returns the plain token, which is shown this once */
  async issue(subject: TokenSubject): Promise<string> {
    const token = newSecretToken();
    const now = this.clock.real();
    const expiresAt = new Date(now.getTime() + LIFE_MS[subject.purpose]);
    const [accountId, coachId, clientId] =
      subject.purpose === 'accept_invitation'
        ? [null, subject.coachId, subject.clientId]
        : [subject.accountId, null, null];
    await this.database.execute(sql`
      insert into single_use_tokens (token_hash, purpose, account_id, coach_id, client_id, created_at, expires_at)
      values (${hashSecretToken(token)}::bytea, ${subject.purpose}, ${accountId}::uuid, ${coachId}::uuid, ${clientId}::uuid,
              ${now}::timestamptz, ${expiresAt}::timestamptz)`);
    return token;
  }

  /** Whose token it is, without using it. @throws LinkSpent */
  async look<P extends Purpose>(purpose: P, token: string): Promise<Subjects[P]> {
    const row = await this.database.maybe(sql<Row>`
      select account_id as "accountId", coach_id as "coachId", client_id as "clientId"
      from single_use_tokens where ${this.isGood(purpose, token)}`);
    if (row === undefined) throw new LinkSpent();
    return SUBJECT[purpose](row);
  }

  /** Uses the token up, in the transaction of what it allows; of many at once one wins. @throws LinkSpent */
  async use<P extends Purpose>(purpose: P, token: string): Promise<Subjects[P]> {
    const row = await this.database.maybe(sql<Row>`
      update single_use_tokens set used_at = ${this.clock.real()}::timestamptz where ${this.isGood(purpose, token)}
      returning account_id as "accountId", coach_id as "coachId", client_id as "clientId"`);
    if (row === undefined) throw new LinkSpent();
    return SUBJECT[purpose](row);
  }

  /** Ends the other links of the same purpose and owner: a used reset makes older mails worthless. */
  async endOthers(subject: TokenSubject): Promise<void> {
    const owner =
      subject.purpose === 'accept_invitation'
        ? sql`coach_id = ${subject.coachId} and client_id = ${subject.clientId}`
        : sql`account_id = ${subject.accountId}`;
    await this.database.execute(sql`
      update single_use_tokens set used_at = ${this.clock.real()}::timestamptz
      where purpose = ${subject.purpose} and ${owner} and used_at is null`);
  }

  private isGood(purpose: Purpose, token: string): RawBuilder<boolean> {
    return sql<boolean>`token_hash = ${hashSecretToken(token)}::bytea and purpose = ${purpose}
      and used_at is null and expires_at > ${this.clock.real()}::timestamptz`;
  }
}

/** Whose token it is; the table's constraints say which ids a purpose has. */
const SUBJECT: { [P in Purpose]: (row: Row) => Subjects[P] } = {
  verify_email: accountOf,
  reset_password: accountOf,
  accept_invitation: clientOf,
};

function accountOf({ accountId }: Row): { accountId: string } {
  if (accountId === null) throw new Error('A token of an account names none.');
  return { accountId };
}

function clientOf({ coachId, clientId }: Row): { coachId: string; clientId: string } {
  if (coachId === null || clientId === null) throw new Error('A token of an invitation names no client.');
  return { coachId, clientId };
}
