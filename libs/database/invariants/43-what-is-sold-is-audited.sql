-- Every version of an offering, and every version of cancellation terms, has its audit entry; lines of terms have no gap.
select 'offering' as object_type, o.coach_id, o.id, n as version
from offerings o cross join lateral generate_series(1, o.version) n
where not exists (select from audit_entries e where e.coach_id = o.coach_id and e.object_type = 'offering'
                  and e.object_id = o.id and e.object_version = n)
union all
select 'policy', p.coach_id, p.id, p.line_version
from policies p
where not exists (select from audit_entries e where e.coach_id = p.coach_id and e.object_type = 'policy'
                  and e.object_id = p.id and e.object_version = p.line_version)
   or (p.line_version > 1 and not exists (select from policies b where b.coach_id = p.coach_id and b.line_id = p.line_id
                                          and b.line_version = p.line_version - 1));
