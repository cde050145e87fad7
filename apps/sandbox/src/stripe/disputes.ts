import { book } from './balances';
import { EVIDENCE_FIELDS, type DisputeReason, type DisputeRow, type EvidenceField } from './dispute-row';
import { emit, type StripeEventType } from './events';
import { isInquiry, presentDispute } from './present-dispute';
import { invalidRequest, resourceMissing } from './stripe-error';
import { mergeMetadata, type StripeModel } from './stripe-model';
import type { ChargeRow, DueRow, Metadata } from './stripe-rows';

export interface UpdateDisputeParameters {
  evidence?: Partial<Record<EvidenceField, string>>;
  metadata?: Metadata | '';
  submit?: boolean;
}

export function findDispute(model: StripeModel, id: string): DisputeRow {
  const row = model.tables.disputes.get(id);
  if (!row) throw resourceMissing('dispute', id, 'dispute');
  return row;
}

/** Is the charge in its client's bank's hands, so that it cannot be refunded? An inquiry leaves it refundable. */
export function isChargedBack(model: StripeModel, charge: ChargeRow): boolean {
  const status = charge.dispute ? model.tables.disputes.get(charge.dispute)?.status : undefined;
  return status === 'needs_response' || status === 'under_review' || status === 'lost';
}

/**
 * The client's bank takes the charge back (or asks about it). A chargeback draws the amount and Stripe's dispute fee
 * from the platform at once; what the coach got stays there until the platform reverses the transfer.
 *
 * @param amount minor units; absent: what was not refunded
 * @throws StripeError 400 for a charge without money left or with a dispute that is open or lost
 */
export function openDispute(
  model: StripeModel,
  charge: ChargeRow,
  dispute: { reason: DisputeReason; isInquiry: boolean; amount?: number },
): DisputeRow {
  const rest = charge.amount - charge.amount_refunded;
  const amount = dispute.amount ?? rest;
  if (charge.account !== null || charge.status !== 'succeeded' || amount < 1 || amount > rest) {
    throw invalidRequest(`Charge ${charge.id} has no ${amount} left to dispute.`, 'charge');
  }
  if (hasOpenOrLost(model, charge)) {
    throw invalidRequest(`Charge ${charge.id} is disputed already.`, 'charge', 'charge_disputed');
  }
  const created = model.clock.nowSeconds();
  const row = model.tables.disputes.put({
    id: model.ids.text('du_1'),
    created,
    charge: charge.id,
    payment_intent: charge.payment_intent,
    amount,
    currency: charge.currency,
    reason: dispute.reason,
    status: dispute.isInquiry ? 'warning_needs_response' : 'needs_response',
    evidence: {},
    dueBy: created + model.settings.disputeResponseSeconds,
    submissions: 0,
    movements: [],
    metadata: {},
  });
  charge.dispute = row.id;
  model.tables.charges.put(charge);
  plan(model, row, 'lose_dispute', row.dueBy);
  if (!dispute.isInquiry) withdraw(model, row);
  tell(model, row, 'charge.dispute.created');
  if (!dispute.isInquiry) tell(model, row, 'charge.dispute.funds_withdrawn');
  return row;
}

function hasOpenOrLost(model: StripeModel, charge: ChargeRow): boolean {
  const status = charge.dispute ? model.tables.disputes.get(charge.dispute)?.status : undefined;
  return status !== undefined && status !== 'won' && status !== 'warning_closed';
}

function withdraw(model: StripeModel, row: DisputeRow): void {
  const movement = book(model, {
    account: null,
    type: 'adjustment',
    reportingCategory: 'dispute',
    amount: -row.amount,
    currency: row.currency,
    source: row.id,
    description: `Chargeback withdrawal for ${row.charge}`,
    fees: [{ amount: model.settings.disputeFeeMinor, type: 'stripe_fee', description: 'Dispute fee' }],
  });
  row.movements.push(movement.id);
  model.tables.disputes.put(row);
}

/**
 * Keeps evidence and, unless told not to, hands it to the bank. As in Stripe's test mode the text `winning_evidence`
 * or `losing_evidence` in `uncategorized_text` decides; other evidence waits for the console.
 *
 * @throws StripeError 400 when the dispute is decided or its evidence was handed in
 */
export function updateDispute(
  model: StripeModel,
  row: DisputeRow,
  body: UpdateDisputeParameters,
): DisputeRow {
  const isOpen = row.status === 'needs_response' || row.status === 'warning_needs_response';
  const isSubmitted = body.submit ?? body.evidence !== undefined;
  if (!isOpen && (body.evidence || body.submit)) {
    throw invalidRequest('This dispute does not take evidence any more.', 'evidence');
  }
  row.metadata = mergeMetadata(row.metadata, body.metadata);
  row.evidence = mergeEvidence(row.evidence, body.evidence ?? {});
  if (isSubmitted) submit(model, row);
  model.tables.disputes.put(row);
  tell(model, row, 'charge.dispute.updated');
  return row;
}

function mergeEvidence(
  current: DisputeRow['evidence'],
  change: DisputeRow['evidence'],
): DisputeRow['evidence'] {
  const merged = { ...current, ...change };
  return Object.fromEntries(
    EVIDENCE_FIELDS.filter((name) => merged[name]).map((name) => [name, merged[name]]),
  );
}

function submit(model: StripeModel, row: DisputeRow): void {
  row.submissions += 1;
  row.status = isInquiry(row) ? 'warning_under_review' : 'under_review';
  forgetPlans(model, row);
  const decision = { winning_evidence: 'win_dispute', losing_evidence: 'lose_dispute' } as const;
  const text = row.evidence.uncategorized_text;
  if (text === 'winning_evidence' || text === 'losing_evidence') {
    plan(model, row, decision[text], model.clock.nowSeconds() + model.settings.disputeSeconds);
  }
}

/** The bank finds for the platform: the amount comes back, Stripe's fee does not. An inquiry is just closed. */
export function winDispute(model: StripeModel, row: DisputeRow): DisputeRow {
  assertUndecided(row);
  if (isInquiry(row)) return close(model, row, 'warning_closed');
  const movement = book(model, {
    account: null,
    type: 'adjustment',
    reportingCategory: 'dispute_reversal',
    amount: row.amount,
    currency: row.currency,
    source: row.id,
    description: `Chargeback reversal for ${row.charge}`,
  });
  row.movements.push(movement.id);
  close(model, row, 'won');
  tell(model, row, 'charge.dispute.funds_reinstated');
  return row;
}

/** The bank finds for the client, time ran out, or the platform accepts: what was withdrawn stays so. */
export function loseDispute(model: StripeModel, row: DisputeRow): DisputeRow {
  assertUndecided(row);
  return close(model, row, isInquiry(row) ? 'warning_closed' : 'lost');
}

/**
 * An inquiry becomes a chargeback: the money goes now, and there is a new time to answer.
 *
 * @throws StripeError 400 when it is not an open inquiry, or the charge was refunded meanwhile
 */
export function escalateInquiry(model: StripeModel, row: DisputeRow): DisputeRow {
  assertUndecided(row);
  if (!isInquiry(row)) throw invalidRequest('This dispute is no inquiry.', 'dispute');
  const charge = model.tables.charges.get(row.charge);
  const rest = charge ? charge.amount - charge.amount_refunded : 0;
  if (rest === 0) throw invalidRequest('The charge was refunded in full.', 'dispute');
  row.amount = Math.min(row.amount, rest);
  row.status = 'needs_response';
  row.dueBy = model.clock.nowSeconds() + model.settings.disputeResponseSeconds;
  forgetPlans(model, row);
  plan(model, row, 'lose_dispute', row.dueBy);
  withdraw(model, row);
  tell(model, row, 'charge.dispute.updated');
  tell(model, row, 'charge.dispute.funds_withdrawn');
  return row;
}

function close(model: StripeModel, row: DisputeRow, status: DisputeRow['status']): DisputeRow {
  row.status = status;
  forgetPlans(model, row);
  model.tables.disputes.put(row);
  tell(model, row, 'charge.dispute.closed');
  return row;
}

function assertUndecided(row: DisputeRow): void {
  if (row.status !== 'won' && row.status !== 'lost' && row.status !== 'warning_closed') return;
  throw invalidRequest(`This dispute is already closed (${row.status}).`, 'dispute');
}

function plan(model: StripeModel, row: DisputeRow, action: DueRow['action'], dueAt: number): void {
  model.tables.due.put({ id: model.ids.text('due_'), dueAt, action, subject: row.id });
}

function forgetPlans(model: StripeModel, row: DisputeRow): void {
  for (const due of model.tables.due.where((entry) => entry.subject === row.id))
    model.tables.due.delete(due.id);
}

function tell(model: StripeModel, row: DisputeRow, type: StripeEventType): void {
  emit(model, type, presentDispute(row, model));
}
