/** What is read at Stripe again when it tells of something. */
export type Reading =
  | 'payment'
  | 'refund'
  | 'refundsOfPayment'
  | 'refundsOfCharge'
  | 'dispute'
  | 'page'
  | 'cardSetup'
  | 'savedCard'
  | 'payoutAccount';

/** Where the event's object says which one it is. */
type Reference = 'id' | 'payment_intent' | 'originating_transaction' | 'source_transaction';

/**
 * The events that are followed: what is read, and by which reference. Any other is stored and left alone. The endpoint at Stripe
 * must send these (README).
 */
export const FOLLOWED_EVENTS: Readonly<Record<string, readonly [Reading, Reference]>> = {
  'payment_intent.processing': ['payment', 'id'],
  'payment_intent.requires_action': ['payment', 'id'],
  'payment_intent.succeeded': ['payment', 'id'],
  'payment_intent.payment_failed': ['payment', 'id'],
  'payment_intent.canceled': ['payment', 'id'],
  'charge.succeeded': ['payment', 'payment_intent'],
  // Stripe's processing fee may be known only now.
  'charge.updated': ['payment', 'payment_intent'],
  'charge.refunded': ['refundsOfPayment', 'payment_intent'],
  'charge.refund.updated': ['refund', 'id'],
  'refund.created': ['refund', 'id'],
  'refund.updated': ['refund', 'id'],
  'refund.failed': ['refund', 'id'],
  'application_fee.refunded': ['refundsOfCharge', 'originating_transaction'],
  'transfer.reversed': ['refundsOfCharge', 'source_transaction'],
  'charge.dispute.created': ['dispute', 'id'],
  'charge.dispute.updated': ['dispute', 'id'],
  'charge.dispute.closed': ['dispute', 'id'],
  'charge.dispute.funds_withdrawn': ['dispute', 'id'],
  'charge.dispute.funds_reinstated': ['dispute', 'id'],
  'checkout.session.completed': ['page', 'id'],
  'checkout.session.expired': ['page', 'id'],
  'checkout.session.async_payment_succeeded': ['page', 'id'],
  'checkout.session.async_payment_failed': ['page', 'id'],
  'setup_intent.succeeded': ['cardSetup', 'id'],
  'setup_intent.setup_failed': ['cardSetup', 'id'],
  'setup_intent.canceled': ['cardSetup', 'id'],
  'payment_method.detached': ['savedCard', 'id'],
  'payment_method.updated': ['savedCard', 'id'],
  'payment_method.automatically_updated': ['savedCard', 'id'],
  'account.updated': ['payoutAccount', 'id'],
};
