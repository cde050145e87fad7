-- The books of one payment are read with each notice about it: never through all of its coach's.
create index ledger_transactions_payment on ledger_transactions (coach_id, payment_id, id);

-- What waits for the time of its charge is not asked about at Stripe: the sweep need not pass it by each time.
drop index payments_open;
create index payments_open on payments (coalesce(next_sync_at, updated_at))
  where status in ('requires_payment', 'processing', 'failed') and charge_state is distinct from 'planned';
