-- No session is paid twice.
select coach_id, session_id, count(*) as payments
from payments where captured_minor > 0 and session_id is not null
group by coach_id, session_id having count(*) > 1;
