-- What a series is sold as, from some point on; whether its client agreed to its terms; and what may be cancelled freely.

-- Until then the client cancels this occurrence free of charge: the coach moved it, or made it dearer (domain.md 10).
alter table sessions add column free_cancellation_until timestamptz;
alter table sessions add constraint sessions_free_cancellation_of_occurrences
  check (free_cancellation_until is null or series_id is not null);

-- The platform that the session is to be on; null: the coach's own order of platforms.
alter table sessions add column platform text check (platform in ('zoom', 'google_meet', 'microsoft_teams'));

-- The client agrees once to the terms of a series, for its sessions present and future, until an edit brings other terms.
alter table series add column policy_accepted_at timestamptz;
-- Whoever accepts by the link may have no account yet.
alter table series add column policy_accepted_by uuid;
alter table series add constraint series_acceptance_has_a_time
  check (policy_accepted_by is null or policy_accepted_at is not null);

-- The private link of one series; the token itself is derived, only its hash is kept.
create table series_confirmation_links (
  coach_id uuid not null,
  series_id uuid not null,
  token_hash bytea not null unique,
  created_at timestamptz not null,
  primary key (coach_id, series_id),
  foreign key (coach_id, series_id) references series (coach_id, id)
);

update sessions s set platform = r.platform from series r
where s.series_id is not null and r.coach_id = s.coach_id and r.id = s.series_id and r.platform is not null;
