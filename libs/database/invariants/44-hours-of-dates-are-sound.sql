-- The hours of a date are minutes of one day, each interval ends after it begins, and none overlaps another.
with intervals as (
  select d.coach_id, d.id, d.local_date, n, (i ->> 'startsMinute')::int as starts_minute, (i ->> 'endsMinute')::int as ends_minute
  from date_overrides d cross join lateral jsonb_array_elements(d.intervals) with ordinality as each(i, n)
)
select coach_id, id, local_date, starts_minute, ends_minute from intervals
where starts_minute is null or ends_minute is null or starts_minute < 0 or ends_minute > 1440 or starts_minute >= ends_minute
union all
select a.coach_id, a.id, a.local_date, a.starts_minute, a.ends_minute
from intervals a join intervals b on b.coach_id = a.coach_id and b.id = a.id and b.n > a.n
  and a.starts_minute < b.ends_minute and b.starts_minute < a.ends_minute;
