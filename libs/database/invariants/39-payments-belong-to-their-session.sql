-- A payment is of the client whose session or entitlement it pays, in its currency and for its price; what is owed for a
-- missed session or a late cancellation is at most the price, and what was called off need not fit any more.
select p.coach_id, p.id as payment_id, p.session_id, p.entitlement_id
from payments p left join sessions s on s.coach_id = p.coach_id and s.id = p.session_id
where p.session_id is not null
  and (s.id is null or s.client_id <> p.client_id or s.currency <> p.currency
    or case
      when p.mode = 'off_session' and (p.status = 'canceled' or p.released_at is not null) then false
      when p.reason in ('no_show', 'late_cancellation') then p.amount_minor > s.price_minor
      else s.price_minor <> p.amount_minor end)
union all
select p.coach_id, p.id, p.session_id, p.entitlement_id
from payments p left join entitlements e on e.coach_id = p.coach_id and e.id = p.entitlement_id
where p.entitlement_id is not null
  and (e.id is null or e.client_id <> p.client_id or e.currency <> p.currency or e.price_minor <> p.amount_minor);
