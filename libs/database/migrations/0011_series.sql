-- Series: a rule with exceptions. Their occurrences become sessions; each change of them is a plan first (domain.md 10).

create table series (
  coach_id uuid not null references coaches,
  id uuid not null,
  client_id uuid not null,
  state text not null check (state in ('active', 'paused', 'ended', 'cancelled')),

  -- Anchored: the first occurrence starts at this wall time, in this zone; the rule is the text of an RRULE.
  rule text not null check (length(rule) between 1 and 200),
  local_start timestamp not null,
  timezone text not null,

  -- What each occurrence is sold as; a session keeps what it was made with.
  offering_id uuid not null,
  offering_name text not null,
  duration_minutes integer not null check (duration_minutes between 5 and 720),
  before_minutes integer not null check (before_minutes >= 0),
  after_minutes integer not null check (after_minutes >= 0),
  platform text check (platform in ('zoom', 'google_meet', 'microsoft_teams')),
  -- Paid occurrences need saved cards and credits; until then a series is free (docs/adr).
  funding text not null check (funding = 'free'),
  price_minor bigint not null check (price_minor >= 0),
  currency char(3) not null,
  policy_id uuid not null,
  policy_rules jsonb not null,

  -- Every occurrence that the rule starts before this instant has its row.
  materialised_until timestamptz not null,
  horizon_days integer not null check (horizon_days between 1 and 400),
  on_conflict text not null check (on_conflict in ('fail', 'skip', 'keep_unscheduled')),
  -- The coach passed hours, notice and caps when it was made; its later occurrences pass them too.
  override boolean not null default false,

  -- No occurrence from the one until before the other; no end: until it is resumed.
  paused_from timestamptz,
  paused_until timestamptz,

  -- "This and all future" ends the one series and begins another.
  split_from uuid,
  -- One calendar object for life; its sequence rises with each act (RFC 5545).
  calendar_uid text not null,
  calendar_sequence integer not null default 0,
  version integer not null default 1,
  created_by text not null check (created_by in ('coach', 'admin')),
  created_at timestamptz not null,
  updated_at timestamptz not null,

  primary key (coach_id, id),
  foreign key (coach_id, client_id) references clients (coach_id, id),
  foreign key (coach_id, offering_id) references offerings (coach_id, id),
  foreign key (coach_id, policy_id) references policies (coach_id, id),
  foreign key (coach_id, split_from) references series (coach_id, id),
  unique (calendar_uid),
  check ((state = 'paused') = (paused_from is not null)),
  check (paused_until is null or paused_until > paused_from),
  check (funding <> 'free' or price_minor = 0)
);
create index series_id on series (id);
create index series_by_client on series (coach_id, client_id, id);
create index series_to_extend on series (materialised_until) where state in ('active', 'paused');

-- One row for each start that the rule gave, and for each that was added; never deleted. Deferrable, so that a series
-- can shift as a whole: a start may become another's.
create table series_occurrences (
  coach_id uuid not null,
  series_id uuid not null,
  original_starts_at timestamptz not null,
  state text not null check (state in ('session', 'skipped', 'paused', 'unscheduled')),
  session_id uuid,
  added boolean not null default false,
  -- What stood against it when it could not be placed.
  reasons jsonb not null default '[]',
  updated_at timestamptz not null,
  primary key (coach_id, series_id, original_starts_at) deferrable initially immediate,
  foreign key (coach_id, series_id) references series (coach_id, id),
  foreign key (coach_id, session_id) references sessions (coach_id, id) deferrable initially deferred,
  check (state <> 'session' or session_id is not null)
);
create unique index series_occurrences_session on series_occurrences (coach_id, session_id) where session_id is not null;

alter table sessions add constraint sessions_series_fk foreign key (coach_id, series_id) references series (coach_id, id);
alter table sessions add constraint sessions_original_start check ((series_id is null) = (original_starts_at is null));
alter table sessions add constraint sessions_one_per_occurrence
  unique (coach_id, series_id, original_starts_at) deferrable initially immediate;

-- What an act would do to a series, kept 10 minutes; carried out by its id exactly so. What was carried out stays: mails
-- are written from it.
create table series_plans (
  coach_id uuid not null references coaches,
  id uuid not null,
  kind text not null check (kind in ('create', 'change')),
  -- Of the series that is changed, or that was made by it.
  series_id uuid,
  series_version integer,
  made_for_kind text not null,
  made_for uuid not null,
  request jsonb not null,
  content jsonb not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  primary key (coach_id, id),
  foreign key (coach_id, series_id) references series (coach_id, id),
  check (kind = 'create' or series_id is not null),
  check (used_at is null or series_id is not null)
);
create index series_plans_id on series_plans (id);
