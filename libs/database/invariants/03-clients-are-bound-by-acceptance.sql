-- A client's record is bound to an account exactly when the invitation was accepted, and to the client account of its address.
select c.coach_id, c.id as client_id, c.account_id, a.kind
from clients c left join accounts a on a.id = c.account_id
where (c.account_id is null) <> (c.accepted_at is null)
   or (c.account_id is not null and (a.kind <> 'client' or a.email <> c.email));
