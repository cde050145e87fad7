-- Sessions, the claims on a coach's time, their history, quotes.

create table sessions (
  coach_id uuid not null references coaches,
  id uuid not null,
  client_id uuid not null,
  offering_id uuid not null,
  series_id uuid,
  original_starts_at timestamptz,
  entitlement_id uuid,

  status text not null check (status in ('held', 'scheduled', 'completed', 'cancelled', 'no_show')),
  outcome text check (outcome in ('in_time', 'late', 'by_coach', 'hold_expired', 'abandoned', 'skipped', 'paused', 'retroactive')),
  no_show_by text check (no_show_by in ('client', 'coach')),

  -- The instant, and the wall time and zone that a person chose it in (domain.md 4).
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  local_start timestamp not null,
  timezone text not null,
  gap_shifted boolean not null default false,
  before_minutes integer not null check (before_minutes >= 0),
  after_minutes integer not null check (after_minutes >= 0),

  offering_name text not null,
  funding text not null check (funding in ('card', 'package', 'pay_later', 'free')),
  price_minor bigint not null check (price_minor >= 0),
  currency char(3) not null,
  policy_id uuid not null,
  policy_rules jsonb not null,
  policy_accepted_at timestamptz,
  policy_accepted_by uuid,
  refund_cap_percent integer check (refund_cap_percent between 0 and 100),

  -- What lists sort and filter by; kept in the transaction of its source.
  client_sort_name text collate "und-x-icu" not null,
  payment_status text not null check (payment_status in ('free', 'unpaid', 'processing', 'paid', 'covered_by_package',
    'partially_refunded', 'refund_pending', 'refunded', 'refund_failed', 'failed', 'disputed')),
  net_minor bigint not null default 0,
  rating integer check (rating between 1 and 5),
  rating_comment text,
  rated_at timestamptz,

  meeting_state text not null default 'none' check (meeting_state in ('none', 'pending', 'ready', 'failed', 'deleted')),
  meeting_platform text check (meeting_platform in ('zoom', 'google_meet', 'microsoft_teams')),
  meeting_join_url text,

  preparation_focus text check (length(preparation_focus) <= 4000),
  preparation_questions text check (length(preparation_questions) <= 4000),
  preparation_background text check (length(preparation_background) <= 8000),

  cancelled_at timestamptz,
  cancelled_by text check (cancelled_by in ('coach', 'client', 'admin', 'system')),
  cancel_reason_code text,
  cancel_reason text,
  cancel_message text,

  hold_expires_at timestamptz,
  booked_at timestamptz not null,
  booked_by text not null check (booked_by in ('coach', 'client', 'admin', 'system')),
  completed_at timestamptz,
  -- RFC 5545 SEQUENCE: rises with every change of time, place or status.
  calendar_sequence integer not null default 0,
  version integer not null default 1,
  updated_at timestamptz not null,

  primary key (coach_id, id),
  foreign key (coach_id, client_id) references clients (coach_id, id),
  foreign key (coach_id, offering_id) references offerings (coach_id, id),
  foreign key (coach_id, policy_id) references policies (coach_id, id),
  check (starts_at < ends_at),
  check ((status = 'cancelled') = (cancelled_at is not null)),
  check ((status = 'cancelled') = (outcome is not null)),
  check ((status = 'no_show') = (no_show_by is not null)),
  check ((status = 'held') = (hold_expires_at is not null)),
  check ((policy_accepted_at is null) = (policy_accepted_by is null))
);
create index sessions_id on sessions (id);
create index sessions_upcoming on sessions (coach_id, starts_at, id) where status in ('held', 'scheduled');
create index sessions_by_time on sessions (starts_at, id);
create index sessions_by_date on sessions (coach_id, starts_at, id, status, payment_status);
create index sessions_by_client on sessions (coach_id, client_id, starts_at, id, status, payment_status);
create index sessions_by_client_name on sessions (coach_id, client_sort_name, id, status, payment_status, starts_at);
create index sessions_by_revenue on sessions (coach_id, net_minor, id, status, payment_status, starts_at);
create index sessions_by_rating on sessions (coach_id, rating, id, status, payment_status, starts_at) where rating is not null;
create index sessions_attention on sessions (coach_id, payment_status, starts_at, id)
  where payment_status in ('failed', 'disputed', 'processing', 'refund_failed');
create index sessions_due on sessions (ends_at) where status = 'scheduled';
create index sessions_holds on sessions (hold_expires_at) where status = 'held';
create index sessions_meeting_due on sessions (starts_at) where status = 'scheduled' and meeting_state in ('none', 'pending');

alter table payments add constraint payments_session_fk
  foreign key (coach_id, session_id) references sessions (coach_id, id) deferrable initially deferred;

-- Every claim on a coach's time: of a session, or (later) of a time proposed for one. Buffers included.
create table calendar_claims (
  coach_id uuid not null references coaches,
  id uuid not null,
  session_id uuid not null,
  kind text not null check (kind in ('session', 'proposed_time')),
  blocked tstzrange not null check (not isempty(blocked) and not lower_inf(blocked) and not upper_inf(blocked)),
  primary key (coach_id, id),
  foreign key (coach_id, session_id) references sessions (coach_id, id) deferrable initially deferred,
  constraint claims_never_overlap
    exclude using gist (coach_id with =, session_id with <>, blocked with &&) deferrable initially immediate
);
create unique index claims_one_per_session on calendar_claims (coach_id, session_id) where kind = 'session';

create table session_timeline (
  coach_id uuid not null,
  session_id uuid not null,
  seq integer not null check (seq >= 1),
  at timestamptz not null,
  kind text not null,
  actor_kind text not null check (actor_kind in ('coach', 'client', 'admin', 'worker', 'stripe', 'zoom')),
  actor_id uuid,
  from_status text,
  to_status text,
  outcome text,
  reason text,
  details jsonb not null default '{}',
  primary key (coach_id, session_id, seq),
  foreign key (coach_id, session_id) references sessions (coach_id, id) deferrable initially deferred,
  check ((kind = 'status_changed') = (to_status is not null))
);
create trigger session_timeline_append_only before update or delete on session_timeline
  for each row execute function refuse_change();

-- What an act would do, kept 10 minutes; carrying it out by its id does exactly that.
create table session_quotes (
  coach_id uuid not null,
  id uuid not null,
  session_id uuid not null,
  kind text not null check (kind in ('cancellation', 'no_show')),
  made_for_kind text not null,
  made_for uuid not null,
  session_version integer not null,
  content jsonb not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  primary key (coach_id, id),
  foreign key (coach_id, session_id) references sessions (coach_id, id)
);
create index session_quotes_session on session_quotes (coach_id, session_id);

-- What a cancellation decided about money, also when it was nothing.
create table refund_decisions (
  coach_id uuid not null,
  session_id uuid not null,
  payment_id uuid not null,
  due_minor bigint not null check (due_minor >= 0),
  currency char(3) not null,
  choice text not null check (choice in ('policy', 'full', 'partial', 'none')),
  clause text not null,
  decided_at timestamptz not null,
  primary key (coach_id, session_id),
  foreign key (coach_id, session_id) references sessions (coach_id, id),
  foreign key (coach_id, payment_id, currency) references payments (coach_id, id, currency)
);
