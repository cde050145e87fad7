-- What went back in place of the credit of a missed session, because its package had been refunded before; minor units. It is
-- a refund of the package's payment, beside `refund_minor` of the session's own.
alter table no_shows add column share_minor bigint not null default 0 check (share_minor >= 0);
