-- What a coach sells, under which terms, and when.

create table policies (
  coach_id uuid not null references coaches,
  id uuid not null,
  -- Versions of one line of terms share the line; each change is a new row.
  line_id uuid not null,
  line_version integer not null check (line_version >= 1),
  name text not null check (length(name) between 1 and 120),
  rules jsonb not null,
  created_at timestamptz not null,
  created_by uuid not null,
  primary key (coach_id, id),
  unique (coach_id, line_id, line_version)
);
create index policies_id on policies (id);
create trigger policies_never_change before update or delete on policies
  for each row execute function refuse_change();

alter table coaches add constraint coaches_default_policy
  foreign key (coach_id, default_policy_id) references policies (coach_id, id) deferrable initially deferred;

create table offerings (
  coach_id uuid not null references coaches,
  id uuid not null,
  name text not null check (length(name) between 1 and 120),
  description text not null default '' check (length(description) <= 4000),
  duration_minutes integer not null check (duration_minutes between 5 and 720),
  price_minor bigint not null check (price_minor between 0 and 9007199254740991),
  currency char(3) not null,
  funding_options text[] not null check (funding_options <@ array['card', 'package', 'pay_later', 'free'] and cardinality(funding_options) >= 1),
  buffer_before_minutes integer check (buffer_before_minutes between 0 and 480),
  buffer_after_minutes integer check (buffer_after_minutes between 0 and 480),
  prep_minutes integer check (prep_minutes between 0 and 480),
  platform text check (platform in ('zoom', 'google_meet', 'microsoft_teams')),
  breakout_rooms boolean not null default false,
  policy_id uuid,
  archived_at timestamptz,
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (coach_id, id),
  foreign key (coach_id, policy_id) references policies (coach_id, id),
  check (('free' = any (funding_options)) = (price_minor = 0)),
  check (price_minor > 0 or funding_options = array['free'])
);
create index offerings_id on offerings (id);

-- Rises with every change of a coach's week, which is replaced as a whole.
alter table coaches add column weekly_hours_version integer not null default 1;

create table weekly_hours (
  coach_id uuid not null references coaches,
  id uuid not null,
  weekday integer not null check (weekday between 1 and 7),
  starts_minute integer not null check (starts_minute between 0 and 1439),
  ends_minute integer not null check (ends_minute between 1 and 1440),
  primary key (coach_id, id),
  check (starts_minute < ends_minute),
  exclude using gist (coach_id with =, weekday with =, int4range(starts_minute, ends_minute) with &&)
);

-- The hours of one local date instead of the weekly ones; no interval means closed.
create table date_overrides (
  coach_id uuid not null references coaches,
  id uuid not null,
  local_date date not null,
  intervals jsonb not null default '[]',
  created_at timestamptz not null,
  primary key (coach_id, id),
  unique (coach_id, local_date)
);

create table time_off (
  coach_id uuid not null references coaches,
  id uuid not null,
  kind text not null default 'time_off' check (kind in ('time_off', 'break', 'prep')),
  title text not null default '' check (length(title) <= 200),
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  created_at timestamptz not null,
  primary key (coach_id, id),
  check (starts_at < ends_at)
);
create index time_off_by_time on time_off using gist (coach_id, tstzrange(starts_at, ends_at));
