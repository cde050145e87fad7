import { Injectable } from '@nestjs/common';
import { reachableBy, type Principal } from '@app/accounts';
import { Database, sql, type RawBuilder } from '@app/database';
import { disputeColumns, type DisputeRecord } from './dispute-record';
import { DISPUTE_STATUSES, holdsPayment, type DisputeStatus } from './domain/dispute-status';
import { DisputeNotFound } from './payments.errors';
import type { Slice } from './payment.queries';

export interface DisputeFilter {
  status?: DisputeStatus[];
  paymentId?: string;
  sessionId?: string;
}

/** A dispute with what its payment was for. */
export interface DisputeDetails extends DisputeRecord {
  sessionId: string | null;
  entitlementId: string | null;
  clientId: string;
  /** The bank has the payment's money. */
  blocksRefunds: boolean;
}

const HOLDING = DISPUTE_STATUSES.filter(holdsPayment);

const details: RawBuilder<unknown> = sql`${disputeColumns},
  p.session_id as "sessionId", p.entitlement_id as "entitlementId", p.client_id as "clientId", d.status = any (${HOLDING}::text[]) as "blocksRefunds"`;

@Injectable()
export class DisputeQueries {
  constructor(private readonly database: Database) {}

  /** Newest first; `limit + 1` rows, so that the caller sees whether there are more. */
  async list(principal: Principal, filter: DisputeFilter, slice: Slice): Promise<DisputeDetails[]> {
    const conditions = [
      reachableBy(principal, 'p'),
      ...(filter.status === undefined ? [] : [sql`d.status = any (${filter.status}::text[])`]),
      ...(filter.paymentId === undefined ? [] : [sql`d.payment_id = ${filter.paymentId}`]),
      ...(filter.sessionId === undefined ? [] : [sql`p.session_id = ${filter.sessionId}`]),
      ...(slice.before === undefined ? [] : [sql`d.id < ${slice.before}`]),
    ];
    return this.database.many(sql<DisputeDetails>`
      select ${details} from disputes d join payments p on p.coach_id = d.coach_id and p.id = d.payment_id
      where ${sql.join(conditions, sql` and `)} order by d.id desc limit ${slice.limit + 1}`);
  }

  /** @throws DisputeNotFound also for somebody else's */
  async find(principal: Principal, id: string): Promise<DisputeDetails> {
    const dispute = await this.database.maybe(sql<DisputeDetails>`
      select ${details} from disputes d join payments p on p.coach_id = d.coach_id and p.id = d.payment_id
      where d.id = ${id} and ${reachableBy(principal, 'p')}`);
    if (dispute === undefined) throw new DisputeNotFound();
    return dispute;
  }

  /** For the worker, who acts for nobody. @throws DisputeNotFound */
  async dispute(coachId: string, id: string): Promise<DisputeDetails> {
    const dispute = await this.database.maybe(sql<DisputeDetails>`
      select ${details} from disputes d join payments p on p.coach_id = d.coach_id and p.id = d.payment_id
      where d.coach_id = ${coachId} and d.id = ${id}`);
    if (dispute === undefined) throw new DisputeNotFound();
    return dispute;
  }
}
