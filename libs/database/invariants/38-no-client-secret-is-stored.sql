-- No stored event of Stripe carries what a payment could be confirmed with.
select id, type from stripe_events where payload::text ~ '_secret_';
