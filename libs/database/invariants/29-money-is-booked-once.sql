-- Each capture is booked once; each refund as often as it succeeded less as often as it failed after that.
select p.coach_id, p.id, 'capture' as what, count(t.id) as booked
from payments p left join ledger_transactions t on t.coach_id = p.coach_id and t.payment_id = p.id and t.kind = 'capture'
group by p.coach_id, p.id, p.captured_minor
having count(t.id) <> case when p.captured_minor > 0 then 1 else 0 end
union all
select r.coach_id, r.id, 'refund', count(t.id) filter (where t.kind = 'refund') - count(t.id) filter (where t.kind = 'refund_failed')
from refunds r left join ledger_transactions t on t.coach_id = r.coach_id and t.refund_id = r.id
group by r.coach_id, r.id, r.status
having count(t.id) filter (where t.kind = 'refund') - count(t.id) filter (where t.kind = 'refund_failed')
  <> case when r.status = 'succeeded' then 1 else 0 end;
