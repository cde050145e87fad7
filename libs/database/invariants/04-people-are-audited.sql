-- Every account and every client's record has an audit entry: somebody made it.
select 'account' as object_type, a.id from accounts a
where not exists (select from audit_entries e where e.object_type = 'account' and e.object_id = a.id
                  and e.coach_id in (a.id, '00000000-0000-0000-0000-000000000000'))
union all
select 'client', c.id from clients c
where not exists (select from audit_entries e where e.coach_id = c.coach_id and e.object_type = 'client' and e.object_id = c.id);
