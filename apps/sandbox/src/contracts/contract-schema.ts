import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';

type Schema = { [name: string]: unknown };

export interface Contract {
  paths: Record<string, Record<string, ContractOperation>>;
  components: { schemas: Record<string, Schema> };
  'x-webhook-events'?: Record<string, Schema>;
}

interface ContractOperation {
  parameters?: Array<{ name: string; in: string; schema: Schema }>;
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, { content?: Record<string, { schema: Schema }> }>;
}

const FOLDER = join(__dirname, '../../../../../shared/contracts');

/** A published contract, or undefined (with one line on the console) where the folder of contracts is absent. */
export function readContract(name: string): Contract | undefined {
  const file = join(FOLDER, name);
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Contract;
  console.log(`../shared/contracts/${name} is absent: checking against the sandbox's own shapes`);
  return undefined;
}

/**
 * Checks values against one contract, closed: a property that the contract does not name is a fault.
 * OpenAPI 3.0's `nullable` and `allOf` are rewritten for a JSON Schema validator.
 */
export class ContractChecker {
  private readonly bodies: Ajv;
  private readonly forms: Ajv;
  private readonly compiled = new Map<string, ValidateFunction>();

  constructor(private readonly contract: Contract) {
    const schemas = Object.fromEntries(
      Object.entries(contract.components.schemas).map(([name, schema]) => [name, this.close(schema)]),
    );
    const document = { $id: 'contract', components: { schemas } };
    const options = { strict: false, validateFormats: false, inlineRefs: false };
    this.bodies = new Ajv(options).addSchema(document);
    this.forms = new Ajv({ ...options, coerceTypes: true }).addSchema(document);
  }

  /** The contract's path for a real one, for example `/v1/refunds/{id}`. */
  operation(method: string, path: string): { template: string; operation: ContractOperation } | undefined {
    const parts = path.split('/');
    const templates = Object.keys(this.contract.paths).filter((template) => {
      const wanted = template.split('/');
      return (
        wanted.length === parts.length &&
        wanted.every((part, index) => part.startsWith('{') || part === parts[index])
      );
    });
    // `/v1/balance` before `/v1/{anything}`: the most literal one.
    const [template] = templates.toSorted((a, b) => a.split('{').length - b.split('{').length);
    const operation = template ? this.contract.paths[template]?.[method.toLowerCase()] : undefined;
    return template && operation ? { template, operation } : undefined;
  }

  /** Faults of a request body, empty when it is fine. Form bodies carry text, so numbers are read from it. */
  requestFaults(operation: ContractOperation, contentType: string, body: unknown): string[] {
    const schema = operation.requestBody?.content[contentType]?.schema;
    if (!schema) return Object.keys(body ?? {}).length > 0 ? ['the operation takes no body'] : [];
    const ajv = contentType.includes('form') ? this.forms : this.bodies;
    return this.faults(ajv, schema, structuredClone(body));
  }

  queryFaults(operation: ContractOperation, query: Record<string, unknown>): string[] {
    const properties = Object.fromEntries(
      (operation.parameters ?? [])
        .filter((parameter) => parameter.in === 'query')
        .map((parameter) => [parameter.name, parameter.schema]),
    );
    return this.faults(this.forms, { type: 'object', properties }, structuredClone(query));
  }

  responseFaults(operation: ContractOperation, status: number, body: unknown): string[] {
    const response = operation.responses[String(status)] ?? operation.responses['default'];
    const schema = response?.content?.['application/json']?.schema;
    return schema ? this.faults(this.bodies, schema, body) : [];
  }

  componentFaults(name: string, value: unknown): string[] {
    return this.faults(this.bodies, { $ref: `#/components/schemas/${name}` }, value);
  }

  private faults(ajv: Ajv, schema: Schema, value: unknown): string[] {
    const name = `${ajv === this.forms ? 'form' : 'json'} ${JSON.stringify(schema)}`;
    let validate = this.compiled.get(name);
    if (!validate) {
      validate = ajv.compile(this.close(schema));
      this.compiled.set(name, validate);
    }
    if (validate(value)) return [];
    return (validate.errors ?? []).map(
      (error) => `${error.instancePath} ${error.message ?? ''} ${JSON.stringify(error.params)}`,
    );
  }

  private close(schema: Schema): Schema {
    const parts = schema['allOf'] as Schema[] | undefined;
    if (parts) return this.close({ ...schema, allOf: undefined, ...this.merged(parts) });
    const result: Schema = {};
    for (const [name, value] of Object.entries(schema)) {
      if (value === undefined || name === 'nullable' || name.startsWith('x-')) continue;
      result[name] = this.closeKeyword(name, value);
    }
    if (schema['properties'] && !schema['x-trimmed']) result['additionalProperties'] ??= false;
    return schema['nullable'] === true ? { anyOf: [result, { type: 'null' }] } : result;
  }

  private closeKeyword(name: string, value: unknown): unknown {
    if (name === '$ref') return `contract${String(value)}`;
    if (name === 'properties') {
      return Object.fromEntries(
        Object.entries(value as Schema).map(([key, inner]) => [key, this.close(inner as Schema)]),
      );
    }
    if (name === 'anyOf' || name === 'oneOf') return (value as Schema[]).map((inner) => this.close(inner));
    if ((name === 'items' || name === 'additionalProperties') && typeof value === 'object')
      return this.close(value as Schema);
    return value;
  }

  private merged(parts: Schema[]): Schema {
    const [only] = parts;
    if (parts.length === 1 && only) return only;
    const resolved = parts.map((part) => this.resolve(part));
    return {
      type: 'object',
      properties: Object.assign({}, ...resolved.map((part) => part['properties'])) as Schema,
      required: resolved.flatMap((part) => (part['required'] as string[] | undefined) ?? []),
    };
  }

  private resolve(schema: Schema): Schema {
    const reference = schema['$ref'];
    if (typeof reference !== 'string') return schema;
    return this.resolve(this.contract.components.schemas[reference.split('/').at(-1) ?? ''] ?? {});
  }
}
