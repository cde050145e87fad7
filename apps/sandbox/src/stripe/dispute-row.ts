import type { Metadata } from './stripe-rows';

/** Evidence that is text or the id of an uploaded file; the sandbox takes both as text. */
export const EVIDENCE_FIELDS = [
  'access_activity_log',
  'billing_address',
  'cancellation_policy',
  'cancellation_policy_disclosure',
  'cancellation_rebuttal',
  'customer_communication',
  'customer_email_address',
  'customer_name',
  'customer_purchase_ip',
  'customer_signature',
  'duplicate_charge_documentation',
  'duplicate_charge_explanation',
  'duplicate_charge_id',
  'product_description',
  'receipt',
  'refund_policy',
  'refund_policy_disclosure',
  'refund_refusal_explanation',
  'service_date',
  'service_documentation',
  'shipping_address',
  'shipping_carrier',
  'shipping_date',
  'shipping_documentation',
  'shipping_tracking_number',
  'uncategorized_file',
  'uncategorized_text',
] as const;
export type EvidenceField = (typeof EVIDENCE_FIELDS)[number];

export const DISPUTE_REASONS = [
  'credit_not_processed',
  'duplicate',
  'fraudulent',
  'general',
  'product_not_received',
  'product_unacceptable',
  'unrecognized',
] as const;
export type DisputeReason = (typeof DISPUTE_REASONS)[number];

export type DisputeStatus =
  | 'warning_needs_response'
  | 'warning_under_review'
  | 'warning_closed'
  | 'needs_response'
  | 'under_review'
  | 'won'
  | 'lost';

/** A client's bank takes a charge back, or (while `warning_…`) only asks about it. */
export interface DisputeRow {
  id: string;
  created: number;
  charge: string;
  payment_intent: string | null;
  /** Minor units. */
  amount: number;
  currency: string;
  reason: DisputeReason;
  status: DisputeStatus;
  evidence: Partial<Record<EvidenceField, string>>;
  /** Business seconds since the epoch: without an answer until then the dispute is lost. */
  dueBy: number;
  submissions: number;
  movements: string[];
  metadata: Metadata;
}
