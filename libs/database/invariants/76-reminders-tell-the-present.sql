-- No reminder left for a session that had begun or had been cancelled (C18); a mail may be under way for two minutes.
select n.coach_id, n.id, n.session_id
from notifications n
join sessions s on s.coach_id = n.coach_id and s.id = n.session_id
where n.kind = 'reminder'
  and n.state = 'sent'
  and (n.sent_at > (n.payload ->> 'startsAt')::timestamptz + interval '2 minutes'
    or (s.status = 'cancelled' and n.sent_at > s.cancelled_at + interval '2 minutes'));
