-- What a marking said goes back in place of a credit is a refund of the package for that session.
select n.coach_id, n.id as no_show_id, n.share_minor
from no_shows n
where n.share_minor > 0 and not exists (select from refunds r
  where r.coach_id = n.coach_id and r.session_id = n.session_id and r.reason = 'entitlement_refunded'
    and r.amount_minor = n.share_minor);
