-- Only a card that the client saved for this coach with their consent was asked; what needs the client or was given up
-- was announced.
select p.coach_id, p.id as payment_id, 'card' as what
from payments p
where (p.attempts > 0) <> (p.attempted_card is not null)
   or (p.attempted_card is not null and not exists (
     select 1 from payment_methods m join card_consents k on k.coach_id = m.coach_id and k.setup_id = m.setup_id
     where m.coach_id = p.coach_id and m.id = p.attempted_card and m.client_id = p.client_id))
union all
select p.coach_id, p.id, p.charge_state
from payments p
where p.charge_state in ('needs_action', 'given_up') and not exists (
  select 1 from outbox_messages m
  where m.coach_id = p.coach_id and m.payload ->> 'paymentId' = p.id::text
    and m.type = case p.charge_state when 'given_up' then 'payments.charge_given_up' else 'payments.charge_needs_action' end);
