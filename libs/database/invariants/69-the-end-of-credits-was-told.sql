-- Nobody has an unpaid session of a series that credits pay without having been told that they ended: by one message for each end.
select r.coach_id, r.id as series_id, r.credits_ended_at, count(s.id) as unpaid
from series r
join sessions s on s.coach_id = r.coach_id and s.series_id = r.id and s.status = 'scheduled' and s.funding <> 'package'
where r.funding = 'package' and not exists (
  select from outbox_messages m
  join series f on f.coach_id = m.coach_id and f.id::text = m.payload ->> 'seriesId'
  where m.coach_id = r.coach_id and m.type = 'series.credits_ended' and f.client_id = r.client_id)
group by r.coach_id, r.id, r.credits_ended_at
union all
select m.coach_id, (m.payload ->> 'seriesId')::uuid, (m.payload ->> 'endedAt')::timestamptz, count(*)
from outbox_messages m
where m.type = 'series.credits_ended'
group by m.coach_id, m.payload ->> 'seriesId', m.payload ->> 'endedAt'
having count(*) > 1;
