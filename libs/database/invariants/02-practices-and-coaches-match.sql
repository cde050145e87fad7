-- Every coach's account has the settings of a practice, and nobody else's account has.
select a.id as account_id, a.kind, c.coach_id
from accounts a full join coaches c on c.coach_id = a.id
where (a.kind = 'coach') is distinct from (c.coach_id is not null);
