-- Connections to platforms, meetings, notes, goals, notifications.

create table connections (
  coach_id uuid not null references coaches,
  id uuid not null,
  platform text not null check (platform in ('zoom', 'google', 'microsoft')),
  status text not null check (status in ('connected', 'needs_attention', 'revoked')),
  external_account_id text not null,
  external_email text,
  scopes text not null default '',
  access_token_ciphertext bytea not null,
  refresh_token_ciphertext bytea not null,
  key_id text not null,
  access_expires_at timestamptz not null,
  -- Rises with every refresh: a holder of an older one re-reads before it gives up.
  token_version integer not null default 1,
  -- Technical time: when the refresh token was given out, and until when one process alone may exchange it.
  tokens_issued_at timestamptz not null,
  refreshing_until timestamptz,
  -- When a removed connection was also ended at the platform and its tokens were overwritten.
  forgotten_at timestamptz,
  last_checked_at timestamptz,
  last_error text,
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (coach_id, id),
  check (octet_length(access_token_ciphertext) >= 29 and octet_length(refresh_token_ciphertext) >= 29)
);
create unique index connections_one_per_platform on connections (coach_id, platform) where status <> 'revoked';
create index connections_external_account on connections (platform, external_account_id);

create table oauth_states (
  state_hash bytea primary key,
  coach_id uuid not null references coaches,
  platform text not null,
  verifier_ciphertext bytea not null,
  return_to text,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz
);

create table meetings (
  coach_id uuid not null references coaches,
  id uuid not null,
  session_id uuid not null,
  platform text not null check (platform in ('zoom', 'google_meet', 'microsoft_teams')),
  connection_id uuid,
  state text not null check (state in ('pending', 'ready', 'failed', 'deleted')),
  external_id text,
  join_url text,
  passcode text,
  dial_in jsonb not null default '[]',
  dial_in_reason text,
  waiting_room boolean,
  -- What the platform was last told; compared with the session by every sync.
  applied_starts_at timestamptz,
  applied_minutes integer,
  -- Calls to make a meeting whose outcome was not recorded: before another one the platform is searched.
  attempts integer not null default 0,
  last_error text,
  -- Consecutive tries that got no answer to rely on.
  failures integer not null default 0,
  -- Business time at which the sweep asks for another job; null when nothing is to be done.
  due_at timestamptz,
  -- Business time until which the platform takes no more creates and updates of this host.
  blocked_until timestamptz,
  -- Technical time until which one process alone may act for it at the platform; `version` is its fence.
  claimed_until timestamptz,
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (coach_id, id),
  unique (coach_id, session_id),
  foreign key (coach_id, session_id) references sessions (coach_id, id),
  check (state <> 'ready' or (external_id is not null and join_url is not null))
);
create unique index meetings_external on meetings (platform, external_id) where external_id is not null;
create index meetings_due on meetings (due_at) where due_at is not null;

-- The stable link /j/{token} of a session; the token itself is derived, only its hash is kept.
create table join_links (
  coach_id uuid not null,
  session_id uuid not null,
  token_hash bytea not null unique,
  created_at timestamptz not null,
  primary key (coach_id, session_id),
  foreign key (coach_id, session_id) references sessions (coach_id, id)
);

create table join_attempts (
  coach_id uuid not null,
  id uuid not null,
  session_id uuid not null,
  role text not null check (role in ('coach', 'client', 'link')),
  account_id uuid,
  at timestamptz not null,
  primary key (coach_id, id),
  foreign key (coach_id, session_id) references sessions (coach_id, id)
);
create index join_attempts_session on join_attempts (coach_id, session_id, id);

create table notes (
  coach_id uuid not null references coaches,
  id uuid not null,
  session_id uuid not null,
  client_id uuid not null,
  kind text not null check (kind in ('session', 'preparation')),
  visibility text not null check (visibility in ('shared', 'private')),
  -- Shared notes are readable text; private ones only ciphertext.
  content jsonb,
  content_ciphertext bytea,
  key_id text,
  first_shared_at timestamptz,
  seen_by_client_at timestamptz,
  deleted_at timestamptz,
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (coach_id, id),
  foreign key (coach_id, session_id) references sessions (coach_id, id),
  foreign key (coach_id, client_id) references clients (coach_id, id),
  check (kind = 'session' or visibility = 'private'),
  check ((visibility = 'shared') = (content is not null)),
  check ((visibility = 'private') = (content_ciphertext is not null and key_id is not null))
);
create index notes_session on notes (coach_id, session_id, id);
create index notes_id on notes (id);

create table note_versions (
  coach_id uuid not null,
  note_id uuid not null,
  version integer not null,
  visibility text not null,
  content jsonb,
  content_ciphertext bytea,
  key_id text,
  changed_by uuid not null,
  changed_at timestamptz not null,
  change text not null check (change in ('created', 'edited', 'shared', 'made_private', 'deleted')),
  primary key (coach_id, note_id, version),
  foreign key (coach_id, note_id) references notes (coach_id, id)
);
create trigger note_versions_append_only before update or delete on note_versions
  for each row execute function refuse_change();

create table goals (
  coach_id uuid not null references coaches,
  id uuid not null,
  client_id uuid not null,
  title text not null check (length(title) between 1 and 200),
  description text not null default '' check (length(description) <= 4000),
  target_on date,
  status text not null default 'active' check (status in ('active', 'achieved', 'archived')),
  progress_percent integer not null default 0 check (progress_percent between 0 and 100),
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (coach_id, id),
  foreign key (coach_id, client_id) references clients (coach_id, id)
);
create index goals_client on goals (coach_id, client_id, id);
create index goals_id on goals (id);

create table session_goals (
  coach_id uuid not null,
  session_id uuid not null,
  goal_id uuid not null,
  remark text not null default '',
  linked_at timestamptz not null,
  primary key (coach_id, session_id, goal_id),
  foreign key (coach_id, session_id) references sessions (coach_id, id),
  foreign key (coach_id, goal_id) references goals (coach_id, id)
);

-- One message to one person. Written once; delivered at least once with a stable Message-ID.
create table notifications (
  coach_id uuid not null,
  id uuid not null,
  -- Names the effect once: kind, subject, version, recipient.
  effect_key text not null,
  kind text not null,
  recipient_kind text not null check (recipient_kind in ('coach', 'client', 'admin')),
  recipient_id uuid not null,
  recipient_email text not null,
  session_id uuid,
  session_version integer,
  payload jsonb not null default '{}',
  subject text,
  message_id text not null,
  state text not null check (state in ('queued', 'sent', 'bounced', 'suppressed', 'dead')),
  suppressed_reason text,
  attempts integer not null default 0,
  last_error text,
  created_at timestamptz not null,
  sent_at timestamptz,
  read_at timestamptz,
  version integer not null default 1,
  primary key (coach_id, id),
  unique (coach_id, effect_key)
);
create index notifications_recipient on notifications (recipient_id, id);
create index notifications_session on notifications (coach_id, session_id);
create index notifications_open on notifications (created_at) where state = 'queued';
