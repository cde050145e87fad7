import { Injectable } from '@nestjs/common';
import { Database, sql } from '@app/database';
import { PackageEarnings, type Earning, type PackagePayment } from '@app/payments';
import { placesOf, type PlaceRow } from './credit-places';
import { placeRevenues, type PlaceRevenue } from './domain/package-revenue';

/** One place with what it is worth. */
type ValuedPlace = PlaceRow & PlaceRevenue;

/** What coaches earn by packages: deferred until a session is delivered or a credit lapses (domain.md 11, ADR 0013). */
@Injectable()
export class PackageRevenue {
  constructor(
    private readonly database: Database,
    private readonly earnings: PackageEarnings,
  ) {}

  /** Job: books what a package has earned as things stand, whatever happened; nothing when the books say so already. */
  async settle(coachId: string, entitlementId: string): Promise<void> {
    await this.database.transaction(async () => {
      const payment = await this.earnings.lock(coachId, entitlementId);
      if (payment === undefined) return;
      const places = await this.valued(payment, entitlementId);
      await this.earnings.settle(payment, earned(payment, entitlementId, places));
      await this.writeRevenues(coachId, entitlementId, places);
    });
    // A transaction of its own: a session is locked before a payment.
    await this.database.transaction(() => this.writeNets(coachId, entitlementId));
  }

  /** Job: the same by a payment; one for a session changes nothing. */
  async followPayment(coachId: string, paymentId: string): Promise<void> {
    const paid = await this.database.maybe(sql<{ entitlementId: string }>`
      select entitlement_id as "entitlementId" from payments
      where coach_id = ${coachId} and id = ${paymentId} and entitlement_id is not null`);
    if (paid !== undefined) await this.settle(coachId, paid.entitlementId);
  }

  /** None before the credits were granted. */
  private async valued(payment: PackagePayment, entitlementId: string): Promise<ValuedPlace[]> {
    const places = await this.database.many(placesOf(payment.coachId, entitlementId));
    if (places.length === 0) return [];
    const revenues = placeRevenues(
      {
        priceMinor: payment.capturedMinor,
        feeMinor: payment.applicationFeeMinor,
        sessionCount: places.length,
        coachBearsMinor: payment.coachBearsMinor,
        feeReturnedMinor: payment.feeReturnedMinor,
      },
      places.map(({ state }) => state),
    );
    return places.flatMap((place, index) => {
      const revenue = revenues[index];
      return revenue === undefined ? [] : [{ ...place, ...revenue }];
    });
  }

  private async writeRevenues(coachId: string, entitlementId: string, places: ValuedPlace[]): Promise<void> {
    const delivered = places.filter(({ state }) => state === 'delivered');
    await this.database.execute(sql`
      with due as (
        select * from jsonb_to_recordset(${JSON.stringify(delivered)}::jsonb) as d("sessionId" uuid, "entryId" uuid,
          "grossMinor" bigint, "feeMinor" bigint, "refundedMinor" bigint, "netMinor" bigint)),
      gone as (
        delete from package_session_revenues r
        where r.coach_id = ${coachId} and r.entitlement_id = ${entitlementId}
          and not exists (select from due where due."sessionId" = r.session_id))
      insert into package_session_revenues as r
        (coach_id, session_id, entitlement_id, entry_id, gross_minor, fee_minor, refunded_minor, net_minor)
      select ${coachId}::uuid, "sessionId", ${entitlementId}::uuid, "entryId", "grossMinor", "feeMinor", "refundedMinor", "netMinor"
      from due
      on conflict (coach_id, session_id) do update set entitlement_id = excluded.entitlement_id, entry_id = excluded.entry_id,
        gross_minor = excluded.gross_minor, fee_minor = excluded.fee_minor, refunded_minor = excluded.refunded_minor,
        net_minor = excluded.net_minor
      where (r.entitlement_id, r.entry_id, r.gross_minor, r.fee_minor, r.refunded_minor)
        is distinct from (excluded.entitlement_id, excluded.entry_id, excluded.gross_minor, excluded.fee_minor, excluded.refunded_minor)`);
  }

  /** What lists sort by. Read under the sessions' locks, so that the newest is written, whoever comes last. */
  private async writeNets(coachId: string, entitlementId: string): Promise<void> {
    const stale = await this.database.many(sql<{ id: string }>`
      select s.id from sessions s
      left join package_session_revenues r on r.coach_id = s.coach_id and r.session_id = s.id
      where s.coach_id = ${coachId} and s.entitlement_id = ${entitlementId} and s.funding = 'package'
        and s.net_minor <> coalesce(r.net_minor, 0)
      order by s.id for no key update of s`);
    if (stale.length === 0) return;
    await this.database.execute(sql`
      update sessions s set net_minor = fresh.net_minor, version = s.version + 1
      from (
        select o.id, coalesce(r.net_minor, 0) as net_minor from unnest(${stale.map(({ id }) => id)}::uuid[]) as o (id)
        left join package_session_revenues r on r.coach_id = ${coachId} and r.session_id = o.id) fresh
      where s.coach_id = ${coachId} and s.id = fresh.id and s.net_minor <> fresh.net_minor`);
  }
}

/** One earning for each session that was delivered, and one for all credits that nobody will use any more. */
function earned(payment: PackagePayment, entitlementId: string, places: ValuedPlace[]): Earning[] {
  const delivered = places
    .filter(({ state }) => state === 'delivered')
    .map(({ entryId, netMinor }): Earning => ({
      kind: 'delivery',
      subject: entryId,
      amountMinor: netMinor,
    }));
  const lapsedMinor = places
    .filter(({ state }) => state === 'lapsed' || state === 'refunded')
    .reduce((sum, { netMinor }) => sum + netMinor, 0);
  // A lost dispute takes from the coach what the platform keeps as its fee, too: more than the package could earn.
  const { capturedMinor, applicationFeeMinor, coachBearsMinor } = payment;
  const lostMinor = Math.max(0, coachBearsMinor - (capturedMinor - applicationFeeMinor));
  return [...delivered, { kind: 'breakage', subject: entitlementId, amountMinor: lapsedMinor - lostMinor }];
}
