-- Packages: what a coach sells as several sessions at once, what a client bought, and the ledger of its credits.

create table session_packages (
  coach_id uuid not null references coaches,
  id uuid not null,
  name text not null check (length(name) between 1 and 120),
  session_count integer not null check (session_count between 1 and 500),
  price_minor bigint not null check (price_minor between 1 and 9007199254740991),
  currency char(3) not null,
  validity_days integer not null check (validity_days between 1 and 3650),
  -- bookBy: a credit can be spent until the last day, for any later start. useBy: the session must start before its end.
  expiry_meaning text not null check (expiry_meaning in ('bookBy', 'useBy')),
  archived_at timestamptz,
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (coach_id, id)
);
create index session_packages_id on session_packages (id);

-- What its credits pay for.
create table session_package_offerings (
  coach_id uuid not null,
  package_id uuid not null,
  offering_id uuid not null,
  primary key (coach_id, package_id, offering_id),
  foreign key (coach_id, package_id) references session_packages (coach_id, id),
  foreign key (coach_id, offering_id) references offerings (coach_id, id)
);

-- A client's bought package. Name, size, price, offerings and meaning are as bought.
create table entitlements (
  coach_id uuid not null references coaches,
  id uuid not null,
  client_id uuid not null,
  package_id uuid not null,
  package_name text not null,
  session_count integer not null check (session_count between 1 and 500),
  price_minor bigint not null check (price_minor > 0),
  currency char(3) not null,
  validity_days integer not null check (validity_days between 1 and 3650),
  expiry_meaning text not null check (expiry_meaning in ('bookBy', 'useBy')),
  offering_ids uuid[] not null check (cardinality(offering_ids) >= 1),
  status text not null check (status in ('awaiting_payment', 'active', 'expired', 'refunded', 'cancelled')),
  -- The sum of its credit entries, written with each of them.
  remaining integer not null default 0 check (remaining >= 0),
  awaits_payment_until timestamptz not null,
  -- Local days of the coach; the last day is still good.
  purchased_on date,
  expires_on date,
  -- The expiry date that its client was told of.
  notified_expiry_on date,
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (coach_id, id),
  foreign key (coach_id, client_id) references clients (coach_id, id),
  foreign key (coach_id, package_id) references session_packages (coach_id, id),
  check ((purchased_on is null) = (expires_on is null)),
  check ((status in ('awaiting_payment', 'cancelled')) = (purchased_on is null)),
  check (remaining = 0 or status = 'active')
);
create index entitlements_id on entitlements (id);
create index entitlements_client on entitlements (coach_id, client_id, id);
create index entitlements_unpaid on entitlements (awaits_payment_until) where status = 'awaiting_payment';
create index entitlements_by_expiry on entitlements (expires_on) where status = 'active';

create function keep_purchase_date() returns trigger language plpgsql as $$
begin
  raise exception 'the purchase date of an entitlement is set once' using errcode = '23001';
end $$;
create trigger entitlements_purchase_date before update on entitlements for each row
  when (old.purchased_on is not null and new.purchased_on is distinct from old.purchased_on)
  execute function keep_purchase_date();

create table credit_entries (
  coach_id uuid not null,
  id uuid not null,
  entitlement_id uuid not null,
  kind text not null check (kind in ('grant', 'debit', 'restore', 'forfeit', 'expire', 'revive', 'adjust')),
  amount integer not null,
  -- Of debit, restore and forfeit. The turn counts the debits of one session: the next begins when one was restored.
  session_id uuid,
  turn integer check (turn >= 1),
  cause text not null check (length(cause) between 1 and 500),
  actor_kind text not null,
  actor_id uuid,
  at timestamptz not null,
  primary key (coach_id, id),
  foreign key (coach_id, entitlement_id) references entitlements (coach_id, id),
  check ((session_id is not null) = (kind in ('debit', 'restore', 'forfeit'))),
  check ((session_id is null) = (turn is null)),
  check (case kind
    when 'grant' then amount > 0
    when 'debit' then amount = -1
    when 'restore' then amount = 1
    when 'forfeit' then amount = 0
    when 'expire' then amount < 0
    when 'revive' then amount > 0
    else amount <> 0 end)
);
create index credit_entries_entitlement on credit_entries (coach_id, entitlement_id, id);
create unique index credit_entries_granted_once on credit_entries (coach_id, entitlement_id) where kind = 'grant';
create unique index credit_entries_one_debit on credit_entries (coach_id, session_id, turn) where kind = 'debit';
-- A debit ends once: given back or final.
create unique index credit_entries_one_end on credit_entries (coach_id, session_id, turn) where kind in ('restore', 'forfeit');
create trigger credit_entries_append_only before update or delete on credit_entries
  for each row execute function refuse_change();

-- A payment is for one session or one entitlement.
alter table payments alter column session_id drop not null;
alter table payments add column entitlement_id uuid;
alter table payments add constraint payments_of_one_thing check ((session_id is null) <> (entitlement_id is null));
alter table payments add constraint payments_entitlement
  foreign key (coach_id, entitlement_id) references entitlements (coach_id, id);
create unique index payments_one_per_entitlement on payments (coach_id, entitlement_id) where entitlement_id is not null;
