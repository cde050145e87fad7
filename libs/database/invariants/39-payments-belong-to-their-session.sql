-- A payment is of the client whose session or entitlement it pays, in its currency and for its price.
select p.coach_id, p.id as payment_id, p.session_id, p.entitlement_id
from payments p left join sessions s on s.coach_id = p.coach_id and s.id = p.session_id
where p.session_id is not null
  and (s.id is null or s.client_id <> p.client_id or s.currency <> p.currency or s.price_minor <> p.amount_minor)
union all
select p.coach_id, p.id, p.session_id, p.entitlement_id
from payments p left join entitlements e on e.coach_id = p.coach_id and e.id = p.entitlement_id
where p.entitlement_id is not null
  and (e.id is null or e.client_id <> p.client_id or e.currency <> p.currency or e.price_minor <> p.amount_minor);
