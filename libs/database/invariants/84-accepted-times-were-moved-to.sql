-- The session moved once, and to the time that was taken, for each accepted proposal to move it; for no other did it move.
select p.coach_id, p.id as proposal_id, p.session_id, p.status, p.chosen_starts_at, moved.moves, moved.there
from reschedule_proposals p
cross join lateral (
  select count(*) as moves,
         count(*) filter (where (t.details ->> 'to')::timestamptz = p.chosen_starts_at
                            and (t.details ->> 'from')::timestamptz = p.session_starts_at) as there
  from session_timeline t
  where t.coach_id = p.coach_id and t.session_id = p.session_id and t.kind = 'moved'
    and t.details ->> 'proposalId' = p.id::text) moved
cross join lateral (select case when p.status = 'accepted' and p.purpose = 'move' then 1 else 0 end as moves) expected
where (moved.moves, moved.there) is distinct from (expected.moves, expected.moves);
