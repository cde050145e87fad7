-- A refund that waits for Stripe has a job that is still to be done, or is visible as dead, or waits for the end of a dispute.
select r.coach_id, r.id as refund_id, r.requested_at
from refunds r
where r.status = 'pending'
  and not exists (select from disputes d
    where d.coach_id = r.coach_id and d.payment_id = r.payment_id
      and d.status in ('needs_response', 'under_review', 'appeal_needs_response', 'appeal_under_review'))
  and not exists (
  select 1 from outbox_messages m
  where m.coach_id = r.coach_id and m.type = 'payments.refund_requested' and m.payload ->> 'refundId' = r.id::text
    and (m.published_at is null or exists (
      select 1 from outbox_deliveries d
      where d.coach_id = m.coach_id and d.message_id = m.id and d.job = 'issue-refund' and d.done_at is null)));
