-- Saved cards: for one coach only, and only with the client's consent that they may be charged without them (domain.md 12).

-- A client of one coach as Stripe knows them. Each pair has its own: cards saved for one coach are none of another's.
create table stripe_customers (
  coach_id uuid not null references coaches,
  client_id uuid not null,
  stripe_customer_id text unique,
  stripe_key_number integer not null default 1,
  created_at timestamptz not null,
  primary key (coach_id, client_id),
  foreign key (coach_id, client_id) references clients (coach_id, id)
);

-- One attempt to save a card, opened with a consent.
create table card_setups (
  coach_id uuid not null references coaches,
  id uuid not null,
  client_id uuid not null,
  status text not null check (status in ('open', 'failed', 'succeeded', 'canceled')),
  failure_code text,
  stripe_setup_intent_id text unique,
  -- Rises only when Stripe has definitely not made the SetupIntent under the key before.
  stripe_key_number integer not null default 1,
  next_sync_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  version integer not null default 1,
  primary key (coach_id, id),
  unique (coach_id, id, client_id),
  foreign key (coach_id, client_id) references stripe_customers (coach_id, client_id)
);
create index card_setups_open on card_setups (coalesce(next_sync_at, updated_at)) where status in ('open', 'failed');

-- What the client read and agreed to before the card was taken.
create table card_consents (
  coach_id uuid not null,
  setup_id uuid not null,
  client_id uuid not null,
  text text not null check (length(text) between 20 and 2000),
  -- A policy's id names one version of it.
  policy_id uuid not null,
  method text not null check (method in ('app')),
  given_by uuid not null references accounts (id),
  given_at timestamptz not null,
  primary key (coach_id, setup_id),
  foreign key (coach_id, setup_id, client_id) references card_setups (coach_id, id, client_id),
  foreign key (coach_id, policy_id) references policies (coach_id, id)
);
create trigger card_consents_append_only before update or delete on card_consents
  for each row execute function refuse_change();

create table payment_methods (
  coach_id uuid not null references coaches,
  id uuid not null,
  client_id uuid not null,
  setup_id uuid not null,
  -- removing: no longer to be used, and Stripe has not confirmed yet that it has forgotten the card.
  status text not null check (status in ('usable', 'removing', 'removed')),
  is_default boolean not null,
  stripe_payment_method_id text not null unique,
  brand text not null,
  last4 text not null check (last4 ~ '^[0-9]{4}$'),
  expiry_month integer not null check (expiry_month between 1 and 12),
  expiry_year integer not null check (expiry_year between 2000 and 2200),
  next_sync_at timestamptz,
  created_at timestamptz not null,
  removed_at timestamptz,
  updated_at timestamptz not null,
  version integer not null default 1,
  primary key (coach_id, id),
  unique (coach_id, setup_id),
  foreign key (coach_id, setup_id, client_id) references card_setups (coach_id, id, client_id),
  -- Without a consent there is no card.
  foreign key (coach_id, setup_id) references card_consents (coach_id, setup_id),
  check (status = 'usable' or not is_default),
  check ((status = 'removed') = (removed_at is not null))
);
create index payment_methods_id on payment_methods (id);
create index payment_methods_of_pair on payment_methods (coach_id, client_id, id);
create unique index payment_methods_one_default on payment_methods (coach_id, client_id) where is_default;
create index payment_methods_watched on payment_methods (coalesce(next_sync_at, updated_at)) where status <> 'removed';
