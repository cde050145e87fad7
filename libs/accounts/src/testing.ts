import { randomBytes } from 'node:crypto';
import { newId, sortName } from '@app/common';
import { Database, sql, together } from '@app/database';
import { accountAct, type AccountKind } from './account-audit';
import { insertAudit } from './audit';
import { WORKER } from './actor';
import { hashPassword } from './passwords';

/** Password of every account that a builder makes. */
export const TEST_PASSWORD = 'correct horse battery';

let testPasswordHash: Promise<string> | undefined;

export interface AccountOverrides {
  kind?: AccountKind;
  email?: string;
  displayName?: string;
  timezone?: string;
}

/** An account with a verified address. @returns its id */
export async function buildAccount(database: Database, overrides: AccountOverrides = {}): Promise<string> {
  const id = newId();
  const kind = overrides.kind ?? 'client';
  testPasswordHash ??= hashPassword(TEST_PASSWORD);
  await database.execute(
    together(
      sql`insert into accounts (id, kind, email, password_hash, display_name, timezone, email_verified_at, created_at, updated_at)
        values (${id}::uuid, ${kind}, ${overrides.email ?? inventedEmail(kind)}, ${await testPasswordHash},
                ${overrides.displayName ?? 'Robin Example'}, ${overrides.timezone ?? 'Europe/Berlin'}, app_now(), app_now(), app_now())`,
      insertAudit(accountAct({ id, kind }, WORKER, 'account.create')),
    ),
  );
  return id;
}

/** A coach with default settings. @returns the coach's id, which is the account's */
export async function buildCoach(
  database: Database,
  overrides: Omit<AccountOverrides, 'kind'> & { currency?: string } = {},
): Promise<string> {
  const id = await buildAccount(database, { displayName: 'Casey Coach', ...overrides, kind: 'coach' });
  await database.execute(sql`
    insert into coaches (coach_id, timezone, currency, created_at, updated_at)
    values (${id}::uuid, ${overrides.timezone ?? 'Europe/Berlin'}, ${overrides.currency ?? 'EUR'}, app_now(), app_now())`);
  return id;
}

/** A client of the coach, with an account unless told otherwise. */
export async function buildClient(
  database: Database,
  coachId: string,
  overrides: Omit<AccountOverrides, 'kind'> & { accountId?: string | null } = {},
): Promise<{ id: string; accountId: string | null; email: string }> {
  const id = newId();
  const email = overrides.email ?? inventedEmail('client');
  const displayName = overrides.displayName ?? 'Kim Client';
  const timezone = overrides.timezone ?? 'Europe/Berlin';
  const accountId =
    overrides.accountId === undefined
      ? await buildAccount(database, { email, displayName, timezone })
      : overrides.accountId;
  await database.execute(
    together(
      sql`insert into clients (coach_id, id, account_id, email, display_name, sort_name, timezone, invited_at, accepted_at, created_at, updated_at)
        values (${coachId}::uuid, ${id}::uuid, ${accountId}::uuid, ${email}, ${displayName}, ${sortName(displayName)}, ${timezone},
                app_now(), case when ${accountId}::uuid is not null then app_now() end, app_now(), app_now())`,
      insertAudit({ coachId, actor: WORKER, action: 'client.invite', objectType: 'client', objectId: id }),
    ),
  );
  return { id, accountId, email };
}

function inventedEmail(who: string): string {
  return `${who}-${randomBytes(6).toString('hex')}@example.test`;
}
