import type Stripe from 'stripe';
import { EVIDENCE_FIELDS, type DisputeRow } from './dispute-row';
import { presentBalanceTransaction } from './present-connect';
import type { StripeModel } from './stripe-model';

/** The networks' own codes are not modelled; each reason has one that Visa uses for it. */
const NETWORK_CODES: Partial<Record<DisputeRow['reason'], string>> = {
  credit_not_processed: '13.6',
  duplicate: '12.6.1',
  fraudulent: '10.4',
  product_not_received: '13.1',
  product_unacceptable: '13.3',
};

/** An inquiry: the bank asks, no money has moved. */
export function isInquiry(row: DisputeRow): boolean {
  return row.status.startsWith('warning_');
}

export function presentDispute(row: DisputeRow, model: StripeModel): Stripe.Dispute {
  const charge = model.tables.charges.get(row.charge);
  const method = model.tables.paymentMethods.get(charge?.payment_method ?? '');
  const isOpenInquiry = isInquiry(row) && row.status !== 'warning_closed';
  return {
    id: row.id,
    object: 'dispute',
    amount: row.amount,
    balance_transactions: row.movements.flatMap((id) => {
      const movement = model.tables.balanceTransactions.get(id);
      return movement ? [presentBalanceTransaction(movement, model)] : [];
    }),
    charge: row.charge,
    created: row.created,
    currency: row.currency,
    enhanced_eligibility_types: [],
    evidence: presentEvidence(row),
    evidence_details: {
      due_by: row.dueBy,
      enhanced_eligibility: {},
      has_evidence: Object.keys(row.evidence).length > 0,
      past_due: false,
      submission_count: row.submissions,
      submission_method: row.submissions > 0 ? 'manual' : 'not_submitted',
    },
    intended_submission_method: null,
    is_charge_refundable: isOpenInquiry,
    livemode: false,
    metadata: row.metadata,
    payment_intent: row.payment_intent,
    payment_method_details: {
      type: 'card',
      card: {
        brand: method?.brand ?? 'unknown',
        case_type: isInquiry(row) ? 'inquiry' : 'chargeback',
        network: method?.brand ?? 'unknown',
        network_reason_code: NETWORK_CODES[row.reason] ?? null,
      },
    },
    reason: row.reason,
    status: row.status,
  };
}

function presentEvidence(row: DisputeRow): Stripe.Dispute.Evidence {
  const fields = Object.fromEntries(EVIDENCE_FIELDS.map((name) => [name, row.evidence[name] ?? null]));
  return { ...(fields as Record<(typeof EVIDENCE_FIELDS)[number], string | null>), enhanced_evidence: {} };
}
