-- A charge that is due has been asked for, or is within five minutes; what was asked for has a job that is still to be
-- done, or is visible as dead; what was released is canceled, paid, or has such a job too.
select p.coach_id, p.id as payment_id, p.charge_state, p.next_attempt_at
from payments p
where p.charge_state = 'planned' and p.released_at is null and p.next_attempt_at < app_now() - interval '5 minutes'
union all
select p.coach_id, p.id, p.charge_state, null
from payments p
where p.mode = 'off_session' and p.status in ('requires_payment', 'failed')
  and (p.charge_state = 'requested' or p.released_at is not null)
  and not exists (
    select 1 from outbox_messages m
    where m.coach_id = p.coach_id and m.payload ->> 'paymentId' = p.id::text
      and m.type = case when p.released_at is null then 'payments.charge_requested' else 'payments.payment_cancel_requested' end
      and (m.published_at is null or exists (
        select 1 from outbox_deliveries d
        where d.coach_id = m.coach_id and d.message_id = m.id and d.done_at is null
          and d.job in ('charge-saved-card', 'cancel-payment-intent'))));
