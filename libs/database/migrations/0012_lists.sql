-- Lists: each sort has an index that ends in id, and carries what filters ask, so that a filter is decided inside it.

-- 0 single, 1 recurring, 2 package, 3 recurring and paid by a credit, which is found as both.
alter table sessions add column type_code smallint not null generated always as
  (case when series_id is null then 0 else 1 end + case when entitlement_id is null then 0 else 2 end) stored;

drop index sessions_by_date, sessions_by_client, sessions_by_client_name, sessions_by_revenue, sessions_by_rating;
-- `rating` at its end: what has none is listed by date, behind what has one.
create index sessions_by_date on sessions (coach_id, starts_at, id, status, payment_status, type_code, rating);
create index sessions_by_client on sessions (coach_id, client_id, starts_at, id, status, payment_status, type_code);
create index sessions_by_client_name on sessions (coach_id, client_sort_name, id, status, payment_status, type_code, starts_at);
create index sessions_by_revenue on sessions (coach_id, net_minor, id, status, payment_status, type_code, starts_at);
create index sessions_by_rating on sessions (coach_id, rating, id, status, payment_status, type_code, starts_at) where rating is not null;
create index sessions_by_reason on sessions (coach_id, cancel_reason_code, starts_at, id, rating) where cancel_reason_code is not null;
create index sessions_by_entitlement on sessions (coach_id, entitlement_id, starts_at, id) where entitlement_id is not null;

-- A client is one coach's: taken as independent, the sessions of some clients would be guessed too few, and sorted all.
create statistics sessions_clients_of_coaches (dependencies) on coach_id, client_id from sessions;
