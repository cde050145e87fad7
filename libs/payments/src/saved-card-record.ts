import { sql } from '@app/database';

/** One attempt to save a card. */
export interface CardSetupRecord {
  coachId: string;
  id: string;
  clientId: string;
  status: 'open' | 'failed' | 'succeeded' | 'canceled';
  /** Why the bank refused the last card. */
  failureCode: string | null;
  stripeSetupIntentId: string | null;
  stripeKeyNumber: number;
  createdAt: Date;
  version: number;
}

export const cardSetupColumns = sql`s.coach_id as "coachId", s.id, s.client_id as "clientId", s.status, s.failure_code as "failureCode",
  s.stripe_setup_intent_id as "stripeSetupIntentId", s.stripe_key_number as "stripeKeyNumber", s.created_at as "createdAt", s.version`;

/** A saved card, with the consent it was saved under. */
export interface SavedCardRecord {
  coachId: string;
  id: string;
  clientId: string;
  status: 'usable' | 'removing' | 'removed';
  isDefault: boolean;
  stripePaymentMethodId: string;
  stripeCustomerId: string | null;
  brand: string;
  last4: string;
  expiryMonth: number;
  expiryYear: number;
  consentText: string;
  consentPolicyId: string;
  consentGivenAt: Date;
  createdAt: Date;
  version: number;
}

/** Of `payment_methods m`. */
export const savedCardColumns = sql`m.coach_id as "coachId", m.id, m.client_id as "clientId", m.status, m.is_default as "isDefault",
  m.stripe_payment_method_id as "stripePaymentMethodId", m.brand, m.last4, m.expiry_month as "expiryMonth", m.expiry_year as "expiryYear",
  (select u.stripe_customer_id from stripe_customers u where u.coach_id = m.coach_id and u.client_id = m.client_id) as "stripeCustomerId",
  c.text as "consentText", c.policy_id as "consentPolicyId", c.given_at as "consentGivenAt", m.created_at as "createdAt", m.version`;

export const savedCards = sql`payment_methods m join card_consents c on c.coach_id = m.coach_id and c.setup_id = m.setup_id`;
