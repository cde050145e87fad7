import { ValidationPipe, type ValidationError } from '@nestjs/common';
import { Invalid } from '@app/common';

interface FieldError {
  pointer: string;
  code: string;
  detail: string;
}

/** Strict bodies and queries: unknown fields are refused, types are not guessed in bodies. */
export function strictValidation(): ValidationPipe {
  return new ValidationPipe({
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    transform: true,
    transformOptions: { enableImplicitConversion: false, exposeUnsetFields: false },
    exceptionFactory: (errors) => {
      const fields = errors.flatMap((error) => fieldErrors(error, ''));
      const [first] = fields;
      return new Invalid(
        'http.invalid_request',
        first === undefined ? 'The request is not valid.' : `${first.pointer}: ${first.detail}`,
        {
          errors: fields.slice(0, 50),
        },
      );
    },
  });
}

/** What makes the other rules of a field pointless: a text has no minimum. */
const KINDS = [
  'whitelistValidation',
  'nestedValidation',
  'isInt',
  'isNumber',
  'isString',
  'isBoolean',
  'isArray',
  'isObject',
  'isDate',
];

/** The one rule to name of those that a field breaks. */
function firstRule(constraints: Readonly<Record<string, string>>): string | undefined {
  return KINDS.find((kind) => kind in constraints) ?? Object.keys(constraints)[0];
}

function fieldErrors(error: ValidationError, parent: string): FieldError[] {
  // RFC 6901: ~ and / in a name are escaped.
  const pointer = `${parent}/${error.property.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  const { constraints = {} } = error;
  const rule = firstRule(constraints);
  const own = rule === undefined ? [] : [fieldError(pointer, rule, constraints[rule] ?? '')];
  return [...own, ...(error.children ?? []).flatMap((child) => fieldErrors(child, pointer))];
}

function fieldError(pointer: string, rule: string, detail: string): FieldError {
  return rule === 'whitelistValidation'
    ? { pointer, code: 'unknown_field', detail: 'is not a field of this request' }
    : { pointer, code: snakeCase(rule), detail };
}

function snakeCase(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
