-- When Stripe is asked about a row again though it has announced nothing (domain.md 12). Null: not asked since the row
-- has changed; infinity: nothing more is expected. Business time.

alter table payments add column next_sync_at timestamptz;
alter table refunds add column next_sync_at timestamptz;

drop index payments_open;
create index payments_open on payments (coalesce(next_sync_at, updated_at))
  where status in ('requires_payment', 'processing', 'failed');

-- What has succeeded can still fail later.
drop index refunds_open;
create index refunds_open on refunds (coalesce(next_sync_at, updated_at))
  where status in ('pending', 'submitted', 'succeeded');

-- A payment that came too late is decided on once; whatever became of that refund, there is no second one.
create unique index refunds_one_per_late_payment on refunds (coach_id, payment_id) where reason = 'late_payment';
