import { Injectable } from '@nestjs/common';
import { Database, sql } from '@app/database';
import { NOTICE_DAYS } from './domain/expiry';
import { ENTITLEMENT_CANCELLED, ENTITLEMENT_EXPIRED, EXPIRY_NEAR } from './packages.events';

/** The business time, asked for once in a statement. */
const NOW = sql`(select app_now())`;
/** The day that it is for the coach. An instant has one local time in each zone, so SQL may say it. */
const TODAY = sql`(${NOW} at time zone c.timezone)::date`;
/** The day is never further ahead than this anywhere: what an index can find. */
const LATEST_TODAY = sql`((${NOW} at time zone 'UTC')::date + 1)`;

/** Time-driven changes of entitlements, in sets: two workers never meet (skip locked), and downtime is caught up at once. */
@Injectable()
export class EntitlementSweeps {
  constructor(private readonly database: Database) {}

  /** What was not paid in time is called off; its payment follows by the event. @returns how many */
  async cancelUnpaid(most: number): Promise<number> {
    const { count } = await this.database.one(sql<{ count: number }>`
      with due as materialized (
        select e.coach_id, e.id from entitlements e
        where e.status = 'awaiting_payment' and e.awaits_payment_until <= ${NOW}
          and not exists (select from payments p
            where p.coach_id = e.coach_id and p.entitlement_id = e.id and (p.captured_minor > 0
              or (p.status = 'processing' and e.awaits_payment_until > ${NOW} - interval '1 hour')))
        order by e.awaits_payment_until limit ${most} for no key update skip locked),
      changed as (
        update entitlements e set status = 'cancelled', version = e.version + 1, updated_at = ${NOW}
        from due where e.coach_id = due.coach_id and e.id = due.id
        returning e.coach_id, e.id, e.version),
      audit as (
        insert into audit_entries (coach_id, id, at, actor_kind, action, object_type, object_id, object_version, before, after)
        select coach_id, uuidv7(), ${NOW}, 'worker', 'entitlement.cancel', 'entitlement', id, version,
          '{"status": "awaiting_payment"}', '{"status": "cancelled"}'
        from changed),
      messages as (
        insert into outbox_messages (coach_id, id, type, payload)
        select e.coach_id, uuidv7(), ${ENTITLEMENT_CANCELLED}, jsonb_build_object('entitlementId', e.id, 'paymentId', p.id)
        from changed e join payments p on p.coach_id = e.coach_id and p.entitlement_id = e.id)
      select count(*)::int as count from changed`);
    return count;
  }

  /** Once the last day has ended where the coach lives, what is left expires, as an entry of the ledger. @returns how many */
  async expireDue(most: number): Promise<number> {
    const { count } = await this.database.one(sql<{ count: number }>`
      with due as materialized (
        select e.coach_id, e.id, e.remaining from entitlements e join coaches c on c.coach_id = e.coach_id
        where e.status = 'active' and e.expires_on < ${LATEST_TODAY} and e.expires_on < ${TODAY}
        order by e.expires_on limit ${most} for no key update of e skip locked),
      changed as (
        update entitlements e set status = 'expired', remaining = 0, version = e.version + 1, updated_at = ${NOW}
        from due where e.coach_id = due.coach_id and e.id = due.id
        returning e.coach_id, e.id, e.version, e.expires_on, due.remaining as lost),
      entries as (
        insert into credit_entries (coach_id, id, entitlement_id, kind, amount, cause, actor_kind, at)
        select coach_id, uuidv7(), id, 'expire', -lost, 'expired', 'worker', ${NOW} from changed where lost > 0),
      audit as (
        insert into audit_entries (coach_id, id, at, actor_kind, action, object_type, object_id, object_version, before, after)
        select coach_id, uuidv7(), ${NOW}, 'worker', 'entitlement.expire', 'entitlement', id, version,
          jsonb_build_object('status', 'active', 'remaining', lost), '{"status": "expired", "remaining": 0}'
        from changed),
      messages as (
        insert into outbox_messages (coach_id, id, type, payload)
        select coach_id, uuidv7(), ${ENTITLEMENT_EXPIRED}, jsonb_build_object('entitlementId', id, 'expiresOn', expires_on::text)
        from changed)
      select count(*)::int as count from changed`);
    return count;
  }

  /**
   * Announces, once for each expiry date, that credits are about to expire: 14 local days of the coach before, or as soon
   * as the date is set when fewer are left; not while none remains.
   *
   * @returns how many
   */
  async announceExpiring(most: number): Promise<number> {
    const { count } = await this.database.one(sql<{ count: number }>`
      with due as materialized (
        select e.coach_id, e.id from entitlements e join coaches c on c.coach_id = e.coach_id
        where e.status = 'active' and e.remaining > 0 and e.notified_expiry_on is distinct from e.expires_on
          and e.expires_on <= ${LATEST_TODAY} + ${NOTICE_DAYS}::int
          and ${TODAY} between e.expires_on - ${NOTICE_DAYS}::int and e.expires_on
        order by e.expires_on limit ${most} for no key update of e skip locked),
      changed as (
        update entitlements e set notified_expiry_on = e.expires_on
        from due where e.coach_id = due.coach_id and e.id = due.id
        returning e.coach_id, e.id, e.expires_on),
      messages as (
        insert into outbox_messages (coach_id, id, type, payload)
        select coach_id, uuidv7(), ${EXPIRY_NEAR}, jsonb_build_object('entitlementId', id, 'expiresOn', expires_on::text)
        from changed)
      select count(*)::int as count from changed`);
    return count;
  }
}
