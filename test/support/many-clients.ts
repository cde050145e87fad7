import { SignIn } from '@app/accounts';
import { newId, publicId } from '@app/common';
import { sql } from '@app/database';
import { PLATFORM } from '@app/outbox';
import type { TestApp } from './test-app';
import type { ClientWorld, CoachWorld } from './world';

/** Clients of one coach who have accepted, made in a few statements, each signed in: for tests that need many. */
export async function manyClients(app: TestApp, coach: CoachWorld, count: number): Promise<ClientWorld[]> {
  const rows = Array.from({ length: count }, () => ({ accountId: newId(), clientId: newId() }));
  const each = sql`unnest(${rows.map(({ accountId }) => accountId)}::uuid[], ${rows.map(({ clientId }) => clientId)}::uuid[])
    as each (account_id, client_id)`;
  await app.database.execute(sql`
    insert into accounts (id, kind, email, password_hash, display_name, timezone, email_verified_at, created_at, updated_at)
    select account_id, 'client', 'rival-' || account_id || '@demo.test', 'none', 'Rival', 'Europe/Berlin', app_now(), app_now(), app_now()
    from ${each}`);
  await app.database.execute(sql`
    insert into clients (coach_id, id, account_id, email, display_name, sort_name, timezone, invited_at, accepted_at, created_at, updated_at)
    select ${coach.coachId}::uuid, client_id, account_id, 'rival-' || account_id || '@demo.test', 'Rival', 'Rival', 'Europe/Berlin',
      app_now(), app_now(), app_now(), app_now()
    from ${each}`);
  await app.database.execute(sql`
    insert into audit_entries (coach_id, id, at, actor_kind, action, object_type, object_id)
    select ${PLATFORM}::uuid, uuidv7(), app_now(), 'worker', 'account.create', 'account', account_id from ${each}
    union all
    select ${coach.coachId}::uuid, uuidv7(), app_now(), 'worker', 'client.invite', 'client', client_id from ${each}`);
  const signIn = app.api.get(SignIn);
  const clients: ClientWorld[] = [];
  for (const { accountId, clientId } of rows) {
    const { accessToken } = await signIn.open(accountId, '127.0.0.1');
    clients.push({
      accountId,
      email: `rival-${accountId}@demo.test`,
      http: app.http(accessToken),
      clientId: publicId('client', clientId),
    });
  }
  return clients;
}
