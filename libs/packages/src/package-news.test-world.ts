import { newId } from '@app/common';
import { sql, type RawBuilder } from '@app/database';

/** Stripe has the money of a package: what reading its PaymentIntent would write. */
export function captured(coachId: string, entitlementId: string): RawBuilder<{ id: string }> {
  return sql<{ id: string }>`
    with paid as (
      update payments set status = 'paid', captured_minor = amount_minor, paid_at = app_now(), updated_at = app_now(),
        stripe_payment_intent_id = 'pi_' || id, stripe_charge_id = 'ch_' || id
      where coach_id = ${coachId} and entitlement_id = ${entitlementId}
      returning coach_id, id, currency, amount_minor, application_fee_minor, uuidv7() as movement),
    movements as (
      insert into ledger_transactions (coach_id, id, kind, payment_id, at)
      select coach_id, movement, 'capture', id, app_now() from paid),
    entries as (
      insert into ledger_entries (coach_id, transaction_id, account, currency, amount_minor)
      select coach_id, movement, each.account, currency, each.minor
      from paid cross join lateral (values ('stripe_clearing', amount_minor),
        ('deferred_packages', application_fee_minor - amount_minor), ('platform_fee', -application_fee_minor)) each (account, minor)
      where each.minor <> 0)
    select id from paid`;
}

/** All refunds of a package have succeeded: what reading them at Stripe would write. */
export function refundsSucceeded(coachId: string, entitlementId: string): RawBuilder<unknown> {
  return sql`
    with done as (
      update refunds r set status = 'succeeded', fee_returned_minor = r.estimated_fee_returned_minor,
        transfer_reversed_minor = r.amount_minor, stripe_refund_id = 're_' || r.id, settled_at = app_now()
      from payments p
      where p.coach_id = ${coachId} and p.entitlement_id = ${entitlementId} and r.coach_id = p.coach_id and r.payment_id = p.id
        and r.status = 'pending'
      returning r.coach_id, r.id, r.payment_id, r.currency, r.amount_minor, r.fee_returned_minor, uuidv7() as movement),
    movements as (
      insert into ledger_transactions (coach_id, id, kind, payment_id, refund_id, refund_attempt, at)
      select coach_id, movement, 'refund', payment_id, id, 1, app_now() from done),
    entries as (
      insert into ledger_entries (coach_id, transaction_id, account, currency, amount_minor)
      select coach_id, movement, each.account, currency, each.minor
      from done cross join lateral (values ('stripe_clearing', -amount_minor),
        ('deferred_packages', amount_minor - fee_returned_minor), ('platform_fee', fee_returned_minor)) each (account, minor)
      where each.minor <> 0)
    update payments p set fee_returned_minor = p.fee_returned_minor + total.fee_minor, version = p.version + 1,
      status = case when p.refunded_minor = p.captured_minor then 'refunded' else 'partially_refunded' end
    from (select coach_id, payment_id, sum(fee_returned_minor) as fee_minor from done group by coach_id, payment_id) total
    where p.coach_id = total.coach_id and p.id = total.payment_id`;
}

/** The row of a session that a package pays: all of it that the ledger's readers look at. Its triggers are off. */
export function sessionOver(
  { coachId, clientId, offeringId }: { coachId: string; clientId: string; offeringId: string },
  sessionId: string,
  entitlementId: string,
  status: 'completed' | 'no_show',
): RawBuilder<unknown> {
  return sql`
    insert into sessions (coach_id, id, client_id, offering_id, entitlement_id, status, no_show_by, starts_at, ends_at, local_start, timezone,
      before_minutes, after_minutes, offering_name, funding, price_minor, currency, policy_id, policy_rules, client_sort_name,
      payment_status, booked_at, booked_by, updated_at)
    values (${coachId}::uuid, ${sessionId}::uuid, ${clientId}::uuid, ${offeringId}::uuid, ${entitlementId}::uuid, ${status},
      ${status === 'no_show' ? 'client' : null}::text, app_now(), app_now() + interval '1 hour', '2027-01-01T10:00:00',
      'Europe/Berlin', 0, 0, 'Session', 'package', 9000, 'EUR', ${newId()}::uuid, '{}'::jsonb, 'client',
      'covered_by_package', app_now(), 'client', app_now())`;
}
