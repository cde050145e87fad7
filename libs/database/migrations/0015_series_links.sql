-- A series has one join link, which leads to the occurrence whose window is open (domain.md 13). The token itself is derived,
-- only its hash is kept.
create table series_join_links (
  coach_id uuid not null,
  series_id uuid not null,
  token_hash bytea not null unique,
  created_at timestamptz not null,
  primary key (coach_id, series_id),
  foreign key (coach_id, series_id) references series (coach_id, id)
);
