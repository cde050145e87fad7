import { Injectable } from '@nestjs/common';
import { Clock, type CurrencyCode } from '@app/common';
import { Database, sql, together } from '@app/database';
import { earningPostings, reversed } from './domain/ledger-postings';
import { insertLedger, type LedgerKind } from './ledger';

/** What was paid for a package and what has gone back of it. Amounts are minor units of `currency`. */
export interface PackagePayment {
  coachId: string;
  paymentId: string;
  currency: CurrencyCode;
  capturedMinor: number;
  applicationFeeMinor: number;
  /** What the coach bears of refunds, after the platform's fee came back for them; also of those that are under way. */
  coachBearsMinor: number;
  /** What of the fee came back, or is expected to. */
  feeReturnedMinor: number;
}

/** What the coach has earned of a package by one thing: by one session, or by all that lapsed. */
export interface Earning {
  kind: 'delivery' | 'breakage';
  /** The id of a credit entry, or of the entitlement. */
  subject: string;
  /** Minor units; below zero for a loss. */
  amountMinor: number;
}

interface BookedEarning extends Earning {
  /** Movements so far. */
  movements: number;
}

/** The books of packages: their money is deferred from the payment on, and earned with each delivery (docs/adr/0013). */
@Injectable()
export class PackageEarnings {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Locks the payment of a package, so that its earnings are booked by one at a time; undefined while it is not paid. */
  async lock(coachId: string, entitlementId: string): Promise<PackagePayment | undefined> {
    const locked = await this.database.maybe(sql<{ id: string }>`
      select id from payments where coach_id = ${coachId} and entitlement_id = ${entitlementId} and captured_minor > 0
      for no key update`);
    if (locked === undefined) return undefined;
    // Read under the lock, in a statement of its own. What was kept for the coach and is there no more has gone back.
    return this.database.one(sql<PackagePayment>`
      select p.coach_id as "coachId", p.id as "paymentId", p.currency, p.captured_minor as "capturedMinor",
        p.application_fee_minor as "applicationFeeMinor",
        greatest(0, p.captured_minor - p.application_fee_minor + booked.minor + open.minor - open.fee_minor)::bigint as "coachBearsMinor",
        least(p.application_fee_minor, p.fee_returned_minor + open.fee_minor)::bigint as "feeReturnedMinor"
      from payments p
      cross join lateral (
        select coalesce(sum(e.amount_minor), 0) as minor
        from ledger_transactions t join ledger_entries e on e.coach_id = t.coach_id and e.transaction_id = t.id
        where t.coach_id = p.coach_id and t.payment_id = p.id and e.account in ('coach', 'deferred_packages')) booked
      cross join lateral (
        select coalesce(sum(r.amount_minor), 0) as minor, coalesce(sum(r.estimated_fee_returned_minor), 0) as fee_minor
        from refunds r
        where r.coach_id = p.coach_id and r.payment_id = p.id and r.status not in ('succeeded', 'failed')) open
      where p.coach_id = ${coachId} and p.id = ${locked.id}`);
  }

  /**
   * Books what was earned since, and takes back what was earned no more. Under the payment's lock; nothing when the books
   * say so already.
   *
   * @param due all earnings of the package, as they ought to be; what is not among them is worth nothing
   */
  async settle({ coachId, paymentId, currency }: PackagePayment, due: readonly Earning[]): Promise<void> {
    const booked = await this.booked(coachId, paymentId);
    const subjects = new Set([...booked, ...due].map(({ subject }) => subject));
    const at = await this.clock.now();
    const statements = [...subjects].flatMap((subject) => {
      const is = booked.find((each) => each.subject === subject);
      const ought = due.find((each) => each.subject === subject);
      const { kind } = ought ?? is ?? { kind: 'delivery' };
      const missing = (ought?.amountMinor ?? 0) - (is?.amountMinor ?? 0);
      const postings = earningPostings(Math.abs(missing));
      return insertLedger({
        coachId,
        paymentId,
        kind: missing > 0 ? kind : undone(kind),
        reference: `${subject}:${(is?.movements ?? 0) + 1}`,
        currency,
        at,
        postings: missing > 0 ? postings : reversed(postings),
      });
    });
    if (statements.length > 0) await this.database.execute(together(...statements));
  }

  private async booked(coachId: string, paymentId: string): Promise<BookedEarning[]> {
    return this.database.many(sql<BookedEarning>`
      select replace(min(t.kind), '_undone', '') as kind, split_part(t.reference, ':', 1) as subject,
        (-sum(e.amount_minor))::bigint as "amountMinor", count(*)::int as movements
      from ledger_transactions t
      join ledger_entries e on e.coach_id = t.coach_id and e.transaction_id = t.id and e.account = 'coach'
      where t.coach_id = ${coachId} and t.payment_id = ${paymentId} and t.reference <> 'deferral'
        and t.kind in ('delivery', 'delivery_undone', 'breakage', 'breakage_undone')
      group by split_part(t.reference, ':', 1)`);
  }
}

function undone(kind: Earning['kind']): LedgerKind {
  return kind === 'delivery' ? 'delivery_undone' : 'breakage_undone';
}
