-- Series that cost something: paid by credits, or on the saved card (domain.md 10, 11).

alter table series drop constraint series_funding_check;
alter table series add constraint series_funding_check check (funding in ('free', 'package', 'pay_later'));
alter table series
  -- Of `package`: this one alone pays; none: the one that expires first.
  add column entitlement_id uuid,
  -- Of `package`: what pays for sessions once the credits have ended.
  add column fallback text not null default 'none' check (fallback in ('none', 'saved_card')),
  -- Hours before its start at which a session is charged; none: when cancelling stops being free, by its terms.
  add column charge_hours_before integer check (charge_hours_before between 0 and 720),
  -- Since then sessions are made without a credit, and both were told; none once credits pay again.
  add column credits_ended_at timestamptz,
  add constraint series_entitlement foreign key (coach_id, entitlement_id) references entitlements (coach_id, id),
  add constraint series_credits check (funding = 'package'
    or (entitlement_id is null and fallback = 'none' and credits_ended_at is null));
