-- Sessions that are paid later, on the client's saved card; what is owed for late cancellations and missed sessions
-- (domain.md 8, 9, 12; docs/adr/0016).

alter table offerings
  -- Of `pay_later`: when the card is charged.
  add column charge_timing text not null default 'free_cancellation_ends'
    check (charge_timing in ('free_cancellation_ends', 'before_start', 'after_session')),
  add column charge_hours_before integer check (charge_hours_before between 0 and 720),
  add constraint offerings_charge_time check ((charge_timing = 'before_start') = (charge_hours_before is not null));

-- When the saved card is to be charged; it moves along with the session. Sessions of a series have theirs from the series.
alter table sessions
  add column charge_due_at timestamptz,
  add constraint sessions_charge_due check (charge_due_at is null or funding = 'pay_later');

-- What is charged for a session that was cancelled before it was paid; 0 where nothing is.
create table cancellation_charges (
  coach_id uuid not null,
  session_id uuid not null,
  owed_minor bigint not null check (owed_minor >= 0),
  currency char(3) not null,
  choice text not null check (choice in ('policy', 'full', 'partial', 'none')),
  clause text not null,
  -- The charge that asks for it.
  payment_id uuid,
  decided_at timestamptz not null,
  waived_at timestamptz,
  primary key (coach_id, session_id),
  foreign key (coach_id, session_id) references sessions (coach_id, id),
  foreign key (coach_id, payment_id, currency) references payments (coach_id, id, currency),
  check ((owed_minor > 0) = (payment_id is not null)),
  check (waived_at is null or payment_id is not null)
);

alter table no_shows
  -- What the marking has the saved card charged with; minor units.
  add column later_charge_minor bigint not null default 0 check (later_charge_minor >= 0),
  add column charge_payment_id uuid,
  add column charge_waived_at timestamptz,
  add constraint no_shows_charge foreign key (coach_id, charge_payment_id) references payments (coach_id, id),
  add constraint no_shows_charge_payment check ((later_charge_minor > 0) = (charge_payment_id is not null)),
  add constraint no_shows_charge_waived check (charge_waived_at is null or charge_payment_id is not null);

-- Charges that were called off and paid nevertheless, or paid and given back as a whole: decided about once.
create table awaited_charges (
  coach_id uuid not null,
  payment_id uuid not null,
  session_id uuid not null,
  kept_minor bigint not null check (kept_minor >= 0),
  refund_id uuid,
  decided_at timestamptz not null,
  primary key (coach_id, payment_id),
  foreign key (coach_id, payment_id) references payments (coach_id, id),
  foreign key (coach_id, session_id) references sessions (coach_id, id),
  foreign key (coach_id, refund_id) references refunds (coach_id, id)
);
