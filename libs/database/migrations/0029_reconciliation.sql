-- Comparing our money with Stripe's (docs/adr/0018-reconciliation.md). Amounts are minor units; times are business time.

create table reconciliation_runs (
  id uuid primary key,
  kind text not null check (kind in ('hourly', 'daily', 'requested')),
  window_from timestamptz not null,
  window_to timestamptz not null,
  requested_by uuid references accounts,
  requested_at timestamptz not null,
  -- When the worker began it, the last time.
  started_at timestamptz,
  finished_at timestamptz,
  -- How many were compared: listed at Stripe, and of ours in the window.
  payments_there integer not null default 0,
  payments_here integer not null default 0,
  refunds_there integer not null default 0,
  refunds_here integer not null default 0,
  disputes_there integer not null default 0,
  disputes_here integer not null default 0,
  -- Payments that were read again one by one, and what came of it.
  looked_at integer not null default 0,
  found integer not null default 0,
  mended integer not null default 0,
  raised integer not null default 0,
  resolved integer not null default 0,
  check (window_from < window_to),
  check (started_at is not null or finished_at is null)
);
create index reconciliation_runs_kind on reconciliation_runs (kind, requested_at desc);

-- What Stripe has listed in a run. That of the last finished run is kept, so that it can be checked against what we have.
create table reconciliation_listing (
  run_id uuid not null references reconciliation_runs on delete cascade,
  kind text not null check (kind in ('payment', 'refund', 'dispute')),
  stripe_id text not null,
  stripe_payment_intent_id text not null,
  status text not null,
  amount_minor bigint not null,
  currency char(3) not null,
  -- Of payments: what has gone back of it, of the platform's fee, and of the coach's transfer.
  refunded_minor bigint not null default 0,
  fee_returned_minor bigint not null default 0,
  transfer_reversed_minor bigint not null default 0,
  -- When Stripe has made it, or the charge of it.
  made_at timestamptz not null,
  -- Our ids in its metadata.
  coach_id uuid,
  payment_id uuid,
  primary key (run_id, kind, stripe_id)
);

create table reconciliation_differences (
  id uuid primary key,
  kind text not null,
  -- found: not mended yet, tried again by the next run. raised: a person must decide. mended: brought in line by us.
  -- resolved: a later run found both sides equal.
  state text not null check (state in ('found', 'raised', 'mended', 'resolved')),
  object_type text not null check (object_type in ('payment', 'refund', 'dispute')),
  -- Stripe's id, or ours of what Stripe does not have.
  object_id text not null,
  stripe_payment_intent_id text not null,
  -- Of the payment; null for what is nobody's here.
  coach_id uuid references coaches,
  payment_id uuid,
  ours jsonb not null,
  theirs jsonb not null,
  -- Why it could not be mended.
  mend_failure text,
  first_run_id uuid not null references reconciliation_runs,
  last_run_id uuid not null references reconciliation_runs,
  found_at timestamptz not null,
  last_seen_at timestamptz not null,
  raised_at timestamptz,
  mended_at timestamptz,
  resolved_at timestamptz,
  check ((mended_at is not null) = (state = 'mended')),
  check ((resolved_at is not null) = (state = 'resolved')),
  check (state <> 'raised' or raised_at is not null)
);
-- Until it is settled, a difference is one row, however often it is met.
create unique index reconciliation_differences_open on reconciliation_differences (kind, object_id)
  where state in ('found', 'raised');
create index reconciliation_differences_state on reconciliation_differences (state, id);
create index reconciliation_differences_intent on reconciliation_differences (stripe_payment_intent_id);

-- Our rows of a window.
create index payments_paid on payments (paid_at) where paid_at is not null;
create index refunds_submitted on refunds (submitted_at) where submitted_at is not null;
create index disputes_opened on disputes (opened_at);
