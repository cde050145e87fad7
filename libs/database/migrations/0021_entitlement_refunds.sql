-- Refunds of bought packages: quotes that bind, and what was decided by them.

alter table refunds drop constraint refunds_reason_check;
alter table refunds add constraint refunds_reason_check
  check (reason in ('session_cancelled', 'late_payment', 'goodwill', 'no_show', 'entitlement_refunded'));

-- What refunding would do, kept 10 minutes; carrying it out by its id does exactly that.
create table entitlement_quotes (
  coach_id uuid not null,
  id uuid not null,
  entitlement_id uuid not null,
  made_for_kind text not null check (made_for_kind in ('coach', 'admin')),
  made_for uuid not null,
  content jsonb not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  primary key (coach_id, id),
  foreign key (coach_id, entitlement_id) references entitlements (coach_id, id)
);
create index entitlement_quotes_entitlement on entitlement_quotes (coach_id, entitlement_id);

-- Each package that was refunded and so closed: how many credits it lost, and what went back for them, also when that is nothing.
create table entitlement_refunds (
  coach_id uuid not null,
  entitlement_id uuid not null,
  quote_id uuid not null,
  choice text not null check (choice in ('remaining', 'full', 'partial', 'none')),
  credits integer not null check (credits >= 0),
  due_minor bigint not null check (due_minor >= 0),
  currency char(3) not null,
  refund_id uuid,
  decided_at timestamptz not null,
  primary key (coach_id, entitlement_id),
  foreign key (coach_id, entitlement_id) references entitlements (coach_id, id),
  foreign key (coach_id, quote_id) references entitlement_quotes (coach_id, id),
  foreign key (coach_id, refund_id) references refunds (coach_id, id),
  check ((due_minor = 0) = (refund_id is null))
);
create trigger entitlement_refunds_append_only before update or delete on entitlement_refunds
  for each row execute function refuse_change();
