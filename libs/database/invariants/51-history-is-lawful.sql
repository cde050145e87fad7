-- Timelines have no gap, each change begins where the one before ended, and each is one that domain 5 allows (I9, I10).
with moves as (
  select t.coach_id, t.session_id, t.from_status, t.to_status, t.outcome,
    lag(t.to_status) over history as was, lag(t.outcome) over history as was_outcome
  from session_timeline t
  where t.to_status is not null
  window history as (partition by t.coach_id, t.session_id order by t.seq)
)
select coach_id, session_id, from_status, to_status, outcome
from moves
where from_status is distinct from was
   or (from_status is null and to_status not in ('held', 'scheduled'))
   or (from_status = 'held' and not (to_status = 'scheduled' or (to_status = 'cancelled' and outcome in ('hold_expired', 'abandoned'))))
   or (from_status = 'scheduled' and not (to_status in ('completed', 'no_show')
     or (to_status = 'cancelled' and outcome in ('in_time', 'late', 'by_coach', 'skipped', 'paused'))))
   or (from_status = 'completed' and not (to_status = 'no_show' or (to_status = 'cancelled' and outcome = 'retroactive')))
   or (from_status = 'no_show' and not (to_status in ('scheduled', 'completed') or (to_status = 'cancelled' and outcome = 'retroactive')))
   or (from_status = 'cancelled' and not (to_status = 'scheduled' and was_outcome in ('hold_expired', 'skipped', 'paused')))
union all
select coach_id, session_id, null, null, 'gap'
from session_timeline
group by coach_id, session_id
having min(seq) <> 1 or max(seq) <> count(*);
