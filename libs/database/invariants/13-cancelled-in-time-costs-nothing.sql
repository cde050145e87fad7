-- A cancelled session has no charge but the one that its cancelling decided on; of a charge that was under way and paid after
-- all, what is not owed goes back: refunded, a failure that people see, or work still to be done.
select p.coach_id, p.session_id, p.id as payment_id, s.outcome, p.reason, p.status
from payments p
join sessions s on s.coach_id = p.coach_id and s.id = p.session_id
left join cancellation_charges c on c.coach_id = s.coach_id and c.session_id = s.id and c.waived_at is null
where p.mode = 'off_session' and s.status = 'cancelled' and case
  when p.captured_minor = 0 then p.status <> 'canceled' and p.released_at is null and c.payment_id is distinct from p.id
  when p.released_at is null then false
  else p.captured_minor - p.refunded_minor > coalesce(c.owed_minor, 0)
    and not exists (select from awaited_charges a where a.coach_id = p.coach_id and a.payment_id = p.id)
    and not exists (
      select from outbox_messages m
      left join outbox_deliveries d on d.coach_id = m.coach_id and d.message_id = m.id and d.job = 'follow-payment'
      where m.coach_id = s.coach_id and m.payload ->> 'sessionId' = s.id::text and m.type = 'payments.payment_paid'
        and (m.published_at is null or (d.id is not null and d.done_at is null)))
end;
