-- A payment is of the client whose session it pays, in the session's currency and for its price.
select p.coach_id, p.id as payment_id, p.session_id
from payments p left join sessions s on s.coach_id = p.coach_id and s.id = p.session_id
where s.id is null or s.client_id <> p.client_id or s.currency <> p.currency or s.price_minor <> p.amount_minor;
