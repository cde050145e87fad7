-- A comparison with Stripe that is not finished has a job that is still to be done, or is visible as dead.
select r.id, r.kind, r.requested_at
from reconciliation_runs r
where r.finished_at is null and not exists (
  select 1 from outbox_messages m
  where m.type = 'payments.reconciliation_requested' and m.payload ->> 'runId' = r.id::text
    and (m.published_at is null or exists (
      select 1 from outbox_deliveries d
      where d.coach_id = m.coach_id and d.message_id = m.id and d.job = 'reconcile' and d.done_at is null)));
