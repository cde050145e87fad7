-- What a marking gave back is exactly one refund of that sum, and each refund for a no-show has the marking that decided it.
select coalesce(n.coach_id, r.coach_id) as coach_id, n.id as no_show_id, r.id as refund_id, n.refund_minor, r.amount_minor
from (select * from no_shows where refund_id is not null) n
full join (select * from refunds where reason = 'no_show') r on r.coach_id = n.coach_id and r.id = n.refund_id
where n.id is null or r.id is null or r.amount_minor <> n.refund_minor or r.session_id is distinct from n.session_id;
