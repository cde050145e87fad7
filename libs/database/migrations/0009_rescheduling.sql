-- Other times for a session: asked for by the client, offered by the coach.

-- How long an offer or a request waits for its answer, never beyond the session's start.
alter table coaches add column proposal_hours integer not null default 48 check (proposal_hours between 1 and 336);

-- A proposed time is held until its answer is due; who looks later sees it as free, though nobody has swept it away yet.
alter table calendar_claims add column expires_at timestamptz;
alter table calendar_claims add constraint claims_of_sessions_stay check (kind = 'proposed_time' or expires_at is null);

create table reschedule_proposals (
  coach_id uuid not null,
  id uuid not null,
  session_id uuid not null,
  made_by text not null check (made_by in ('coach', 'client')),
  message text check (length(message) <= 2000),
  -- Of a coach: held for the client. Of a client: wishes, which hold nothing.
  times timestamptz[] not null,
  -- The session's time when this was made; it stands until another is agreed on.
  session_starts_at timestamptz not null,
  -- What cancelling would have given back when the client asked; kept when the session moves because of it. Null when the coach began.
  refund_cap_percent integer check (refund_cap_percent between 0 and 100),
  -- The client's request that these times answer.
  answers_id uuid,
  status text not null default 'open'
    check (status in ('open', 'answered', 'accepted', 'declined', 'withdrawn', 'expired', 'superseded')),
  chosen_starts_at timestamptz,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  closed_at timestamptz,
  version integer not null default 1,
  primary key (coach_id, id),
  foreign key (coach_id, session_id) references sessions (coach_id, id),
  foreign key (coach_id, answers_id) references reschedule_proposals (coach_id, id),
  check (cardinality(times) between case made_by when 'coach' then 1 else 0 end and case made_by when 'coach' then 5 else 3 end),
  check (expires_at <= session_starts_at),
  check ((status = 'open') = (closed_at is null)),
  check ((status = 'accepted') = (chosen_starts_at is not null)),
  check (chosen_starts_at is null or chosen_starts_at = any (times)),
  check (status <> 'answered' or made_by = 'client'),
  check (answers_id is null or made_by = 'coach')
);
create index reschedule_proposals_id on reschedule_proposals (id);
create index reschedule_proposals_session on reschedule_proposals (coach_id, session_id, id);
create unique index reschedule_proposals_one_open on reschedule_proposals (coach_id, session_id) where status = 'open';
create index reschedule_proposals_due on reschedule_proposals (expires_at) where status = 'open';

-- The private link of one proposal; the token itself is derived, only its hash is kept. It ends with the proposal.
create table proposal_links (
  coach_id uuid not null,
  proposal_id uuid not null,
  token_hash bytea not null unique,
  created_at timestamptz not null,
  primary key (coach_id, proposal_id),
  foreign key (coach_id, proposal_id) references reschedule_proposals (coach_id, id)
);
