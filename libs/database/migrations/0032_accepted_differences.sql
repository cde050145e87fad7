-- A person has decided that a difference to Stripe may stay as it is: it is raised again only when one of the sides has changed.
alter table reconciliation_differences
  drop constraint reconciliation_differences_state_check,
  add constraint reconciliation_differences_state_check check (state in ('found', 'raised', 'mended', 'resolved', 'accepted')),
  add column accepted_at timestamptz,
  add column accept_reason text,
  add check ((accepted_at is not null) = (state = 'accepted')),
  add check ((accept_reason is not null) = (state = 'accepted'));
create index reconciliation_differences_accepted on reconciliation_differences (kind, object_id) where state = 'accepted';
