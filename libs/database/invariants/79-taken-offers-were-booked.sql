-- What a client took from the new times of a follow-up is a session of theirs, booked after the one that was missed (A104).
select p.coach_id, p.id as proposal_id, p.session_id, p.next_session_id
from reschedule_proposals p
join sessions missed on missed.coach_id = p.coach_id and missed.id = p.session_id
left join sessions n on n.coach_id = p.coach_id and n.id = p.next_session_id
where p.status = 'accepted' and p.purpose = 'book_next'
  and (n.id is null or n.follows_session_id is distinct from p.session_id or n.client_id <> missed.client_id)
union all
-- The offer stands in the follow-up of that session, and is open only while it is marked as missed by its client.
select p.coach_id, p.id, p.session_id, p.next_session_id
from reschedule_proposals p
join sessions missed on missed.coach_id = p.coach_id and missed.id = p.session_id
left join follow_ups f on f.coach_id = p.coach_id and f.session_id = p.session_id and f.proposal_id = p.id
where p.purpose = 'book_next'
  and (f.session_id is null or (p.status = 'open' and (missed.status, missed.no_show_by) is distinct from ('no_show', 'client')));
