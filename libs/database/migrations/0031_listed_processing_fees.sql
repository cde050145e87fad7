-- What Stripe has kept for a payment, in the currency that it settles in; null while Stripe does not say.
alter table reconciliation_listing add column processing_fee_minor bigint, add column processing_fee_currency char(3);
