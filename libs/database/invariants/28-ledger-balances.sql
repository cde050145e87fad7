-- Every movement in the ledger balances per currency, and has entries.
select t.coach_id, t.id as transaction_id, e.currency, sum(e.amount_minor) as off_by_minor
from ledger_transactions t left join ledger_entries e on e.coach_id = t.coach_id and e.transaction_id = t.id
group by t.coach_id, t.id, e.currency
having e.currency is null or sum(e.amount_minor) <> 0;
