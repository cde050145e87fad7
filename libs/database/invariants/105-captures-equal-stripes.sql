-- What was captured is what Stripe has listed in the last comparison, or the difference is on record.
with last as (
  select id, started_at - interval '5 minutes' as at_rest from reconciliation_runs
  where finished_at is not null order by finished_at desc, id desc limit 1)
select l.stripe_id, p.coach_id, p.id as payment_id, p.captured_minor, l.amount_minor, l.currency
from last
join reconciliation_listing l on l.run_id = last.id and l.kind = 'payment' and l.status = 'paid'
left join payments p on p.stripe_payment_intent_id = l.stripe_id
where case when p.id is null then l.payment_id is not null and l.refunded_minor < l.amount_minor
    else (p.captured_minor, p.currency) <> (l.amount_minor, l.currency) end
  -- What was new then may have been under way, and what has changed since may be right by now.
  and l.made_at < last.at_rest and coalesce(p.updated_at < last.at_rest, true)
  and not exists (select from reconciliation_differences d
    where d.stripe_payment_intent_id = l.stripe_id and (d.state in ('found', 'raised') or d.last_run_id = last.id));
