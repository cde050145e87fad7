-- What packages and ways to pay still lacked: sales by coaches, the days of "expiring soon", Checkout, receipts.

-- Sessions are indexed by it since 0012.
alter table sessions add constraint sessions_entitlement
  foreign key (coach_id, entitlement_id) references entitlements (coach_id, id);

alter table coaches
  -- Local days before its last day from which a package counts as expiring soon.
  add column expiring_soon_days integer not null default 14
    constraint coaches_expiring_soon_days_check check (expiring_soon_days between 1 and 90);

-- Who has sold it: the client bought it, or the coach asks them to pay.
alter table entitlements add column sold_by text not null default 'client' check (sold_by in ('client', 'coach'));

alter table payments
  -- The page on which it is paid instead of by the PaymentIntent; null while there is none. Each page has a number.
  add column stripe_checkout_session_id text unique,
  add column checkout_number integer not null default 0 check (checkout_number >= 0),
  add column checkout_expires_at timestamptz,
  -- What had gone back already, by Stripe's word, when the capture was read; the refunds are read after it.
  add column stripe_refunded_minor bigint not null default 0 check (stripe_refunded_minor >= 0),
  -- Stripe's receipt of what was captured.
  add column receipt_url text check (length(receipt_url) <= 2000),
  -- Money that came a second time for this payment, and goes back whole.
  add column paid_twice_of uuid,
  add constraint payments_paid_twice_of foreign key (coach_id, paid_twice_of) references payments (coach_id, id),
  add constraint payments_checkout check ((stripe_checkout_session_id is null) or checkout_number > 0);
alter table payments drop constraint payments_of_one_thing;
alter table payments add constraint payments_of_one_thing check (case
  when paid_twice_of is null then (session_id is null) <> (entitlement_id is null)
  else session_id is null and entitlement_id is null and mode = 'on_session' end);
create index payments_paid_twice on payments (coach_id, paid_twice_of) where paid_twice_of is not null;

-- PaymentIntents that a payment had before it got another way to be paid. What they still say counts only if it is money.
create table retired_payment_intents (
  stripe_payment_intent_id text primary key,
  coach_id uuid not null,
  payment_id uuid not null,
  retired_at timestamptz not null,
  -- Stripe has confirmed that it takes no money any more, or took it.
  closed_at timestamptz,
  foreign key (coach_id, payment_id) references payments (coach_id, id)
);
create index retired_payment_intents_payment on retired_payment_intents (coach_id, payment_id);
