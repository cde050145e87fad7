-- No mail confirmed or moved a session that had already been cancelled (domain 18.9); a mail may be under way for two minutes.
select n.coach_id, n.id, n.session_id
from notifications n
join sessions s on s.coach_id = n.coach_id and s.id = n.session_id
where n.kind in ('booking_confirmed', 'session_moved')
  and n.state = 'sent'
  and s.status = 'cancelled'
  and n.sent_at > s.cancelled_at + interval '2 minutes';
