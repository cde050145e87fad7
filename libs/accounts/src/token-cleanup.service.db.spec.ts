import { RuleViolation } from '@app/common';
import { sql } from '@app/database';
import { Accounts } from './accounts.service';
import { startAccounts, type AccountsUnderTest } from './accounts.test-module';
import { SignIn } from './sign-in.service';
import { buildAccount, TEST_PASSWORD } from './testing';
import { TokenCleanup } from './token-cleanup.service';

let app: AccountsUnderTest;

beforeAll(async () => {
  app = await startAccounts();
});
afterAll(() => app.close());

describe('TokenCleanup.forgetExpired', () => {
  it('deletes what expired more than a day ago and nothing else', async () => {
    const accountId = await buildAccount(app.database, { email: 'cleanup@example.test' });
    const accounts = app.module.get(Accounts);
    const old = await accounts.issueToken({ purpose: 'verify_email', accountId });
    await app.module.get(SignIn).signIn('cleanup@example.test', TEST_PASSWORD, '10.9.0.1');
    await app.database.execute(
      sql`update single_use_tokens set expires_at = clock_timestamp() - interval '25 hours'`,
    );
    await app.database.execute(
      sql`update refresh_tokens set expires_at = clock_timestamp() - interval '25 hours'`,
    );
    const fresh = await accounts.issueToken({ purpose: 'verify_email', accountId });
    const { refreshToken } = await app.module
      .get(SignIn)
      .signIn('cleanup@example.test', TEST_PASSWORD, '10.9.0.1');
    await expect(app.module.get(TokenCleanup).forgetExpired()).resolves.toBe(2);
    await expect(accounts.verifyEmail(old)).rejects.toThrow(RuleViolation);
    await expect(accounts.verifyEmail(fresh)).resolves.toBeUndefined();
    await expect(app.module.get(SignIn).refresh(refreshToken)).resolves.toBeDefined();
  });

  it('deletes counters of tries whose 15 minutes are over', async () => {
    await app.database.execute(sql`
      insert into rate_limits (key, points, expire) values
        ('over', 1, floor(extract(epoch from clock_timestamp()) * 1000) - 1000),
        ('counting', 1, floor(extract(epoch from clock_timestamp()) * 1000) + 60000)`);
    await expect(app.module.get(TokenCleanup).forgetExpired()).resolves.toBe(1);
    const left = await app.database.many(
      sql<{ key: string }>`select key from rate_limits where key in ('over', 'counting')`,
    );
    expect(left).toEqual([{ key: 'counting' }]);
  });
});
