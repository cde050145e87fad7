-- A session has at most one open proposal; one to move it means the session as it is: scheduled, and still at that time.
select p.coach_id, p.id as proposal_id, p.session_id, p.session_starts_at, s.status, s.starts_at
from reschedule_proposals p
left join sessions s on s.coach_id = p.coach_id and s.id = p.session_id
where p.status = 'open'
  and ((p.purpose = 'move' and (s.status, s.starts_at) is distinct from ('scheduled', p.session_starts_at))
    or exists (select from reschedule_proposals other
      where other.coach_id = p.coach_id and other.session_id = p.session_id and other.status = 'open' and other.id <> p.id));
