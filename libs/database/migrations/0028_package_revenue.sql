-- Revenue of packages: each bought credit has its place, 1 to the number bought, and each place its share of the price.

-- The places that an entry moves. What the coach gave on top has none and is worth nothing.
alter table credit_entries add column places integer[] not null default '{}';

-- Where a place is, is what the last entry says that names it.
create function places_last_moved_by(entry credit_entries, movers text[]) returns integer[] language sql as $$
  select coalesce(array_agg(place order by place), '{}') from (
    select distinct on (place) place, case
        when t.kind = 'expire' and t.cause = 'refund' then 'refund'
        when t.kind = 'adjust' and t.amount < 0 then 'take'
        when t.kind = 'adjust' then 'give'
        else t.kind end as mover
    from credit_entries t cross join unnest(t.places) as place
    where t.coach_id = entry.coach_id and t.entitlement_id = entry.entitlement_id and t.id < entry.id
    order by place, t.id desc) last
  where mover = any (movers)
$$;

-- A debit takes the first free place, and its return frees it. What expires or is taken away goes from the end, those
-- without a place before all others, and comes back with its places. The entitlement's row is locked by whoever writes.
create function places_moved(entry credit_entries) returns integer[] language plpgsql as $$
declare
  free integer[];
  left_after integer;
begin
  case entry.kind
    when 'grant' then
      return array(select generate_series(1, entry.amount));
    when 'restore' then
      return (select d.places from credit_entries d
        where d.coach_id = entry.coach_id and d.session_id = entry.session_id and d.turn = entry.turn and d.kind = 'debit');
    when 'forfeit' then
      return '{}';
    when 'revive' then
      return places_last_moved_by(entry, '{expire}');
    else
      if entry.kind = 'adjust' and entry.amount > 0 then
        return (places_last_moved_by(entry, '{take}'))[:entry.amount];
      end if;
  end case;
  free := places_last_moved_by(entry, '{grant,restore,revive,give}');
  if entry.kind = 'debit' then
    return free[:1];
  end if;
  select coalesce(sum(t.amount), 0) + entry.amount into left_after from credit_entries t
  where t.coach_id = entry.coach_id and t.entitlement_id = entry.entitlement_id and t.id < entry.id;
  return free[greatest(left_after, 0) + 1:];
end $$;

create function give_places() returns trigger language plpgsql as $$
begin
  new.places := coalesce(places_moved(new), '{}');
  return new;
end $$;

-- What was written before has its places as if it had always been so.
alter table credit_entries disable trigger credit_entries_append_only;
do $$
declare
  entry credit_entries;
begin
  for entry in select * from credit_entries order by coach_id, entitlement_id, id loop
    update credit_entries set places = coalesce(places_moved(entry), '{}') where coach_id = entry.coach_id and id = entry.id;
  end loop;
end $$;
alter table credit_entries enable trigger credit_entries_append_only;

create trigger credit_entries_places before insert on credit_entries for each row execute function give_places();

-- A place's share of a whole by largest remainder: shares differ by one at most, and sum to the whole. Null without a place.
create function share_of_place(whole bigint, places integer, place integer) returns bigint language sql immutable as
$$ select case when place <= whole % places then whole / places + 1 when place <= places then whole / places end $$;

-- What a session that a package paid has earned, once it was delivered. Written from the places and the ledger.
create table package_session_revenues (
  coach_id uuid not null,
  session_id uuid not null,
  entitlement_id uuid not null,
  -- The debit that pays it.
  entry_id uuid not null,
  gross_minor bigint not null check (gross_minor >= 0),
  -- The platform's part, without what it gave back.
  fee_minor bigint not null check (fee_minor >= 0),
  -- What the session bears of refunds of its package.
  refunded_minor bigint not null check (refunded_minor >= 0),
  net_minor bigint not null check (net_minor >= 0),
  primary key (coach_id, session_id),
  foreign key (coach_id, entitlement_id) references entitlements (coach_id, id),
  foreign key (coach_id, entry_id) references credit_entries (coach_id, id),
  check (net_minor = gross_minor - fee_minor - refunded_minor)
);
create index package_session_revenues_entitlement on package_session_revenues (coach_id, entitlement_id);

-- Until now a package's money was owed to the coach from the payment on. It is not earned until it is delivered; the
-- worker finds what was delivered already.
with owed as (
  select t.coach_id, t.payment_id, p.entitlement_id, e.currency, -sum(e.amount_minor)::bigint as amount_minor, uuidv7() as id
  from ledger_transactions t
  join payments p on p.coach_id = t.coach_id and p.id = t.payment_id and p.entitlement_id is not null
  join ledger_entries e on e.coach_id = t.coach_id and e.transaction_id = t.id and e.account = 'coach'
  group by t.coach_id, t.payment_id, p.entitlement_id, e.currency
  having sum(e.amount_minor) <> 0),
moves as (
  insert into ledger_transactions (coach_id, id, kind, payment_id, reference, at)
  select coach_id, id, 'delivery_undone', payment_id, 'deferral', app_now() from owed),
entries as (
  insert into ledger_entries (coach_id, transaction_id, account, currency, amount_minor)
  select coach_id, id, 'coach', currency, amount_minor from owed
  union all
  select coach_id, id, 'deferred_packages', currency, -amount_minor from owed)
insert into outbox_messages (coach_id, id, type, payload)
select coach_id, uuidv7(), 'packages.revenue_due', jsonb_build_object('entitlementId', entitlement_id) from owed;
