-- A rating says when it was given first, and nobody rates what was never completed.
select s.coach_id, s.id as session_id, s.rating, s.rated_at
from sessions s
where (s.rating is null) <> (s.rated_at is null)
   or (s.rating is null and s.rating_comment is not null)
   or (s.rating is not null and not exists (select 1 from session_timeline t
     where t.coach_id = s.coach_id and t.session_id = s.id and t.to_status = 'completed' and t.at <= s.rated_at));
