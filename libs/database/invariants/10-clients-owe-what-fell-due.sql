-- The client account of a payment is its amount while it has fallen due and is not paid, and zero otherwise.
select p.coach_id, p.id as payment_id, p.status, booked.owed_minor
from payments p
cross join lateral (
  select coalesce(sum(e.amount_minor), 0) as owed_minor
  from ledger_transactions t join ledger_entries e on e.coach_id = t.coach_id and e.transaction_id = t.id
  where t.coach_id = p.coach_id and t.payment_id = p.id and e.account = 'client') booked
where booked.owed_minor <> case
  when p.fell_due_at is not null and p.status in ('requires_payment', 'processing', 'failed') then p.amount_minor
  else 0 end;
