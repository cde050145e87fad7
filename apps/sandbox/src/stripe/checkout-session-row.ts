import type { Metadata } from './stripe-rows';

export interface CheckoutItem {
  id: string;
  name: string;
  quantity: number;
  /** Minor units. */
  unit_amount: number;
}

/** What the payment intent of a Checkout Session is made with, once the client pays. */
export interface CheckoutPaymentData {
  application_fee_amount?: number;
  capture_method?: string;
  description?: string;
  metadata?: Metadata;
  on_behalf_of?: string;
  receipt_email?: string;
  setup_future_usage?: string;
  statement_descriptor_suffix?: string;
  transfer_data?: { destination: string; amount?: number };
  transfer_group?: string;
}

/** A payment page for one purchase, open for at most a day. */
export interface CheckoutSessionRow {
  id: string;
  created: number;
  status: 'open' | 'complete' | 'expired';
  payment_status: 'unpaid' | 'paid';
  currency: string;
  /** Minor units. */
  amount_total: number;
  items: CheckoutItem[];
  customer: string | null;
  customer_creation: string;
  customer_email: string | null;
  /** What the client typed on the page. */
  paidByEmail: string | null;
  client_reference_id: string | null;
  success_url: string;
  cancel_url: string | null;
  expires_at: number;
  payment_intent: string | null;
  paymentData: CheckoutPaymentData;
  allowed_payment_method_types: string[] | null;
  locale: string | null;
  submit_type: string | null;
  metadata: Metadata;
}
