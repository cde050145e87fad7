-- Money: what clients pay, what goes back, and the ledger of both. Amounts are minor units.

create table payout_accounts (
  coach_id uuid primary key references coaches,
  stripe_account_id text not null unique,
  transfers_active boolean not null default false,
  charges_enabled boolean not null default false,
  payouts_enabled boolean not null default false,
  requirements_due text[] not null default '{}',
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null
);

create table payments (
  coach_id uuid not null references coaches,
  id uuid not null,
  client_id uuid not null,
  -- What was sold: one session (an entitlement joins later).
  session_id uuid not null,
  amount_minor bigint not null check (amount_minor > 0),
  currency char(3) not null,
  application_fee_minor bigint not null check (application_fee_minor >= 0),
  captured_minor bigint not null default 0 check (captured_minor >= 0),
  -- Sum of the refunds that did not fail: reserved before Stripe is asked, so it can never pass the capture.
  refunded_minor bigint not null default 0 check (refunded_minor >= 0),
  -- As Stripe reports it, of the refunds that have succeeded.
  fee_returned_minor bigint not null default 0 check (fee_returned_minor >= 0),
  processing_fee_minor bigint not null default 0,
  status text not null check (status in ('requires_payment', 'processing', 'paid', 'failed', 'canceled', 'partially_refunded', 'refunded', 'disputed')),
  failure_code text,
  stripe_account_id text not null,
  stripe_payment_intent_id text unique,
  stripe_charge_id text unique,
  -- Rises only when Stripe has definitely refused to make the intent.
  stripe_key_number integer not null default 1,
  created_at timestamptz not null,
  paid_at timestamptz,
  updated_at timestamptz not null,
  version integer not null default 1,
  primary key (coach_id, id),
  unique (coach_id, id, currency),
  foreign key (coach_id, client_id) references clients (coach_id, id),
  check (refunded_minor <= captured_minor),
  check (captured_minor <= amount_minor),
  check (fee_returned_minor <= application_fee_minor)
);
create index payments_id on payments (id);
create index payments_session on payments (coach_id, session_id);
create unique index payments_one_live_per_session on payments (coach_id, session_id) where status <> 'canceled' and status <> 'failed';
create index payments_open on payments (updated_at) where status in ('requires_payment', 'processing');
create index payments_client on payments (coach_id, client_id, id);

create table refunds (
  coach_id uuid not null references coaches,
  id uuid not null,
  payment_id uuid not null,
  session_id uuid,
  amount_minor bigint not null check (amount_minor > 0),
  currency char(3) not null,
  -- Why: session_cancelled, late_payment, goodwill.
  reason text not null check (reason in ('session_cancelled', 'late_payment', 'goodwill')),
  note text,
  status text not null check (status in ('pending', 'submitted', 'succeeded', 'failed', 'needs_attention')),
  -- Our expectation (domain.md 3); fee_returned_minor is what Stripe booked.
  estimated_fee_returned_minor bigint not null default 0,
  fee_returned_minor bigint,
  transfer_reversed_minor bigint,
  stripe_refund_id text unique,
  stripe_key_number integer not null default 1,
  failure_code text,
  requested_by_kind text not null,
  requested_by uuid,
  requested_at timestamptz not null,
  submitted_at timestamptz,
  settled_at timestamptz,
  updated_at timestamptz not null,
  version integer not null default 1,
  primary key (coach_id, id),
  foreign key (coach_id, payment_id, currency) references payments (coach_id, id, currency)
);
create index refunds_id on refunds (id);
create index refunds_payment on refunds (coach_id, payment_id);
create index refunds_session on refunds (coach_id, session_id);
create unique index refunds_one_per_cancellation on refunds (coach_id, session_id, payment_id)
  where reason = 'session_cancelled' and status <> 'failed';
create index refunds_open on refunds (requested_at) where status in ('pending', 'submitted');

-- Stripe's events, stored before they are answered; the worker then reads the object's present state.
create table stripe_events (
  id text primary key,
  type text not null,
  account text,
  object_id text,
  payload jsonb not null,
  received_at timestamptz not null default clock_timestamp(),
  processed_at timestamptz
);
create index stripe_events_open on stripe_events (received_at) where processed_at is null;

-- Double entry: debits positive, credits negative; every transaction sums to zero per currency.
create table ledger_transactions (
  coach_id uuid not null references coaches,
  id uuid not null,
  kind text not null check (kind in ('capture', 'processing_fee', 'refund', 'refund_failed')),
  payment_id uuid not null,
  refund_id uuid,
  -- A refund that failed after it had succeeded can be tried again: each attempt is booked once.
  refund_attempt integer,
  at timestamptz not null,
  primary key (coach_id, id),
  check ((refund_id is null) = (refund_attempt is null)),
  foreign key (coach_id, payment_id) references payments (coach_id, id),
  foreign key (coach_id, refund_id) references refunds (coach_id, id)
);
create unique index ledger_once_per_payment on ledger_transactions (coach_id, payment_id, kind) where refund_id is null;
create unique index ledger_once_per_refund on ledger_transactions (coach_id, refund_id, refund_attempt, kind) where refund_id is not null;

create table ledger_entries (
  coach_id uuid not null,
  transaction_id uuid not null,
  account text not null check (account in ('stripe_clearing', 'coach', 'platform_fee', 'processing_fee')),
  currency char(3) not null,
  amount_minor bigint not null check (amount_minor <> 0),
  primary key (coach_id, transaction_id, account, currency),
  foreign key (coach_id, transaction_id) references ledger_transactions (coach_id, id)
);

create function ledger_balances() returns trigger language plpgsql as $$
begin
  if exists (
    select 1 from ledger_entries
    where coach_id = new.coach_id and transaction_id = new.transaction_id
    group by currency having sum(amount_minor) <> 0
  ) then
    raise exception 'ledger transaction % does not balance', new.transaction_id using errcode = '23514', constraint = 'ledger_balances';
  end if;
  return null;
end $$;
create constraint trigger ledger_balances after insert on ledger_entries
  deferrable initially deferred for each row execute function ledger_balances();
create trigger ledger_entries_append_only before update or delete on ledger_entries
  for each row execute function refuse_change();
create trigger ledger_transactions_append_only before update or delete on ledger_transactions
  for each row execute function refuse_change();
