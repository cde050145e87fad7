-- Terms of what a coach booked: accepted by the client in the app, or by the link in the mail.

-- The private link of one session; the token itself is derived, only its hash is kept. It ends with the session's start.
create table confirmation_links (
  coach_id uuid not null,
  session_id uuid not null,
  token_hash bytea not null unique,
  created_at timestamptz not null,
  primary key (coach_id, session_id),
  foreign key (coach_id, session_id) references sessions (coach_id, id)
);

-- Whoever accepts by the link may have no account yet: then the time is known and the account is not.
alter table sessions drop constraint sessions_check5;
alter table sessions add constraint sessions_acceptance_has_a_time
  check (policy_accepted_by is null or policy_accepted_at is not null);
