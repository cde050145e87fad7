-- No hold outlives its end by more than two minutes, or an hour more while its payment is being processed (I5).
select coach_id, id as session_id, hold_expires_at, payment_status
from sessions
where status = 'held'
  and hold_expires_at < app_now() - interval '2 minutes'
    - case when payment_status = 'processing' then interval '1 hour' else interval '0' end;
