-- The last version of every note's history is the note, each version is there once, and all of it is sealed.
select n.coach_id, n.id, n.version
from notes n
left join note_versions v on v.coach_id = n.coach_id and v.note_id = n.id
group by n.coach_id, n.id, n.version, n.visibility
having count(v.version) <> n.version
    or max(v.version) is distinct from n.version
    or bool_or(v.content is not null)
    or bool_or(v.content_ciphertext is null)
    or (array_agg(v.visibility order by v.version desc))[1] is distinct from n.visibility;
