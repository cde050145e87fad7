import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AccessRule } from '../../apps/api/src/http/access';
import { PROJECT } from './source-files';

export interface Schema {
  $ref?: string;
  allOf?: Schema[];
  type?: string | string[];
  enum?: unknown[];
  example?: unknown;
  default?: unknown;
  pattern?: string;
  format?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
}

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required?: boolean;
  schema: Schema;
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** One operation of the committed document. */
export interface Operation {
  /** Method and path. */
  id: string;
  method: Method;
  path: string;
  access: AccessRule;
  parameters: Parameter[];
  body: Schema | undefined;
  /** What an answer of this status holds: JSON, or the text of a file. */
  answers: Record<string, Schema>;
  /** Every status that is documented, with or without JSON. */
  statuses: string[];
}

/** Gives the id that stands in a request, by the prefix of its kind: `ses`, `pay`. */
export type IdOf = (prefix: string) => string;

interface Document {
  paths: Record<string, Record<string, DocumentedOperation>>;
  components: { schemas: Record<string, Schema> };
}

interface DocumentedOperation {
  'x-access': AccessRule;
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, { content?: Record<string, { schema: Schema }> }>;
}

export const document = JSON.parse(readFileSync(join(PROJECT, 'apps/api/openapi.json'), 'utf8')) as Document;

/** Every operation of `apps/api/openapi.json`, in its order. */
export function documentedOperations(): Operation[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      id: `${method.toUpperCase()} ${path}`,
      method: method.toUpperCase() as Method,
      path,
      access: operation['x-access'],
      parameters: operation.parameters ?? [],
      body: operation.requestBody?.content['application/json']?.schema,
      answers: answersOf(operation),
      statuses: Object.keys(operation.responses),
    })),
  );
}

function answersOf({ responses }: DocumentedOperation): Record<string, Schema> {
  return Object.fromEntries(
    Object.entries(responses).flatMap(([status, { content }]) => {
      const schema = (content?.['application/json'] ?? content?.['text/csv'])?.schema;
      return schema === undefined ? [] : [[status, schema]];
    }),
  );
}

/** The schema behind `$ref` and around `allOf`. */
export function resolved(schema: Schema): Schema {
  if (schema.$ref !== undefined)
    return resolved(document.components.schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {});
  if (schema.allOf === undefined) return schema;
  return Object.assign({}, ...schema.allOf.map(resolved)) as Schema;
}

export function typeOf(schema: Schema): string {
  const types = [schema.type ?? (schema.properties === undefined ? 'string' : 'object')].flat();
  return types.find((type) => type !== 'null') ?? 'string';
}

/** Prefix of the ids that the schema takes, if it takes ids. */
export function idPrefixOf(schema: Schema): string | undefined {
  return /^\^([a-z]{3})_\[/.exec(schema.pattern ?? '')?.[1];
}

/** A value that the schema allows: what is required of it, by its own examples. */
export function exampleOf(given: Schema, idOf: IdOf): unknown {
  const schema = resolved(given);
  const prefix = idPrefixOf(schema);
  if (prefix !== undefined) return idOf(prefix);
  const stated = schema.example ?? schema.default ?? schema.enum?.[0];
  if (stated !== undefined) return stated;
  switch (typeOf(schema)) {
    case 'object':
      return Object.fromEntries(
        (schema.required ?? []).map((name) => [name, exampleOf(schema.properties?.[name] ?? {}, idOf)]),
      );
    case 'array':
      return schema.items === undefined ? [] : [exampleOf(schema.items, idOf)];
    case 'number':
    case 'integer':
      return schema.minimum ?? 0;
    case 'boolean':
      return true;
    default:
      return 'text'.padEnd(schema.minLength ?? 0, '.');
  }
}

/**
 * The operation's address with ids in its path and what its query must have.
 *
 * @throws Error for a path that names something nobody has said how to fill in
 */
export function addressOf(
  { path, parameters }: Operation,
  idOf: IdOf,
  query: Record<string, string> = {},
): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const parameter = parameters.find((known) => known.in === 'path' && known.name === name);
    if (parameter === undefined) throw new Error(`${path}: the document does not describe {${name}}.`);
    return encodeURIComponent(String(exampleOf(parameter.schema, idOf)));
  });
  const needed = parameters
    .filter(
      (parameter) =>
        parameter.in === 'query' && parameter.required === true && parameter.schema.default === undefined,
    )
    .map((parameter) => [parameter.name, String(exampleOf(parameter.schema, idOf))]);
  const search = new URLSearchParams({ ...Object.fromEntries(needed), ...query }).toString();
  return search === '' ? filled : `${filled}?${search}`;
}
