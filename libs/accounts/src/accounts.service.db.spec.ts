import { Conflict, Invalid, NotFound, RuleViolation, TooMany, Unauthenticated } from '@app/common';
import { sql } from '@app/database';
import { Accounts, type NewCoach } from './accounts.service';
import { startAccounts, type AccountsUnderTest } from './accounts.test-module';
import { WORKER } from './actor';
import { CoachSettings } from './coach-settings.service';
import { Profiles } from './profiles.service';
import { SignIn } from './sign-in.service';
import { buildCoach, TEST_PASSWORD } from './testing';

let app: AccountsUnderTest;
let accounts: Accounts;
let signIn: SignIn;

beforeAll(async () => {
  app = await startAccounts({ SIGN_IN_TRIES_PER_ADDRESS: 1_000 });
  accounts = app.module.get(Accounts);
  signIn = app.module.get(SignIn);
});
afterAll(() => app.close());

let invented = 0;
function newCoach(overrides: Partial<NewCoach> = {}): NewCoach {
  invented += 1;
  return {
    email: `coach${invented}@example.test`,
    password: TEST_PASSWORD,
    displayName: 'Casey Coach',
    timezone: 'Europe/Berlin',
    currency: 'EUR',
    ...overrides,
  };
}

async function idOf(email: string): Promise<string> {
  const { id } = await app.database.one(sql<{ id: string }>`select id from accounts where email = ${email}`);
  return id;
}

async function auditOf(objectId: string): Promise<string[]> {
  const rows = await app.database.many(
    sql<{ action: string }>`select action from audit_entries where object_id = ${objectId} order by id`,
  );
  return rows.map(({ action }) => action);
}

describe('Accounts.signUpCoach', () => {
  it('makes an account and a practice with the defaults, announced and audited', async () => {
    const coach = newCoach({ email: 'First.Coach@Example.test', currency: 'JPY', locale: 'de-at' });
    await expect(accounts.signUpCoach(coach, '10.1.0.1')).resolves.toEqual({ status: 'check_your_mail' });
    const accountId = await idOf('first.coach@example.test');
    await expect(app.module.get(CoachSettings).get(accountId)).resolves.toMatchObject({
      currency: 'JPY',
      timezone: 'Europe/Berlin',
      platforms: ['zoom'],
      applicationFeeBps: 1_000,
      defaultPolicyId: null,
    });
    await expect(app.module.get(Profiles).get(accountId)).resolves.toMatchObject({
      emailVerified: false,
      locale: 'de-AT',
      coaches: [],
    });
    expect(await app.messages('accounts.coach_signed_up')).toContainEqual({ accountId });
    expect(await app.messages('accounts.email_verification_requested')).toContainEqual({ accountId });
    expect(await auditOf(accountId)).toEqual(['account.sign_up']);
    await expect(signIn.signIn(coach.email, TEST_PASSWORD, '10.1.0.1')).resolves.toMatchObject({
      expiresIn: 900,
    });
  });

  it('answers the same for a taken address, tells its owner, and changes nothing of the account', async () => {
    const coach = newCoach();
    const answer = await accounts.signUpCoach(coach, '10.1.0.2');
    const accountId = await idOf(coach.email);
    const again = await accounts.signUpCoach(
      { ...coach, password: 'another password', displayName: 'An Intruder' },
      '10.1.0.3',
    );
    expect(again).toEqual(answer);
    expect(await app.messages('accounts.sign_up_repeated')).toContainEqual({ accountId });
    await expect(signIn.signIn(coach.email, TEST_PASSWORD, '10.1.0.2')).resolves.toBeDefined();
    await expect(signIn.signIn(coach.email, 'another password', '10.1.0.3')).rejects.toThrow(Unauthenticated);
  });

  it('makes one account of 10 sign-ups at once', async () => {
    const coach = newCoach();
    // Each from an address of its own; the mails to one person are limited to 5.
    const results = await Promise.allSettled(
      Array.from({ length: 10 }, (_, n) => accounts.signUpCoach(coach, `10.2.0.${n}`)),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
    const rows = await app.database.many(sql`select 1 from accounts where email = ${coach.email}`);
    expect(rows).toHaveLength(1);
  });

  it.each([
    ['a short password', { password: 'too short' }],
    ['an address that is none', { email: 'nobody' }],
    ['an unknown zone', { timezone: 'Europe/Atlantis' }],
    ['an offset for a zone', { timezone: '+02:00' }],
    ['a locale that is none', { locale: 'not a locale' }],
    ['a currency nobody charges in', { currency: 'XAU' }],
    ['a name of line breaks alone', { displayName: '\r\n\u0000' }],
  ])('refuses %s', async (_, fault) => {
    await expect(accounts.signUpCoach(newCoach(fault), '10.1.0.4')).rejects.toThrow(Invalid);
  });

  it('keeps a name on one line and a zone in its IANA spelling', async () => {
    const coach = newCoach({ displayName: ' Casey\r\nBcc: all ', timezone: 'europe/berlin' });
    await accounts.signUpCoach(coach, '10.1.0.5');
    await expect(app.module.get(Profiles).get(await idOf(coach.email))).resolves.toMatchObject({
      displayName: 'Casey Bcc: all',
      timezone: 'Europe/Berlin',
    });
  });
});

describe('Accounts.createAdmin and createCoach', () => {
  it('make verified accounts, once per address', async () => {
    const admin = {
      email: 'admin@example.test',
      password: TEST_PASSWORD,
      displayName: 'Ada Admin',
      timezone: 'UTC',
    };
    const id = await accounts.createAdmin(admin);
    await expect(app.module.get(Profiles).get(id)).resolves.toMatchObject({
      kind: 'admin',
      emailVerified: true,
    });
    await expect(accounts.principalOf(id)).resolves.toMatchObject({
      kind: 'admin',
      email: 'admin@example.test',
    });
    await expect(accounts.createAdmin(admin)).rejects.toThrow(Conflict);
    const coachId = await accounts.createCoach(newCoach());
    await expect(app.module.get(Profiles).get(coachId)).resolves.toMatchObject({
      kind: 'coach',
      emailVerified: true,
    });
    await expect(accounts.createCoach(newCoach({ email: 'admin@example.test' }))).rejects.toThrow(Conflict);
  });
});

describe('Accounts.verifyEmail', () => {
  it('works once under 20 parallel confirmations, for 3 days', async () => {
    const coach = newCoach();
    await accounts.signUpCoach(coach, '10.1.0.6');
    const accountId = await idOf(coach.email);
    const token = await accounts.issueToken({ purpose: 'verify_email', accountId });
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => accounts.verifyEmail(token)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await expect(app.module.get(Profiles).get(accountId)).resolves.toMatchObject({ emailVerified: true });
    const late = await accounts.issueToken({ purpose: 'verify_email', accountId });
    await app.database.execute(sql`
      update single_use_tokens set expires_at = expires_at - interval '3 days' where account_id = ${accountId}`);
    await expect(accounts.verifyEmail(late)).rejects.toThrow(RuleViolation);
  });

  it('takes no token of another purpose', async () => {
    const accountId = await buildCoach(app.database);
    const reset = await accounts.issueToken({ purpose: 'reset_password', accountId });
    await expect(accounts.verifyEmail(reset)).rejects.toThrow(RuleViolation);
    await expect(accounts.confirmPasswordReset('never was one', TEST_PASSWORD, '10.1.0.7')).rejects.toThrow(
      RuleViolation,
    );
  });

  it('is asked for again while it is open, and not afterwards', async () => {
    const coach = newCoach();
    await accounts.signUpCoach(coach, '10.1.0.8');
    const accountId = await idOf(coach.email);
    const asked = async (): Promise<number> =>
      (await app.messages('accounts.email_verification_requested')).filter(
        (payload) => payload['accountId'] === accountId,
      ).length;
    await accounts.requestEmailVerification(accountId, '10.1.0.8');
    expect(await asked()).toBe(2);
    await accounts.verifyEmail(await accounts.issueToken({ purpose: 'verify_email', accountId }));
    await accounts.requestEmailVerification(accountId, '10.1.0.8');
    expect(await asked()).toBe(2);
  });
});

function ask(n: number): Promise<void> {
  return accounts.requestPasswordReset('pestered@example.test', `10.3.0.${n}`);
}

describe('password reset', () => {
  it('answers the same, in about the same time, for known, unknown and disabled accounts; the mail goes to the known alone', async () => {
    const coach = newCoach();
    await accounts.signUpCoach(coach, '10.1.0.9');
    const accountId = await idOf(coach.email);
    const disabled = await buildCoach(app.database, { email: 'disabled@example.test' });
    await accounts.disable(disabled, WORKER);
    const timed = async (email: string): Promise<number> => {
      const startedAt = performance.now();
      await expect(accounts.requestPasswordReset(email, '10.1.0.10')).resolves.toBeUndefined();
      return performance.now() - startedAt;
    };
    const times = [
      await timed(coach.email.toUpperCase()),
      await timed('nobody@example.test'),
      await timed('disabled@example.test'),
    ];
    expect(Math.min(...times)).toBeGreaterThanOrEqual(295);
    expect(await app.messages('accounts.password_reset_requested')).toEqual([{ accountId }]);
  });

  it('sends at most 5 mails to one person in 15 minutes', async () => {
    await Promise.all([1, 2, 3, 4, 5].map(ask));
    await expect(ask(6)).rejects.toThrow(TooMany);
  });

  it('sets the password once under 20 parallel confirmations and ends every sign-in', async () => {
    const accountId = await buildCoach(app.database, { email: 'reset@example.test' });
    const before = await signIn.signIn('reset@example.test', TEST_PASSWORD, '10.1.0.11');
    const older = await accounts.issueToken({ purpose: 'reset_password', accountId });
    const token = await accounts.issueToken({ purpose: 'reset_password', accountId });
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, n) =>
        accounts.confirmPasswordReset(token, `new password ${n}`, '10.1.0.12'),
      ),
    );
    const winners = results.flatMap(({ status }, n) => (status === 'fulfilled' ? [n] : []));
    expect(winners).toHaveLength(1);
    await expect(signIn.verifyAccessToken(before.accessToken)).rejects.toThrow(Unauthenticated);
    await expect(signIn.refresh(before.refreshToken)).rejects.toThrow(Unauthenticated);
    await expect(signIn.signIn('reset@example.test', TEST_PASSWORD, '10.1.0.12')).rejects.toThrow(
      Unauthenticated,
    );
    await expect(
      signIn.signIn('reset@example.test', `new password ${winners[0]}`, '10.1.0.12'),
    ).resolves.toBeDefined();
    await expect(accounts.confirmPasswordReset(older, 'yet another password', '10.1.0.12')).rejects.toThrow(
      RuleViolation,
    );
    expect((await auditOf(accountId)).filter((action) => action === 'account.reset_password')).toHaveLength(
      1,
    );
  });

  it('leaves the link usable when the new password is too weak', async () => {
    const accountId = await buildCoach(app.database, { email: 'weak@example.test' });
    const token = await accounts.issueToken({ purpose: 'reset_password', accountId });
    await expect(accounts.confirmPasswordReset(token, 'weak@example.test', '10.1.0.13')).rejects.toThrow(
      Invalid,
    );
    await expect(
      accounts.confirmPasswordReset(token, 'a stronger password', '10.1.0.13'),
    ).resolves.toBeUndefined();
  });

  it('is worth nothing after an hour, nor for a disabled account', async () => {
    const accountId = await buildCoach(app.database);
    const token = await accounts.issueToken({ purpose: 'reset_password', accountId });
    await app.database.execute(
      sql`update single_use_tokens set expires_at = expires_at - interval '1 hour' where account_id = ${accountId}`,
    );
    await expect(accounts.confirmPasswordReset(token, 'a stronger password', '10.1.0.14')).rejects.toThrow(
      RuleViolation,
    );
    const other = await accounts.issueToken({ purpose: 'reset_password', accountId });
    await accounts.disable(accountId, WORKER);
    await expect(accounts.confirmPasswordReset(other, 'a stronger password', '10.1.0.14')).rejects.toThrow(
      RuleViolation,
    );
  });
});

describe('Accounts.disable', () => {
  it('happens once and hides the person from work done on their behalf', async () => {
    const accountId = await buildCoach(app.database);
    await accounts.disable(accountId, WORKER);
    await accounts.disable(accountId, WORKER);
    expect(await auditOf(accountId)).toEqual(['account.create', 'account.disable']);
    await expect(accounts.principalOf(accountId)).rejects.toThrow(NotFound);
  });
});
