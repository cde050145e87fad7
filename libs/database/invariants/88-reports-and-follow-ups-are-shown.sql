-- What a client reported and what was sent after a missed session stands on the session, and each was announced once.
select s.coach_id, s.id as session_id, 'report' as what
from sessions s
left join no_show_reports r on r.coach_id = s.coach_id and r.session_id = s.id
where r.reported_at is distinct from s.no_show_reported_at
   or (r.session_id is not null and 1 <> (select count(*) from outbox_messages m
     where m.coach_id = s.coach_id and m.type = 'sessions.no_show_reported' and m.payload ->> 'sessionId' = s.id::text))
union all
select s.coach_id, s.id, 'follow-up'
from sessions s
left join follow_ups f on f.coach_id = s.coach_id and f.session_id = s.id
where f.sent_at is distinct from s.followed_up_at
   or (f.session_id is not null and 1 <> (select count(*) from outbox_messages m
     where m.coach_id = s.coach_id and m.type = 'sessions.follow_up_sent' and m.payload ->> 'sessionId' = s.id::text));
