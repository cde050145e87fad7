import { Injectable } from '@nestjs/common';
import { insertAudit, STRIPE, type Actor } from '@app/accounts';
import { Clock } from '@app/common';
import { Database, sql, together, type RawBuilder } from '@app/database';
import { insertMessages } from '@app/outbox';
import { PayoutsNotReady } from './payments.errors';
import { payoutAccountChanged } from './payments.events';
import { stripeFailure, StripeOutcomeUnknown, unanswered, unlessMissing } from './stripe-failure';
import { Stripe } from './stripe-client';

/** A coach's account at Stripe, as it was last read there. */
export interface PayoutAccountRecord {
  coachId: string;
  stripeAccountId: string;
  transfersActive: boolean;
  chargesEnabled: boolean;
  payoutsEnabled: boolean;
  /** Stripe's names of what is still missing. */
  requirementsDue: string[];
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

export interface OnboardingLink {
  url: string;
  expiresAt: Date;
}

const columns: RawBuilder<unknown> = sql`coach_id as "coachId", stripe_account_id as "stripeAccountId",
  transfers_active as "transfersActive", charges_enabled as "chargesEnabled", payouts_enabled as "payoutsEnabled",
  requirements_due as "requirementsDue", version, created_at as "createdAt", updated_at as "updatedAt"`;

const MOST_KEYS = 5;

/** Where the coaches' money goes: Express accounts at Stripe, onboarded on Stripe's own pages. */
@Injectable()
export class PayoutAccounts {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly stripe: Stripe,
  ) {}

  /** Undefined while the coach has not begun. */
  async get(coachId: string): Promise<PayoutAccountRecord | undefined> {
    return this.database.maybe(
      sql<PayoutAccountRecord>`select ${columns} from payout_accounts where coach_id = ${coachId}`,
    );
  }

  /**
   * The account that receives the transfers of a booking's payment.
   *
   * @throws PayoutsNotReady
   */
  async assertReady(coachId: string): Promise<string> {
    const account = await this.get(coachId);
    if (account?.transfersActive !== true) throw new PayoutsNotReady();
    return account.stripeAccountId;
  }

  /**
   * A link to Stripe's onboarding, for this one visit; the account is made with the first. Asks Stripe, so never
   * inside a transaction.
   *
   * @throws StripeOutcomeUnknown when Stripe does not answer
   */
  async onboardingLink(
    coachId: string,
    urls: { returnUrl: string; refreshUrl: string },
    actor: Actor,
  ): Promise<OnboardingLink> {
    const account = (await this.get(coachId)) ?? (await this.open(coachId, actor));
    const link = await this.stripe.accountLinks
      .create({
        account: account.stripeAccountId,
        type: 'account_onboarding',
        return_url: urls.returnUrl,
        refresh_url: urls.refreshUrl,
      })
      .catch(unanswered('the link'));
    return { url: link.url, expiresAt: new Date(link.expires_at * 1_000) };
  }

  private async open(coachId: string, actor: Actor): Promise<PayoutAccountRecord> {
    const account = await this.makeAccount(coachId);
    await this.database.transaction(async () => {
      const now = await this.clock.now();
      const opened = await this.database.maybe(sql<{ version: number }>`
        insert into payout_accounts (coach_id, stripe_account_id, requirements_due, created_at, updated_at)
        values (${coachId}::uuid, ${account.id}, ${requirementsOf(account)}::text[], ${now}::timestamptz, ${now}::timestamptz)
        on conflict (coach_id) do nothing returning version`);
      if (opened === undefined) return;
      await this.database.execute(
        together(
          insertAudit({
            coachId,
            actor,
            action: 'payout_account.open',
            objectType: 'payout_account',
            objectId: coachId,
            objectVersion: opened.version,
            after: { stripeAccountId: account.id },
          }),
          insertMessages([payoutAccountChanged(coachId)]),
        ),
      );
    });
    const kept = await this.get(coachId);
    if (kept === undefined) throw new Error('The payout account that was just opened is gone.');
    return kept;
  }

  /** A key that Stripe answers with a stored server error is passed over; an empty account left behind harms nobody. */
  private async makeAccount(coachId: string): Promise<Stripe.Account> {
    for (let number = 1; ; number += 1) {
      try {
        return await this.stripe.accounts.create(
          { type: 'express', capabilities: { transfers: { requested: true } }, metadata: { coachId } },
          { idempotencyKey: `payout-account:${coachId}:${number}` },
        );
      } catch (error) {
        const { outcome } = stripeFailure(error);
        if (outcome !== 'spent' || number >= MOST_KEYS) throw new StripeOutcomeUnknown('the account', error);
      }
    }
  }

  /** Reads the account at Stripe; a coach without one, and an account that is nobody's, change nothing. */
  async refresh(coachId: string): Promise<void> {
    const account = await this.get(coachId);
    if (account !== undefined) await this.refreshFrom(account.stripeAccountId);
  }

  async refreshFrom(stripeAccountId: string): Promise<void> {
    const known = await this.database.maybe(
      sql<{
        coachId: string;
      }>`select coach_id as "coachId" from payout_accounts where stripe_account_id = ${stripeAccountId}`,
    );
    if (known === undefined) return;
    const account = await this.stripe.accounts
      .retrieve(stripeAccountId)
      .catch(unlessMissing('how the account stands'));
    if (account !== undefined) await this.apply(known.coachId, account);
  }

  private async apply(coachId: string, account: Stripe.Account): Promise<void> {
    const seen = {
      transfersActive: account.capabilities?.transfers === 'active',
      chargesEnabled: account.charges_enabled,
      payoutsEnabled: account.payouts_enabled,
      requirementsDue: requirementsOf(account),
    };
    await this.database.transaction(async () => {
      const before = await this.database.maybe(
        sql<PayoutAccountRecord>`select ${columns} from payout_accounts where coach_id = ${coachId} for update`,
      );
      if (before === undefined || isSame(before, seen)) return;
      await this.database.execute(
        together(
          sql`update payout_accounts set transfers_active = ${seen.transfersActive}, charges_enabled = ${seen.chargesEnabled},
                payouts_enabled = ${seen.payoutsEnabled}, requirements_due = ${seen.requirementsDue}::text[],
                version = version + 1, updated_at = app_now()
              where coach_id = ${coachId}`,
          insertAudit({
            coachId,
            actor: STRIPE,
            action: 'payout_account.refresh',
            objectType: 'payout_account',
            objectId: coachId,
            objectVersion: before.version + 1,
            before: { transfersActive: before.transfersActive, payoutsEnabled: before.payoutsEnabled },
            after: { transfersActive: seen.transfersActive, payoutsEnabled: seen.payoutsEnabled },
          }),
          insertMessages([payoutAccountChanged(coachId)]),
        ),
      );
    });
  }
}

type Facts = Pick<
  PayoutAccountRecord,
  'transfersActive' | 'chargesEnabled' | 'payoutsEnabled' | 'requirementsDue'
>;

function isSame(a: Facts, b: Facts): boolean {
  return (
    a.transfersActive === b.transfersActive &&
    a.chargesEnabled === b.chargesEnabled &&
    a.payoutsEnabled === b.payoutsEnabled &&
    a.requirementsDue.join() === b.requirementsDue.join()
  );
}

function requirementsOf(account: Stripe.Account): string[] {
  return (account.requirements?.currently_due ?? []).toSorted();
}
