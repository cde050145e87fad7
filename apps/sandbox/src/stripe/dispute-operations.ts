import type { DISPUTE_OPERATIONS } from './dispute-shapes';
import { findDispute, loseDispute, updateDispute, type UpdateDisputeParameters } from './disputes';
import type { ListParameters } from './lists';
import { presentTransfer } from './present-connect';
import { presentDispute } from './present-dispute';
import { id, matching, page, type StripeCall } from './stripe-call';
import { createTransfer, type CreateTransferParameters } from './transfers';

export const DISPUTE_HANDLERS = {
  retrieveDispute: (call: StripeCall) => presentDispute(findDispute(call.model, id(call)), call.model),
  updateDispute: (call: StripeCall<UpdateDisputeParameters>) => {
    const row = findDispute(call.model, id(call));
    return presentDispute(updateDispute(call.model, row, call.parameters), call.model);
  },
  closeDispute: (call: StripeCall) =>
    presentDispute(loseDispute(call.model, findDispute(call.model, id(call))), call.model),
  listDisputes: (call: StripeCall<ListParameters & { charge?: string; payment_intent?: string }>) => {
    const { charge, payment_intent } = call.parameters;
    const rows = matching(call.model.tables.disputes.all(), { charge, payment_intent });
    return page(call, rows, (row) => presentDispute(row, call.model));
  },
  createTransfer: (call: StripeCall<CreateTransferParameters>) =>
    presentTransfer(createTransfer(call.model, call.parameters), call.model),
} satisfies Record<keyof typeof DISPUTE_OPERATIONS, unknown>;
