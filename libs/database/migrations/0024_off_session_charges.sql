-- Charges of saved cards while the client is not there: for what is paid later, for no-shows, for what is owed after a
-- late cancellation (domain.md 8, 9, 12).

alter table payments
  add column mode text not null default 'on_session' check (mode in ('on_session', 'off_session')),
  add column reason text check (reason in ('pay_later', 'no_show', 'late_cancellation')),
  -- Business instant from which the card may be charged.
  add column due_at timestamptz,
  -- planned: waits for next_attempt_at. requested: a job has it. needs_action: the client must confirm it.
  -- given_up: the card is not tried again by itself. settled: paid or canceled.
  add column charge_state text check (charge_state in ('planned', 'requested', 'needs_action', 'given_up', 'settled')),
  add column next_attempt_at timestamptz,
  add column attempts integer not null default 0 check (attempts >= 0),
  -- When the last attempt began, with which saved card, and whether nobody knows yet how it ended.
  add column attempted_at timestamptz,
  add column attempted_card uuid,
  add column attempt_is_open boolean not null default false,
  -- Since then the client owes it, and the ledger says so.
  add column fell_due_at timestamptz,
  -- Nothing is to be paid any more; until Stripe confirms, the payment stays as it is.
  add column released_at timestamptz,
  add constraint payments_charges check ((mode = 'off_session') = (charge_state is not null)),
  add constraint payments_charge_terms check (
    (mode = 'off_session') = (reason is not null) and (mode = 'off_session') = (due_at is not null)),
  add constraint payments_charge_plan check ((charge_state is not distinct from 'planned') = (next_attempt_at is not null)),
  add constraint payments_charge_card foreign key (coach_id, attempted_card) references payment_methods (coach_id, id);
create index payments_charges_due on payments (next_attempt_at) where charge_state = 'planned';
create index payments_charges_unconfirmed on payments (attempted_at) where charge_state = 'needs_action';

-- What is being called off, or was given back, makes room for what is asked instead; that is charged only once the former
-- is settled.
drop index payments_one_live_per_session;
create unique index payments_one_live_per_session on payments (coach_id, session_id)
  where status in ('requires_payment', 'processing') and released_at is null;

-- The private link by which a client pays what could not be charged. The token is derived from a secret; here is its hash.
create table payment_links (
  coach_id uuid not null,
  payment_id uuid not null,
  token_hash bytea not null unique,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  primary key (coach_id, payment_id),
  foreign key (coach_id, payment_id) references payments (coach_id, id)
);
