-- A session that was to be paid by card is scheduled only once its price was captured; one of a series goes on unpaid when the credits of the series end (67).
select s.coach_id, s.id as session_id, s.price_minor
from sessions s
where s.status in ('scheduled', 'completed') and s.funding = 'card' and s.price_minor > 0 and s.series_id is null
  and not exists (select 1 from payments p
    where p.coach_id = s.coach_id and p.session_id = s.id and p.captured_minor = s.price_minor and p.currency = s.currency);
