-- No proposal waits for an answer for more than two minutes after its end.
select coach_id, id as proposal_id, session_id, expires_at
from reschedule_proposals
where status = 'open' and expires_at < app_now() - interval '2 minutes';
