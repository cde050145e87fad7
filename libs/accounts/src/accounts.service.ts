import { Injectable } from '@nestjs/common';
import { Conflict, Invalid, isCurrency, newId, NotFound } from '@app/common';
import { Database, sql } from '@app/database';
import { Outbox } from '@app/outbox';
import { accountAct, type AccountKind } from './account-audit';
import { LinkSpent } from './accounts.errors';
import { accountEvent } from './accounts.events';
import { WORKER, type Actor } from './actor';
import { Audit } from './audit';
import { checkedName } from './display-name';
import { checkedEmail, isEmail, normalEmail } from './email';
import { noSoonerThan } from './even-time';
import { GuessLimits } from './guess-limits';
import { checkedLocale } from './locales';
import { assertPassword, hashPassword } from './passwords';
import type { Principal } from './principal';
import { SignIn } from './sign-in.service';
import { SingleUseTokens, type TokenSubject } from './single-use-tokens.service';
import { TimeZoneNames } from './time-zone-names';

/** Longer than either course of a sign-up or reset request takes on a quiet machine. */
const EVEN_ANSWER_MS = 300;

export interface NewAccount {
  email: string;
  password: string;
  displayName: string;
  /** IANA name */
  timezone: string;
  /** BCP 47 tag; "en" by default */
  locale?: string;
}

export interface NewCoach extends NewAccount {
  /** ISO 4217 code the practice charges in */
  currency: string;
}

interface CheckedAccount {
  email: string;
  passwordHash: string;
  displayName: string;
  timezone: string;
  locale: string;
}

interface CheckedCoach extends CheckedAccount {
  currency: string;
}

interface AccountRow {
  id: string;
  kind: AccountKind;
  email: string;
  disabledAt: Date | null;
}

/** Accounts from sign-up to the end. */
@Injectable()
export class Accounts {
  constructor(
    private readonly database: Database,
    private readonly outbox: Outbox,
    private readonly audit: Audit,
    private readonly zones: TimeZoneNames,
    private readonly limits: GuessLimits,
    private readonly tokens: SingleUseTokens,
    private readonly signIns: SignIn,
  ) {}

  /**
   * Answers the same, in the same time, whether or not the address has an account; the mail tells its owner.
   *
   * @throws Invalid, InvalidTime, TooMany
   */
  async signUpCoach(coach: NewCoach, address: string): Promise<{ status: 'check_your_mail' }> {
    await this.limits.countMail(checkedEmail(coach.email), address);
    const checked = await this.checkedCoach(coach);
    await noSoonerThan(EVEN_ANSWER_MS, () =>
      this.database.transaction(async () => {
        const accountId = await this.insertCoach(checked);
        if (accountId !== undefined)
          return this.outbox.add(accountEvent('email_verification_requested', accountId));
        const owner = await this.byEmail(checked.email);
        if (owner !== undefined) await this.outbox.add(accountEvent('sign_up_repeated', owner.id));
      }),
    );
    return { status: 'check_your_mail' };
  }

  /**
   * A coach whose address needs no proof, for the command line and the demo data.
   *
   * @returns the account's id, which is also the coach's
   * @throws Conflict `accounts.email_taken`; Invalid, InvalidTime
   */
  async createCoach(coach: NewCoach): Promise<string> {
    const checked = await this.checkedCoach(coach);
    return this.database.transaction(async () => {
      const id = await this.insertCoach(checked);
      if (id === undefined) throw emailTaken();
      await this.markVerified(id);
      return id;
    });
  }

  /**
   * An admin. There is no route for it: whoever may start the program may make one.
   *
   * @throws Conflict `accounts.email_taken`; Invalid, InvalidTime
   */
  async createAdmin(admin: NewAccount): Promise<string> {
    const checked = await this.checked(admin);
    return this.database.transaction(async () => {
      const id = await this.insert('admin', checked);
      if (id === undefined) throw emailTaken();
      await this.markVerified(id);
      await this.audit.record(accountAct({ id, kind: 'admin' }, WORKER, 'account.create'));
      return id;
    });
  }

  /** Sends the mail with the verification link again. Harmless when the address is verified. @throws TooMany */
  async requestEmailVerification(accountId: string, address: string): Promise<void> {
    await this.limits.countMail((await this.byId(accountId)).email, address);
    await this.database.transaction(async () => {
      const unverified = await this.database.maybe(sql<AccountRow>`
        select id from accounts where id = ${accountId} and email_verified_at is null`);
      if (unverified !== undefined)
        await this.outbox.add(accountEvent('email_verification_requested', accountId));
    });
  }

  /** @throws LinkSpent */
  async verifyEmail(token: string): Promise<void> {
    await this.database.transaction(async () => {
      const { accountId } = await this.tokens.use('verify_email', token);
      const account = await this.byId(accountId);
      await this.markVerified(accountId);
      await this.audit.record(accountAct(account, personOf(account), 'account.verify_email'));
    });
  }

  /** Answers the same, in the same time, for known and unknown addresses. @throws TooMany */
  async requestPasswordReset(email: string, address: string): Promise<void> {
    const normal = normalEmail(email);
    await this.limits.countMail(normal, address);
    await noSoonerThan(EVEN_ANSWER_MS, () =>
      this.database.transaction(async () => {
        const account = await this.byEmail(normal);
        if (account === undefined || account.disabledAt !== null) return;
        await this.outbox.add(accountEvent('password_reset_requested', account.id));
        await this.audit.record(
          accountAct(account, { kind: 'anonymous', accountId: null }, 'account.request_password_reset'),
        );
      }),
    );
  }

  /**
   * Sets a new password, ends every sign-in and makes the caller's address one that the owner may sign in from while
   * strangers guess. The mail proves the address, too.
   *
   * @throws LinkSpent; Invalid for a weak password, which leaves the link usable
   */
  async confirmPasswordReset(token: string, password: string, address: string): Promise<void> {
    const { accountId } = await this.tokens.look('reset_password', token);
    const account = await this.byId(accountId);
    if (account.disabledAt !== null) throw new LinkSpent();
    assertPassword(password, account.email);
    const passwordHash = await hashPassword(password);
    await this.database.transaction(async () => {
      await this.database.execute(
        sql`update accounts set password_hash = ${passwordHash} where id = ${accountId}`,
      );
      await this.tokens.use('reset_password', token);
      await this.markVerified(accountId);
      await this.signIns.endAll(accountId);
      await this.signIns.rememberAddress(accountId, address);
      await this.tokens.endOthers({ purpose: 'reset_password', accountId });
      await this.audit.record(accountAct(account, personOf(account), 'account.reset_password'));
    });
  }

  /**
   * Shuts an account out with its next request. A coach who leaves must have no future sessions: whoever calls this
   * asks the sessions first (domain.md 2).
   *
   * @throws NotFound
   */
  async disable(accountId: string, actor: Actor): Promise<void> {
    await this.database.transaction(async () => {
      const account = await this.byId(accountId);
      const disabled = await this.database.execute(sql`
        update accounts set disabled_at = app_now(), version = version + 1 where id = ${accountId} and disabled_at is null`);
      if (disabled === 0) return;
      await this.signIns.endAll(accountId);
      await this.audit.record(accountAct(account, actor, 'account.disable'));
    });
  }

  /**
   * A fresh link token for a mail that is being written; only its hash is kept.
   *
   * @returns the plain token: verification 3 days, reset 1 hour, invitation 14 days
   */
  issueToken(subject: TokenSubject): Promise<string> {
    return this.tokens.issue(subject);
  }

  /** The person for work that is done on their behalf without a request. @throws NotFound, also when disabled */
  async principalOf(accountId: string): Promise<Principal> {
    const principal = await this.database.maybe(sql<Principal>`
      select id as "accountId", kind, email, display_name as "displayName", timezone, locale
      from accounts where id = ${accountId} and disabled_at is null`);
    if (principal === undefined) throw accountNotFound();
    return principal;
  }

  /** Whoever runs the platform, for news that concern it. */
  async adminIds(): Promise<string[]> {
    const rows = await this.database.many(
      sql<{ id: string }>`select id from accounts where kind = 'admin' and disabled_at is null order by id`,
    );
    return rows.map(({ id }) => id);
  }

  private async insertCoach(checked: CheckedCoach): Promise<string | undefined> {
    const id = await this.insert('coach', checked);
    if (id === undefined) return undefined;
    await this.database.execute(sql`
      insert into coaches (coach_id, timezone, currency, created_at, updated_at)
      values (${id}::uuid, ${checked.timezone}, ${checked.currency}, app_now(), app_now())`);
    await this.outbox.add(accountEvent('coach_signed_up', id));
    await this.audit.record(
      accountAct({ id, kind: 'coach' }, { kind: 'coach', accountId: id }, 'account.sign_up'),
    );
    return id;
  }

  /** @returns undefined when the address has an account already */
  private async insert(kind: AccountKind, account: CheckedAccount): Promise<string | undefined> {
    const row = await this.database.maybe(sql<{ id: string }>`
      insert into accounts (id, kind, email, password_hash, display_name, timezone, locale, created_at, updated_at)
      values (${newId()}::uuid, ${kind}, ${account.email}, ${account.passwordHash}, ${account.displayName}, ${account.timezone},
              ${account.locale}, app_now(), app_now())
      on conflict (email) do nothing returning id`);
    return row?.id;
  }

  private async checkedCoach(coach: NewCoach): Promise<CheckedCoach> {
    const { currency } = coach;
    if (isCurrency(currency)) return { ...(await this.checked(coach)), currency };
    throw new Invalid('accounts.currency_unknown', 'This is not a currency that can be charged.', {
      errors: [{ pointer: '/currency', code: 'currency', detail: 'must be a currency that can be charged' }],
    });
  }

  private async checked(account: NewAccount): Promise<CheckedAccount> {
    const email = checkedEmail(account.email);
    assertPassword(account.password, email);
    return {
      email,
      displayName: checkedName(account.displayName),
      timezone: await this.zones.checked(account.timezone),
      locale: checkedLocale(account.locale ?? 'en'),
      passwordHash: await hashPassword(account.password),
    };
  }

  private async markVerified(accountId: string): Promise<void> {
    await this.database.execute(sql`
      update accounts set email_verified_at = app_now(), version = version + 1, updated_at = app_now()
      where id = ${accountId} and email_verified_at is null`);
  }

  private async byId(accountId: string): Promise<AccountRow> {
    const account = await this.database.maybe(sql<AccountRow>`
      select id, kind, email, disabled_at as "disabledAt" from accounts where id = ${accountId}`);
    if (account === undefined) throw accountNotFound();
    return account;
  }

  private async byEmail(email: string): Promise<AccountRow | undefined> {
    if (!isEmail(email)) return undefined;
    return this.database.maybe(sql<AccountRow>`
      select id, kind, email, disabled_at as "disabledAt" from accounts where email = ${email}`);
  }
}

function personOf(account: AccountRow): Actor {
  return { kind: account.kind, accountId: account.id };
}

function emailTaken(): Conflict {
  return new Conflict('accounts.email_taken', 'There is an account with this e-mail address.');
}

function accountNotFound(): NotFound {
  return new NotFound('accounts.not_found', 'There is no such account.');
}
