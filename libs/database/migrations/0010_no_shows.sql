-- No-shows, attempts to reach the other side, reports of a coach who did not come, follow-ups, ratings.

alter table sessions
  add column no_show_marked_at timestamptz,
  -- When the client said that the coach did not come; the words are in no_show_reports.
  add column no_show_reported_at timestamptz,
  add column followed_up_at timestamptz,
  -- The session that this one was booked after, by "book next" or by an offer in a follow-up.
  add column follows_session_id uuid,
  add constraint sessions_follow_a_session foreign key (coach_id, follows_session_id) references sessions (coach_id, id);
create index sessions_follows on sessions (coach_id, follows_session_id) where follows_session_id is not null;

alter table refunds drop constraint refunds_reason_check;
alter table refunds add constraint refunds_reason_check
  check (reason in ('session_cancelled', 'late_payment', 'goodwill', 'no_show'));

-- Each marking of a session as missed, with what it decided about money; a correction ends it, and it stays on record.
create table no_shows (
  coach_id uuid not null,
  id uuid not null,
  session_id uuid not null,
  no_show_by text not null check (no_show_by in ('client', 'coach')),
  marked_at timestamptz not null,
  marked_by_kind text not null check (marked_by_kind in ('coach', 'admin')),
  marked_by uuid not null,
  -- Marked before the waiting time was over.
  overridden boolean not null,
  reason text,
  clause text not null,
  -- What the coach keeps of what was paid, and what went back by this marking; minor units.
  kept_minor bigint not null check (kept_minor >= 0),
  refund_minor bigint not null check (refund_minor >= 0),
  currency char(3) not null,
  refund_id uuid,
  ended_at timestamptz,
  ended_how text check (ended_how in ('undone', 'voided')),
  primary key (coach_id, id),
  foreign key (coach_id, session_id) references sessions (coach_id, id),
  foreign key (coach_id, refund_id) references refunds (coach_id, id),
  unique (coach_id, refund_id),
  check ((refund_minor > 0) = (refund_id is not null)),
  check ((ended_at is null) = (ended_how is null)),
  check (not overridden or reason is not null)
);
create unique index no_shows_one_at_a_time on no_shows (coach_id, session_id) where ended_at is null;
create index no_shows_session on no_shows (coach_id, session_id, id);

-- Tries to reach who did not come; the words are the coach's own and sealed.
create table contact_attempts (
  coach_id uuid not null,
  id uuid not null,
  session_id uuid not null,
  no_show_id uuid not null,
  at timestamptz not null,
  channel text not null check (channel in ('phone', 'email', 'message', 'video', 'other')),
  note_ciphertext bytea,
  key_id text,
  recorded_by uuid not null,
  recorded_at timestamptz not null,
  primary key (coach_id, id),
  foreign key (coach_id, session_id) references sessions (coach_id, id),
  foreign key (coach_id, no_show_id) references no_shows (coach_id, id),
  check ((note_ciphertext is null) = (key_id is null))
);
create index contact_attempts_session on contact_attempts (coach_id, session_id, id);

-- A client's word that the coach did not come; one for a session.
create table no_show_reports (
  coach_id uuid not null,
  session_id uuid not null,
  message text check (length(message) <= 4000),
  reported_by uuid not null,
  reported_at timestamptz not null,
  primary key (coach_id, session_id),
  foreign key (coach_id, session_id) references sessions (coach_id, id)
);

-- The one message after a session that the client missed.
create table follow_ups (
  coach_id uuid not null,
  session_id uuid not null,
  template text not null check (template in ('missed_you', 'new_time')),
  message text not null check (length(message) between 1 and 4000),
  -- The offer of new times that went with it, if any.
  proposal_id uuid,
  sent_by uuid not null,
  sent_at timestamptz not null,
  primary key (coach_id, session_id),
  foreign key (coach_id, session_id) references sessions (coach_id, id)
);
