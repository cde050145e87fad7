-- A note that was ever shared says since when, and its client was told of it exactly once.
select n.coach_id, n.id
from notes n
where (n.visibility = 'shared' and n.first_shared_at is null)
   or (n.seen_by_client_at is not null and n.first_shared_at is null)
   or (n.first_shared_at is not null and 1 <> (
     select count(*) from outbox_messages m
     where m.coach_id = n.coach_id and m.type = 'notes.note_shared' and m.payload ->> 'noteId' = n.id::text
   ));
