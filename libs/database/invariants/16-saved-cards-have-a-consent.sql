-- A card that may be used was agreed to by the client it belongs to, before it was saved.
select m.coach_id, m.id
from payment_methods m
join clients l on l.coach_id = m.coach_id and l.id = m.client_id
left join card_consents c on c.coach_id = m.coach_id and c.setup_id = m.setup_id and c.client_id = m.client_id
where m.status = 'usable' and (c.setup_id is null or c.given_at > m.created_at or c.given_by is distinct from l.account_id);
