-- Disputes: a client's bank takes a payment back, or (while `warning_…`) only asks about it (domain.md 12).

create table disputes (
  coach_id uuid not null references coaches,
  id uuid not null,
  payment_id uuid not null,
  stripe_dispute_id text not null unique,
  amount_minor bigint not null check (amount_minor > 0),
  currency char(3) not null,
  -- Stripe's words.
  reason text not null,
  status text not null check (status in ('warning_needs_response', 'warning_under_review', 'warning_closed', 'needs_response',
    'under_review', 'appeal_needs_response', 'appeal_under_review', 'lost', 'won', 'prevented')),
  evidence_due_at timestamptz,
  opened_at timestamptz not null,
  -- When we learned that it is decided.
  closed_at timestamptz,
  -- What Stripe took from the platform, and gave back when the dispute was won.
  withdrawn_minor bigint not null default 0 check (withdrawn_minor >= 0),
  reinstated_minor bigint not null default 0 check (reinstated_minor >= 0),
  -- Stripe's fee for the dispute, borne by the platform; in the currency that Stripe settles in.
  fee_minor bigint not null default 0 check (fee_minor >= 0),
  fee_returned_minor bigint not null default 0 check (fee_returned_minor >= 0),
  fee_currency char(3),
  -- Of the coach's part: reversing and returning are calls whose end is not known yet.
  transfer_state text not null default 'none' check (transfer_state in ('none', 'reversing', 'reversed', 'returning', 'returned')),
  transfer_asked_minor bigint check (transfer_asked_minor > 0),
  transfer_asked_at timestamptz,
  transfer_reversed_minor bigint not null default 0 check (transfer_reversed_minor >= 0),
  transfer_returned_minor bigint not null default 0 check (transfer_returned_minor >= 0),
  -- Why Stripe refused the last try; it is tried again.
  transfer_failure_code text,
  stripe_return_id text unique,
  -- Of what was returned, taken back again for refunds made later, whose own transfer is gone.
  taken_back_minor bigint not null default 0 check (taken_back_minor >= 0),
  -- Rises only when Stripe has definitely refused to move the money.
  stripe_key_number integer not null default 1,
  next_sync_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  version integer not null default 1,
  primary key (coach_id, id),
  foreign key (coach_id, payment_id, currency) references payments (coach_id, id, currency),
  check (reinstated_minor <= withdrawn_minor),
  check (fee_returned_minor <= fee_minor),
  check (transfer_reversed_minor <= withdrawn_minor),
  check (transfer_returned_minor <= transfer_reversed_minor),
  check (taken_back_minor <= transfer_returned_minor),
  check ((closed_at is not null) = (status in ('warning_closed', 'lost', 'won', 'prevented'))),
  check ((transfer_state in ('reversing', 'returning')) = (transfer_asked_minor is not null)),
  check ((transfer_asked_minor is null) = (transfer_asked_at is null))
);
create index disputes_id on disputes (id);
create index disputes_payment on disputes (coach_id, payment_id);
create index disputes_open on disputes (coalesce(next_sync_at, updated_at))
  where closed_at is null or transfer_state in ('reversing', 'returning') or transfer_failure_code is not null;

-- The payment's last dispute.
alter table payments add column dispute_id uuid;
alter table payments add constraint payments_dispute_fk foreign key (coach_id, dispute_id) references disputes (coach_id, id);

-- What Stripe still asks of a coach can change without an event that arrives: each account is read once a day.
alter table payout_accounts add column last_sync_at timestamptz;
create index payout_accounts_due on payout_accounts (coalesce(last_sync_at, updated_at));
