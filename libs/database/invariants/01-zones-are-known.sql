-- Every time zone of an account, a practice or a client is a known IANA name (I4).
with zones as (
  select 'accounts' as kept_in, id, timezone from accounts
  union all select 'accounts.last_seen', id, last_seen_timezone from accounts where last_seen_timezone is not null
  union all select 'coaches', coach_id, timezone from coaches
  union all select 'clients', id, timezone from clients
)
select z.* from zones z left join pg_timezone_names n on n.name = z.timezone where n.name is null;
