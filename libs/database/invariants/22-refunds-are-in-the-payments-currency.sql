-- A refund, and every entry of the ledger but the processing fee, is in the currency of its payment.
select r.coach_id, r.id, r.currency, p.currency as payment_currency
from refunds r join payments p on p.coach_id = r.coach_id and p.id = r.payment_id
where r.currency <> p.currency
union all
select t.coach_id, t.id, e.currency, p.currency
from ledger_transactions t
join ledger_entries e on e.coach_id = t.coach_id and e.transaction_id = t.id
join payments p on p.coach_id = t.coach_id and p.id = t.payment_id
where t.kind <> 'processing_fee' and e.currency <> p.currency;
