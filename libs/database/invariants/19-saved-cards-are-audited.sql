-- Each version of a card, and each setup, has its audit entry.
select m.coach_id, m.id, 'payment_method' as what
from payment_methods m
where (select count(distinct a.object_version) from audit_entries a
  where a.coach_id = m.coach_id and a.object_type = 'payment_method' and a.object_id = m.id) < m.version
union all
select s.coach_id, s.id, 'card_setup'
from card_setups s
where (select count(distinct a.object_version) from audit_entries a
  where a.coach_id = s.coach_id and a.object_type = 'card_setup' and a.object_id = s.id) < s.version;
