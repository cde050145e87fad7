-- No two sessions share the link of a meeting, and every meeting that is ready has a stable link (A141, I39).
select m.coach_id, m.session_id, 'no stable link' as fault
from meetings m
left join join_links l on l.coach_id = m.coach_id and l.session_id = m.session_id
where m.state = 'ready' and l.session_id is null
union all
select min(m.coach_id::text)::uuid, min(m.session_id::text)::uuid, 'shared link'
from meetings m
where m.join_url is not null
group by m.platform, m.join_url
having count(*) > 1
union all
-- One token opens one thing: a session, or whichever occurrence of a series is on.
select l.coach_id, l.series_id, 'link of a series and of a session'
from series_join_links l
join join_links s on s.token_hash = l.token_hash;
