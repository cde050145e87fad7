import { Injectable } from '@nestjs/common';
import { Database, sql } from '@app/database';
import { Outbox } from '@app/outbox';
import { payoutAccountSyncRequested } from './payments.events';

/** Coaches' accounts at Stripe are read once a day: what changed there may not have been announced, or too early. */
@Injectable()
export class PayoutAccountCatchUp {
  constructor(
    private readonly database: Database,
    private readonly outbox: Outbox,
  ) {}

  /** @param most accounts of one call @returns how many were given to the worker */
  async requestDue(most: number): Promise<number> {
    return this.database.transaction(async () => {
      const accounts = await this.database.many(sql<{ coachId: string }>`
        update payout_accounts a set last_sync_at = app_now()
        from (select coach_id from payout_accounts
              where coalesce(last_sync_at, updated_at) <= app_now() - interval '1 day'
              order by coalesce(last_sync_at, updated_at) limit ${most} for no key update skip locked) due
        where a.coach_id = due.coach_id returning a.coach_id as "coachId"`);
      await this.outbox.add(...accounts.map(({ coachId }) => payoutAccountSyncRequested(coachId)));
      return accounts.length;
    });
  }
}
