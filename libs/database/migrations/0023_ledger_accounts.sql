-- The ledger's further accounts and movements: what a client owes, package revenue that is not yet earned, disputes.

alter table ledger_transactions drop constraint ledger_transactions_kind_check;
alter table ledger_transactions add constraint ledger_transactions_kind_check check (kind in (
  'capture', 'processing_fee', 'refund', 'refund_failed',
  -- What a client owes falls due, and is paid, waived or given up.
  'charge', 'charge_released',
  -- Package revenue is earned with its session or with the expiry of its credit, and taken back when that is undone.
  'delivery', 'delivery_undone', 'breakage', 'breakage_undone',
  'dispute', 'dispute_won', 'dispute_fee', 'dispute_fee_returned'));

alter table ledger_entries drop constraint ledger_entries_account_check;
alter table ledger_entries add constraint ledger_entries_account_check check (account in (
  'stripe_clearing', 'client', 'coach', 'platform_fee', 'processing_fee', 'deferred_packages', 'dispute_fee'));

-- What else of the payment a movement is about, where a kind can occur more than once: a dispute, a credit entry.
alter table ledger_transactions add column reference text not null default '';
drop index ledger_once_per_payment;
create unique index ledger_once_per_payment on ledger_transactions (coach_id, payment_id, kind, reference) where refund_id is null;

alter table refunds drop constraint refunds_reason_check;
alter table refunds add constraint refunds_reason_check check (reason in (
  'session_cancelled', 'late_payment', 'goodwill', 'no_show', 'entitlement_refunded', 'no_show_undone', 'paid_twice'));
