-- A setup has a card exactly when it has succeeded.
select s.coach_id, s.id
from card_setups s
where (s.status = 'succeeded') <> exists (select from payment_methods m
  where m.coach_id = s.coach_id and m.setup_id = s.id);
