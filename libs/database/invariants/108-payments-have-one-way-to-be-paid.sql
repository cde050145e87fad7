-- A payment that waits names its PaymentIntent or its page of Checkout, never both, and none that has given way to another; once it is settled its page is closed, or that is still to be done.
select p.coach_id, p.id as payment_id, 'two ways' as what
from payments p
where p.status = 'requires_payment' and p.stripe_payment_intent_id is not null and p.stripe_checkout_session_id is not null
union all
select p.coach_id, p.id, 'retired'
from retired_payment_intents r join payments p on p.stripe_payment_intent_id = r.stripe_payment_intent_id
where p.status = 'requires_payment'
union all
select p.coach_id, p.id, 'page of a settled payment'
from payments p
where p.status not in ('requires_payment', 'processing', 'failed') and p.stripe_checkout_session_id is not null
  and not exists (
    select from outbox_messages m
    left join outbox_deliveries d on d.coach_id = m.coach_id and d.message_id = m.id
    where m.coach_id = p.coach_id and m.payload ->> 'paymentId' = p.id::text
      and m.type in ('payments.other_ways_to_close', 'payments.payment_cancel_requested')
      and (m.published_at is null or (d.id is not null and d.done_at is null)));
