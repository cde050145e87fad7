-- A session has one payment at most that can still be paid: any other is canceled, or is being called off.
select coach_id, session_id, count(*) as payments
from payments
where session_id is not null and status in ('requires_payment', 'processing', 'failed') and released_at is null
group by coach_id, session_id having count(*) > 1;
