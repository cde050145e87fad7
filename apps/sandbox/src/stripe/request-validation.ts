import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import type { JsonSchema } from '../shared/json-schema';
import type { FormObject } from './form-body';
import { invalidRequest, type StripeError } from './stripe-error';

// Form values are text; ajv turns them into the numbers and booleans that the shape asks for, in place.
const ajv = new Ajv({ coerceTypes: true, strict: true, verbose: true });
const compiled = new WeakMap<JsonSchema, ValidateFunction>();

/**
 * Checks decoded parameters against the operation's shape and turns text into numbers and booleans, in place.
 *
 * @throws StripeError 400 in the words of Stripe for the first fault
 */
export function validateParameters(schema: JsonSchema, parameters: FormObject): void {
  let validate = compiled.get(schema);
  if (!validate) {
    validate = ajv.compile(schema);
    compiled.set(schema, validate);
  }
  if (!validate(parameters)) throw toStripeError(validate.errors ?? []);
}

function toStripeError(errors: ErrorObject[]): StripeError {
  // Alternatives report every branch; the deepest fault is the one that was meant.
  const faults = errors.filter((error) => error.keyword !== 'anyOf');
  const deepest = Math.max(...faults.map(depth));
  const error = faults.findLast((fault) => depth(fault) === deepest);
  if (!error) return invalidRequest('The request is malformed.');
  const param = parameterName(error.instancePath);
  const value = String(error.data);
  switch (error.keyword) {
    case 'additionalProperties': {
      const unknown = nested(param, String(error.params['additionalProperty']));
      return invalidRequest(`Received unknown parameter: ${unknown}`, unknown, 'parameter_unknown');
    }
    case 'required': {
      const missing = nested(param, String(error.params['missingProperty']));
      return invalidRequest(`Missing required param: ${missing}.`, missing, 'parameter_missing');
    }
    case 'minLength':
      return invalidRequest(`You passed an empty string for '${param}'.`, param, 'parameter_invalid_empty');
    case 'minimum':
      return invalidRequest(
        `This value must be greater than or equal to ${String(error.params['limit'])}.`,
        param,
        'parameter_invalid_integer',
      );
    case 'maximum':
      return invalidRequest(
        `This value is too large: ${value}.`,
        param,
        param === 'amount' ? 'amount_too_large' : undefined,
      );
    case 'enum':
      return invalidRequest(
        `Invalid ${param}: must be one of ${(error.params['allowedValues'] as unknown[]).join(', ')}`,
        param,
      );
    case 'type':
      return error.params['type'] === 'integer'
        ? invalidRequest(`Invalid integer: ${value}`, param, 'parameter_invalid_integer')
        : invalidRequest(`Invalid ${String(error.params['type'])}: ${value}`, param);
    default:
      return invalidRequest(`Invalid ${param}: ${error.message ?? 'not allowed'}`, param);
  }
}

function depth(error: ErrorObject): number {
  return error.instancePath.split('/').length;
}

/** `/transfer_data/destination` → `transfer_data[destination]`. */
function parameterName(instancePath: string): string {
  const [first = '', ...rest] = instancePath.split('/').slice(1);
  return first + rest.map((part) => `[${part}]`).join('');
}

function nested(parent: string, name: string): string {
  return parent === '' ? name : `${parent}[${name}]`;
}
