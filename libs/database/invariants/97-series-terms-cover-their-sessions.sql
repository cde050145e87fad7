-- What the client agreed to for a whole series is agreed to for each of its sessions to come under these terms.
select s.coach_id, s.id, s.series_id, r.policy_accepted_at
from series r
join sessions s on s.coach_id = r.coach_id and s.series_id = r.id
where r.policy_accepted_at is not null and s.policy_id = r.policy_id and s.policy_accepted_at is null
  and s.status in ('held', 'scheduled') and s.starts_at > r.policy_accepted_at;
