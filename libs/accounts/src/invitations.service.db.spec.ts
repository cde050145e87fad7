import { Conflict, Invalid, RuleViolation, TooMany, Unauthenticated } from '@app/common';
import { sql } from '@app/database';
import { Accounts } from './accounts.service';
import { startAccounts, type AccountsUnderTest } from './accounts.test-module';
import type { Actor } from './actor';
import { Clients } from './clients.service';
import { Invitations } from './invitations.service';
import { Profiles } from './profiles.service';
import { SignIn } from './sign-in.service';
import { buildAccount, buildCoach, TEST_PASSWORD } from './testing';

let app: AccountsUnderTest;
let clients: Clients;
let invitations: Invitations;

beforeAll(async () => {
  app = await startAccounts({ SIGN_IN_TRIES_PER_ADDRESS: 1_000 });
  clients = app.module.get(Clients);
  invitations = app.module.get(Invitations);
});
afterAll(() => app.close());

async function invited(
  email: string,
  displayName = 'Kim Client',
): Promise<{ coachId: string; clientId: string; coach: Actor; token: string }> {
  const coachId = await buildCoach(app.database);
  const coach: Actor = { kind: 'coach', accountId: coachId };
  const { id: clientId } = await clients.invite(coachId, { email, displayName }, coach);
  const token = await app.module
    .get(Accounts)
    .issueToken({ purpose: 'accept_invitation', coachId, clientId });
  return { coachId, clientId, coach, token };
}

const ADDRESS = '10.5.0.1';

describe('Invitations.accept', () => {
  it('makes an account with a proved address, and shows the coach what the client said', async () => {
    const { coachId, clientId, token } = await invited('newcomer@example.test');
    const acceptance = {
      password: 'a fresh password',
      displayName: 'Kimberley Client',
      timezone: 'America/New_York',
    };
    const accountId = await invitations.accept(token, acceptance, ADDRESS);
    await expect(clients.byId(coachId, clientId)).resolves.toMatchObject({
      accountId,
      displayName: 'Kimberley Client',
      sortName: 'Client, Kimberley',
      timezone: 'America/New_York',
    });
    await expect(app.module.get(Profiles).get(accountId)).resolves.toMatchObject({
      kind: 'client',
      email: 'newcomer@example.test',
      emailVerified: true,
      timezone: 'America/New_York',
      coaches: [{ id: coachId, displayName: 'Casey Coach' }],
    });
    await expect(
      app.module.get(SignIn).signIn('newcomer@example.test', 'a fresh password', ADDRESS),
    ).resolves.toBeDefined();
  });

  it('binds the account that the address has, if its password matches; a client of two coaches', async () => {
    const first = await invited('two-coaches@example.test');
    const accountId = await invitations.accept(first.token, { password: 'a fresh password' }, ADDRESS);
    const second = await invited('two-coaches@example.test', 'Kimmy');
    await expect(invitations.accept(second.token, { password: 'not that one' }, ADDRESS)).rejects.toThrow(
      Unauthenticated,
    );
    await expect(invitations.accept(second.token, { password: 'a fresh password' }, ADDRESS)).resolves.toBe(
      accountId,
    );
    await expect(app.module.get(Profiles).get(accountId)).resolves.toMatchObject({ coaches: [{}, {}] });
    await expect(clients.byId(second.coachId, second.clientId)).resolves.toMatchObject({
      displayName: 'Kimmy',
      accountId,
    });
  });

  it('counts its passwords as tries of the account', async () => {
    await buildAccount(app.database, { kind: 'client', email: 'guessed@example.test' });
    const { token } = await invited('guessed@example.test');
    const tries = await Promise.allSettled(
      Array.from({ length: 15 }, () => invitations.accept(token, { password: 'a wrong guess' }, ADDRESS)),
    );
    const refused = tries.filter(
      (result) => result.status === 'rejected' && result.reason instanceof TooMany,
    );
    expect(refused).toHaveLength(5);
    await expect(invitations.accept(token, { password: TEST_PASSWORD }, ADDRESS)).rejects.toThrow(TooMany);
  });

  it.each(['coach', 'admin'] as const)("refuses the address of %s's account in clear words", async (kind) => {
    await buildAccount(app.database, { kind, email: `${kind}-account@example.test` });
    const { token } = await invited(`${kind}-account@example.test`);
    await expect(invitations.accept(token, { password: TEST_PASSWORD }, ADDRESS)).rejects.toThrow(Conflict);
    await expect(invitations.accept(token, { password: TEST_PASSWORD }, ADDRESS)).rejects.toThrow(kind);
  });

  it('happens once under 20 parallel acceptances', async () => {
    const { coachId, clientId, token } = await invited('parallel@example.test');
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, () => invitations.accept(token, { password: 'a fresh password' }, ADDRESS)),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const entries = await app.database.many(sql`
      select 1 from audit_entries where coach_id = ${coachId} and object_id = ${clientId} and action = 'client.accept_invitation'`);
    expect(entries).toHaveLength(1);
  });

  it('makes the older mail of the same invitation worthless, and every mail once the client is removed', async () => {
    const { coachId, clientId, coach, token } = await invited('older-mail@example.test');
    const newer = await app.module
      .get(Accounts)
      .issueToken({ purpose: 'accept_invitation', coachId, clientId });
    await invitations.accept(newer, { password: 'a fresh password' }, ADDRESS);
    await expect(invitations.accept(token, { password: 'a fresh password' }, ADDRESS)).rejects.toThrow(
      RuleViolation,
    );
    const other = await invited('removed@example.test');
    await clients.markRemoved(other.coachId, other.clientId, coach);
    await expect(invitations.accept(other.token, { password: 'a fresh password' }, ADDRESS)).rejects.toThrow(
      RuleViolation,
    );
  });

  it('leaves the link usable when the password is too weak, and ends it after 14 days', async () => {
    const { clientId, token } = await invited('weak@example.test');
    await expect(invitations.accept(token, { password: 'short' }, ADDRESS)).rejects.toThrow(Invalid);
    await app.database.execute(
      sql`update single_use_tokens set expires_at = expires_at - interval '13 days' where client_id = ${clientId}`,
    );
    const accountId = await invitations.accept(token, { password: 'a fresh password' }, ADDRESS);
    expect(accountId).toBeDefined();
    const late = await invited('late@example.test');
    await app.database.execute(
      sql`update single_use_tokens set expires_at = expires_at - interval '14 days' where client_id = ${late.clientId}`,
    );
    await expect(invitations.accept(late.token, { password: 'a fresh password' }, ADDRESS)).rejects.toThrow(
      RuleViolation,
    );
  });
});
