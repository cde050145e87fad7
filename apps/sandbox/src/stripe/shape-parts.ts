import type { JsonSchema } from '../shared/json-schema';

/**
 * What the sandbox takes on each Stripe operation: the part of API 2026-10-28.endive that it models, closed like
 * Stripe's own (`parameter_unknown`). A test compares every shape with the published contract.
 */
export interface OperationShape {
  method: 'GET' | 'POST' | 'DELETE';
  /** Stripe's path with `{id}` for parameters. */
  path: string;
  /** Of the form body (POST) or of the query (GET). */
  parameters: JsonSchema;
}

export const LARGEST_AMOUNT = 99_999_999_999;

export const object = (properties: Record<string, JsonSchema>, required: string[] = []): JsonSchema => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});
export const text = (maxLength = 5_000): JsonSchema => ({ type: 'string', minLength: 1, maxLength });
export const oneOf = (...values: string[]): JsonSchema => ({ type: 'string', enum: values });
export const flag: JsonSchema = { type: 'boolean' };
export const amount: JsonSchema = { type: 'integer', minimum: 1, maximum: LARGEST_AMOUNT };
export const expand: JsonSchema = { type: 'array', items: text(), maxItems: 20 };
/** An empty string unsets the value. */
export const unsettable = (schema: JsonSchema): JsonSchema => ({
  anyOf: [{ type: 'string', maxLength: 0 }, schema],
});
export const metadataObject: JsonSchema = {
  type: 'object',
  additionalProperties: { type: 'string', maxLength: 500 },
  propertyNames: { maxLength: 40 },
  maxProperties: 50,
};
export const metadata = unsettable(metadataObject);
export const optionalText = (maxLength = 5_000): JsonSchema => ({ type: 'string', maxLength });

const timestamp: JsonSchema = { type: 'integer' };
export const created: JsonSchema = {
  anyOf: [timestamp, object({ gt: timestamp, gte: timestamp, lt: timestamp, lte: timestamp })],
};
export const list = (filters: Record<string, JsonSchema>): JsonSchema =>
  object({
    limit: { type: 'integer', minimum: 1, maximum: 100 },
    starting_after: text(),
    ending_before: text(),
    expand,
    ...filters,
  });
export const onlyExpand = object({ expand });

export const automaticPaymentMethods = object({ enabled: flag, allow_redirects: oneOf('always', 'never') }, [
  'enabled',
]);

export const operation = (
  method: OperationShape['method'],
  path: string,
  parameters: JsonSchema = onlyExpand,
): OperationShape => ({ method, path, parameters });
