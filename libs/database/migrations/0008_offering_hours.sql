-- Weekly hours of single offerings, which then count instead of the coach's.

-- Stays when an offering goes back to the coach's hours, so that its version only rises.
create table offering_hours (
  coach_id uuid not null references coaches,
  offering_id uuid not null,
  own boolean not null,
  version integer not null check (version >= 1),
  updated_at timestamptz not null,
  primary key (coach_id, offering_id),
  unique (coach_id, offering_id, own),
  foreign key (coach_id, offering_id) references offerings (coach_id, id)
);

create table offering_hour_intervals (
  coach_id uuid not null,
  id uuid not null,
  offering_id uuid not null,
  -- Only an offering with hours of its own has intervals.
  own boolean not null default true check (own),
  weekday integer not null check (weekday between 1 and 7),
  starts_minute integer not null check (starts_minute between 0 and 1439),
  ends_minute integer not null check (ends_minute between 1 and 1440),
  primary key (coach_id, id),
  foreign key (coach_id, offering_id, own) references offering_hours (coach_id, offering_id, own),
  check (starts_minute < ends_minute),
  exclude using gist (coach_id with =, offering_id with =, weekday with =, int4range(starts_minute, ends_minute) with &&)
);
