import { sql, type RawBuilder } from '@app/database';

/** What a session has brought in, minor units of its currency; with what is kept: gross − fee − refunded. */
export interface RevenueOfSession {
  grossMinor: number;
  /** The platform's, without what it gave back. */
  feeMinor: number;
  refundedMinor: number;
}

/**
 * Price and revenue of `sessions s` (A33, A131). A session that a package pays costs its credit's share of the package's
 * price, nothing if the coach gave the credit on top, and brings it in once it is delivered. Each row asks for its own
 * kind of money only.
 */
export const revenueColumns: RawBuilder<unknown> = sql`
  case when s.funding = 'package' then coalesce((
    select share_of_place(e.price_minor, e.session_count, t.places[1])
    from credit_entries t join entitlements e on e.coach_id = t.coach_id and e.id = t.entitlement_id
    where t.coach_id = s.coach_id and t.session_id = s.id and t.kind = 'debit' and t.turn = (
      select max(l.turn) from credit_entries l
      where l.coach_id = s.coach_id and l.session_id = s.id and l.kind = 'debit')), 0)
  else s.price_minor end as "priceMinor",
  case s.funding when 'package' then (
    select jsonb_build_object('grossMinor', r.gross_minor, 'feeMinor', r.fee_minor, 'refundedMinor', r.refunded_minor)
    from package_session_revenues r where r.coach_id = s.coach_id and r.session_id = s.id)
  when 'free' then null else (
    select jsonb_build_object('grossMinor', coalesce(sum(p.captured_minor), 0), 'refundedMinor', coalesce(sum(p.refunded_minor), 0),
      'feeMinor', coalesce(sum(p.application_fee_minor - p.fee_returned_minor), 0))
    from payments p where p.coach_id = s.coach_id and p.session_id = s.id and p.captured_minor > 0) end as revenue`;
