-- A sent notification says when and with which subject; a suppressed one says why.
select coach_id, id, state
from notifications
where (state = 'sent' and (sent_at is null or subject is null))
   or (state = 'suppressed' and suppressed_reason is null)
   or (state in ('bounced', 'dead') and last_error is null);
