-- A refund for a cancellation or a late payment belongs to a session that is cancelled.
select r.coach_id, r.id as refund_id, r.reason, s.status
from refunds r left join sessions s on s.coach_id = r.coach_id and s.id = r.session_id
where r.reason in ('session_cancelled', 'late_payment') and s.status is distinct from 'cancelled';
