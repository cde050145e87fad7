-- Every version of a practice's settings after the first has its audit entry, with what was before and after.
select c.coach_id, n as version
from coaches c cross join lateral generate_series(2, c.version) n
where not exists (select from audit_entries e where e.coach_id = c.coach_id and e.object_type = 'settings'
                  and e.object_id = c.coach_id and e.object_version = n and e.before is not null and e.after is not null);
