-- Reminders before a session: how long before its start, minutes; an empty list sends none.
alter table coaches add column reminder_minutes integer[] not null default '{1440,60}'
  check (cardinality(reminder_minutes) <= 5 and 5 <= all (reminder_minutes) and 20160 >= all (reminder_minutes)
    and array_position(reminder_minutes, null) is null);

-- A reminder that came due, of a session at one time of it: each comes due once, and one of an old time means nothing any more.
create table session_reminders (
  coach_id uuid not null,
  session_id uuid not null,
  starts_at timestamptz not null,
  minutes integer not null,
  due_at timestamptz not null,
  primary key (coach_id, session_id, starts_at, minutes),
  foreign key (coach_id, session_id) references sessions (coach_id, id)
);

create index sessions_to_remind on sessions (starts_at) where status = 'scheduled';
