-- Revenue is listed by currency first: amounts of two currencies cannot be compared.
drop index sessions_by_revenue;
create index sessions_by_revenue on sessions (coach_id, currency, net_minor, id, status, payment_status, type_code, starts_at);

-- Whatever ends a session frees the times offered for it, mostly none: a sweep need not look each session up among all claims.
create index claims_of_proposals on calendar_claims (coach_id, session_id) where kind = 'proposed_time';
