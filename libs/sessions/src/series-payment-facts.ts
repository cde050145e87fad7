import type { LocalDate } from '@app/common';
import { sql, type RawBuilder } from '@app/database';
import type { PolicyRules } from '@app/offerings';
import { isDisputeLost, paymentThatCounts } from '@app/payments';
import type { Funding, SessionStatus } from './session-record';

/** How a session of a series is paid at present, and what was paid. Amounts are minor units of its currency. */
export interface SessionPaying {
  sessionId: string;
  status: SessionStatus;
  startsAt: Date;
  funding: Funding;
  priceMinor: number;
  currency: string;
  policyRules: PolicyRules;
  /** The credit that it holds: neither given back nor final. */
  credit: {
    entitlementId: string;
    packageName: string;
    offeringIds: string[];
    expiresOn: LocalDate;
    expiryMeaning: 'bookBy' | 'useBy';
    /** Of a package that was refunded: what is left of its payment, and what of it this credit is worth; else null. */
    share: { paymentId: string; worthMinor: number; leftMinor: number; isDisputed: boolean } | null;
  } | null;
  /** The payment that counts, as `PaymentQueries.forSession` finds it. */
  payment: {
    id: string;
    /** Nothing is to be paid by it any more, and nothing was: one that was called off may turn out paid, and kept. */
    isCanceled: boolean;
    /** A bank has it. */
    isUnderWay: boolean;
    amountMinor: number;
    capturedMinor: number;
    /** Also what is on its way. */
    refundedMinor: number;
    isDisputed: boolean;
    /** Nothing can go back any more. */
    isDisputeLost: boolean;
    dueAt: string | null;
  } | null;
}

/** What pays these sessions, in one statement. */
export function paymentsOfSessions(
  coachId: string,
  sessionIds: readonly string[],
): RawBuilder<SessionPaying> {
  return sql<SessionPaying>`
    select s.id as "sessionId", s.status, s.starts_at as "startsAt", s.funding, s.price_minor as "priceMinor", s.currency,
      s.policy_rules as "policyRules", held.credit, paid.payment
    from sessions s
    left join lateral (
      select jsonb_build_object('entitlementId', e.id, 'packageName', e.package_name, 'offeringIds', e.offering_ids,
        'expiresOn', e.expires_on, 'expiryMeaning', e.expiry_meaning,
        'share', case when e.status = 'refunded' then jsonb_build_object('paymentId', p.id, 'isDisputed', p.status = 'disputed',
          'worthMinor', coalesce(share_of_place(e.price_minor, e.session_count, d.places[1]), 0),
          'leftMinor', case when ${isDisputeLost} then 0 else p.captured_minor - p.refunded_minor end) end) as credit
      from credit_entries d join entitlements e on e.coach_id = d.coach_id and e.id = d.entitlement_id
      join payments p on p.coach_id = e.coach_id and p.entitlement_id = e.id
      where d.coach_id = s.coach_id and d.session_id = s.id and d.kind = 'debit'
        and not exists (select from credit_entries r
          where r.coach_id = d.coach_id and r.session_id = d.session_id and r.turn = d.turn and r.kind in ('restore', 'forfeit'))
      limit 1) held on true
    left join lateral (
      select jsonb_build_object('id', p.id,
        'isCanceled', p.status = 'canceled' or (p.released_at is not null and p.captured_minor = 0),
        'isUnderWay', p.status = 'processing',
        'amountMinor', p.amount_minor, 'capturedMinor', p.captured_minor, 'refundedMinor', p.refunded_minor,
        'isDisputed', p.status = 'disputed', 'isDisputeLost', ${isDisputeLost},
        'dueAt', to_char(p.due_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) as payment
      from payments p where p.coach_id = s.coach_id and p.session_id = s.id
      order by ${paymentThatCounts} limit 1) paid on true
    where s.coach_id = ${coachId}::uuid and s.id = any(${[...sessionIds]}::uuid[])`;
}
