import { Injectable } from '@nestjs/common';
import { Database, sql } from '@app/database';
import { Outbox } from '@app/outbox';
import { ofDispute, type DisputeRef } from './payments.events';

/** Disputes that stay open are read again: webhooks get lost. Those that nobody told of are found by the reconciliation. */
@Injectable()
export class DisputeCatchUp {
  constructor(
    private readonly database: Database,
    private readonly outbox: Outbox,
  ) {}

  /**
   * @param most disputes of one call
   * @param quietMinutes business minutes without a change after which one is asked about; then daily
   * @returns how many were given to the worker
   */
  async requestDue(most: number, quietMinutes: number): Promise<number> {
    return this.database.transaction(async () => {
      const disputes = await this.database.many(sql<DisputeRef>`
        update disputes d set next_sync_at = app_now() + interval '1 day'
        from (select coach_id, id from disputes
              where (closed_at is null or transfer_state in ('reversing', 'returning') or transfer_failure_code is not null)
                and coalesce(next_sync_at, updated_at) <= app_now()
                and (next_sync_at is not null or updated_at <= app_now() - make_interval(mins => ${quietMinutes}::int))
              order by coalesce(next_sync_at, updated_at) limit ${most} for no key update skip locked) due, payments p
        where d.coach_id = due.coach_id and d.id = due.id and p.coach_id = d.coach_id and p.id = d.payment_id
        returning d.coach_id as "coachId", d.id, d.payment_id as "paymentId", p.session_id as "sessionId"`);
      await this.outbox.add(...disputes.map((dispute) => ofDispute('dispute_sync_requested', dispute)));
      return disputes.length;
    });
  }
}
