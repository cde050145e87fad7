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
    stopAtFirstError: true,
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

function fieldErrors(error: ValidationError, parent: string): FieldError[] {
  // RFC 6901: ~ and / in a name are escaped.
  const pointer = `${parent}/${error.property.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  const own = Object.entries(error.constraints ?? {}).map(([rule, detail]) => ({
    pointer,
    code: rule === 'whitelistValidation' ? 'unknown_field' : snakeCase(rule),
    detail: rule === 'whitelistValidation' ? 'is not a field of this request' : detail,
  }));
  return [...own, ...(error.children ?? []).flatMap((child) => fieldErrors(child, pointer))];
}

function snakeCase(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
