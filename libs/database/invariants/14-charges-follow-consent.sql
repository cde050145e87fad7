-- Nothing fell due for a client who has not accepted the session's terms, and nothing but the price, or what a marking or a
-- cancelling decided on; terms that an edit of a series brought later do not undo what was owed by the former ones.
select p.coach_id, p.session_id, p.id as payment_id, p.reason, p.amount_minor
from payments p
join sessions s on s.coach_id = p.coach_id and s.id = p.session_id
where p.mode = 'off_session' and p.fell_due_at is not null and (
  (s.policy_accepted_at is null and not exists (
    select from session_timeline t where t.coach_id = s.coach_id and t.session_id = s.id and t.details ? 'newPolicyId'))
  or (p.reason = 'late_cancellation' and not exists (
    select from cancellation_charges c
    where c.coach_id = p.coach_id and c.payment_id = p.id and c.owed_minor = p.amount_minor)));
