import type { JsonSchema } from '../shared/json-schema';
import {
  amount,
  created,
  expand,
  flag,
  list,
  metadata,
  metadataObject,
  object,
  operation,
  optionalText,
  text,
  type OperationShape,
} from './shape-parts';
import { EVIDENCE_FIELDS } from './dispute-row';

const LONG_TEXT = 150_000;
const evidence: Record<string, JsonSchema> = Object.fromEntries(
  EVIDENCE_FIELDS.map((name) => [name, optionalText(LONG_TEXT)]),
);

/** Disputes, and the transfers that move a coach's share back and forth around them. */
export const DISPUTE_OPERATIONS = {
  retrieveDispute: operation('GET', '/v1/disputes/{id}'),
  updateDispute: operation(
    'POST',
    '/v1/disputes/{id}',
    object({ evidence: object(evidence), metadata, submit: flag, expand }),
  ),
  closeDispute: operation('POST', '/v1/disputes/{id}/close', object({ expand })),
  listDisputes: operation('GET', '/v1/disputes', list({ created, charge: text(), payment_intent: text() })),
  createTransfer: operation(
    'POST',
    '/v1/transfers',
    object(
      {
        amount,
        currency: text(3),
        description: optionalText(),
        destination: text(),
        metadata: metadataObject,
        source_transaction: text(),
        transfer_group: text(),
        expand,
      },
      ['amount', 'currency', 'destination'],
    ),
  ),
} satisfies Record<string, OperationShape>;
