import { Ajv } from 'ajv';
import type { Answer } from '../support/http-client';
import { document, type Operation, type Schema } from '../support/api-document';

/**
 * Compares answers with the document, sealed: what it does not name must not be there (reliability.md section 6, API3).
 */
export class SealedAnswers {
  private readonly ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });

  constructor() {
    this.ajv.addSchema({ $id: 'api', components: { schemas: sealed(document.components.schemas) } });
  }

  /** Empty when the answer is as documented. */
  faultsOf({ answers }: Operation, { status, body }: Answer): string[] {
    const schema = answers[String(status)];
    if (schema === undefined) return body === undefined ? [] : [`${status} is documented without a body`];
    if (this.ajv.validate(sealed(schema) as object, body)) return [];
    return (this.ajv.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  }
}

function sealed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sealed);
  if (typeof value !== 'object' || value === null) return value;
  const copy = Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      name === '$ref' ? `api${String(inner)}` : sealed(inner),
    ]),
  ) as Schema & Record<string, unknown>;
  return 'properties' in copy && copy['type'] === 'object' ? { additionalProperties: false, ...copy } : copy;
}
