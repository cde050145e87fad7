-- Extensions, business time, people, audit, outbox.
-- Rows of a coach carry coach_id first in every key (docs/adr/0002-coach-id-first.md).

create extension if not exists btree_gist;
create extension if not exists unaccent;

-- Business time = database clock + the sandbox's offset. In production the row stays zero.
create table clock_offset (
  only_row boolean primary key default true check (only_row),
  seconds bigint not null default 0 check (seconds between -315360000 and 3153600000)
);
insert into clock_offset default values;

create function app_now() returns timestamptz language sql stable parallel safe as
  $$ select statement_timestamp() + make_interval(secs => (select seconds from clock_offset)) $$;

-- Part match without case and accents; IMMUTABLE because it names its dictionary.
create function search_key(text) returns text language sql immutable parallel safe strict as
  $$ select lower(unaccent('unaccent', $1)) $$;

-- People -----------------------------------------------------------------------------------------

create table accounts (
  id uuid primary key,
  kind text not null check (kind in ('coach', 'client', 'admin')),
  email text not null check (email = lower(email) and length(email) <= 254),
  password_hash text not null,
  display_name text not null check (length(display_name) between 1 and 200),
  photo_url text,
  phone text,
  timezone text not null,
  locale text not null default 'en',
  email_verified_at timestamptz,
  disabled_at timestamptz,
  -- Raised by sign-out everywhere, password change and disabling: older access tokens end at once.
  token_version integer not null default 1,
  last_seen_timezone text,
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create unique index accounts_email on accounts (email);

create table refresh_tokens (
  id uuid primary key,
  account_id uuid not null references accounts,
  family_id uuid not null,
  token_hash bytea not null unique,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  rotated_at timestamptz,
  revoked_at timestamptz
);
create index refresh_tokens_family on refresh_tokens (family_id);
create index refresh_tokens_account on refresh_tokens (account_id) where revoked_at is null;

create table single_use_tokens (
  token_hash bytea primary key,
  purpose text not null check (purpose in ('verify_email', 'reset_password', 'accept_invitation')),
  account_id uuid references accounts,
  coach_id uuid,
  client_id uuid,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  check ((purpose = 'accept_invitation') = (client_id is not null)),
  check ((purpose = 'accept_invitation') or account_id is not null)
);

-- Addresses from which an account has signed in: they keep their own allowance of tries while strangers guess.
create table known_addresses (
  account_id uuid not null references accounts,
  address_hash bytea not null,
  last_used_at timestamptz not null,
  primary key (account_id, address_hash)
);

-- Counters of the shared rate limits (rate-limiter-flexible's own layout).
create table rate_limits (
  key varchar(255) primary key,
  points integer not null default 0,
  expire bigint
);

-- A coach and the settings of the practice. The coach's id is the id of the coach's account.
create table coaches (
  coach_id uuid primary key references accounts (id),
  timezone text not null,
  currency char(3) not null check (currency ~ '^[A-Z]{3}$'),
  application_fee_bps integer not null default 1000 check (application_fee_bps between 0 and 10000),
  buffer_before_minutes integer not null default 0 check (buffer_before_minutes between 0 and 480),
  buffer_after_minutes integer not null default 0 check (buffer_after_minutes between 0 and 480),
  prep_minutes integer not null default 0 check (prep_minutes between 0 and 480),
  minimum_notice_minutes integer not null default 120 check (minimum_notice_minutes between 0 and 525600),
  booking_horizon_days integer not null default 90 check (booking_horizon_days between 1 and 730),
  start_increment_minutes integer not null default 15 check (start_increment_minutes between 5 and 240),
  most_sessions_per_day integer check (most_sessions_per_day between 1 and 100),
  most_sessions_per_week integer check (most_sessions_per_week between 1 and 500),
  waiting_minutes integer not null default 10 check (waiting_minutes between 0 and 120),
  completion_grace_minutes integer not null default 0 check (completion_grace_minutes between 0 and 1440),
  join_grace_minutes integer not null default 0 check (join_grace_minutes between 0 and 240),
  client_hold_minutes integer not null default 15 check (client_hold_minutes between 1 and 1440),
  coach_hold_minutes integer not null default 2880 check (coach_hold_minutes between 1 and 20160),
  platforms text[] not null default '{zoom}' check (platforms <@ array['zoom', 'google_meet', 'microsoft_teams']),
  default_policy_id uuid,
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null
);

-- What one coach knows of one client. The account is there once the invitation was accepted.
create table clients (
  coach_id uuid not null references coaches,
  id uuid not null,
  account_id uuid references accounts (id),
  email text not null check (email = lower(email) and length(email) <= 254),
  display_name text not null check (length(display_name) between 1 and 200),
  sort_name text collate "und-x-icu" not null,
  search_name text generated always as (search_key(display_name)) stored,
  photo_url text,
  phone text,
  timezone text not null,
  locale text not null default 'en',
  invited_at timestamptz not null,
  accepted_at timestamptz,
  removed_at timestamptz,
  completed_sessions integer not null default 0 check (completed_sessions >= 0),
  last_session_at timestamptz,
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (coach_id, id),
  unique (coach_id, email),
  unique (coach_id, account_id)
);
create index clients_by_name on clients (coach_id, sort_name, id);
create index clients_search on clients (coach_id, search_name, id);
create index clients_account on clients (account_id) where account_id is not null;

-- Audit: every change, with its actor, in its own transaction; append-only ---------------------------
-- Platform acts (nobody's coach) stand under the nil uuid.

create table audit_entries (
  coach_id uuid not null,
  id uuid not null,
  at timestamptz not null,
  actor_kind text not null check (actor_kind in ('coach', 'client', 'admin', 'worker', 'stripe', 'zoom', 'anonymous')),
  actor_id uuid,
  action text not null,
  object_type text not null,
  object_id uuid not null,
  object_version integer,
  cause text,
  request_id text,
  before jsonb,
  after jsonb,
  primary key (coach_id, id)
);
create index audit_by_object on audit_entries (coach_id, object_type, object_id, id);
create index audit_by_time on audit_entries (at desc, id desc);

create function refuse_change() returns trigger language plpgsql as
  $$ begin raise exception 'rows of % are append-only', tg_table_name using errcode = '23001'; end $$;
create trigger audit_append_only before update or delete on audit_entries
  for each row execute function refuse_change();

-- Outbox -------------------------------------------------------------------------------------------

create table outbox_messages (
  coach_id uuid not null,
  id uuid not null,
  type text not null,
  payload jsonb not null,
  created_at timestamptz not null default clock_timestamp(),
  published_at timestamptz,
  feed_seq bigint,
  primary key (coach_id, id)
);
create index outbox_unpublished on outbox_messages (id) where published_at is null;
create unique index outbox_feed on outbox_messages (feed_seq) where feed_seq is not null;
create sequence outbox_feed_seq;

-- One job to be done because of one message. Technical time: the real clock.
create table outbox_deliveries (
  coach_id uuid not null,
  id uuid not null,
  message_id uuid not null,
  job text not null,
  payload jsonb not null,
  attempt integer not null default 1,
  created_at timestamptz not null default clock_timestamp(),
  enqueued_at timestamptz not null default clock_timestamp(),
  done_at timestamptz,
  dead_at timestamptz,
  last_error text,
  primary key (coach_id, id),
  unique (coach_id, message_id, job),
  foreign key (coach_id, message_id) references outbox_messages (coach_id, id) on delete cascade,
  check (done_at is null or dead_at is null)
);
create index deliveries_open on outbox_deliveries (enqueued_at) where done_at is null and dead_at is null;
create index deliveries_dead on outbox_deliveries (dead_at) where dead_at is not null;

-- Stored answers of requests with an Idempotency-Key; kept 7 days.
create table idempotency_keys (
  principal text not null,
  route text not null,
  key text not null check (length(key) between 1 and 255),
  fingerprint bytea not null,
  status integer not null,
  body jsonb not null,
  headers jsonb not null default '{}',
  created_at timestamptz not null default clock_timestamp(),
  primary key (principal, route, key)
);
create index idempotency_keys_age on idempotency_keys (created_at);

-- Wakes the relay at commit; PostgreSQL sends equal notifications of one transaction once.
create function wake_relay() returns trigger language plpgsql as
  $$ begin perform pg_notify('outbox', ''); return null; end $$;
create trigger outbox_wakes_relay after insert on outbox_messages
  for each statement execute function wake_relay();
