-- A missed session has exactly the one marking that says by whom and since when; no other session has one that still stands.
select s.coach_id, s.id as session_id, s.status, s.no_show_by, s.no_show_marked_at, n.id as no_show_id
from sessions s
left join no_shows n on n.coach_id = s.coach_id and n.session_id = s.id and n.ended_at is null
where (s.status = 'no_show' and (n.no_show_by, n.marked_at) is distinct from (s.no_show_by, s.no_show_marked_at))
   or (s.status <> 'no_show' and (n.id is not null or s.no_show_marked_at is not null));
