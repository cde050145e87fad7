-- Whoever has a usable card has one default for the coach.
select coach_id, client_id, count(*) filter (where is_default) as defaults
from payment_methods
where status = 'usable'
group by coach_id, client_id
having count(*) filter (where is_default) <> 1;
