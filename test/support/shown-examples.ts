import type { AccessRule } from '../../apps/api/src/http/access';
import type { Method, Parameter, Schema } from './api-document';

export interface ShownOperation {
  /** Method and path. */
  id: string;
  method: Method;
  path: string;
  access: AccessRule;
  parameters: readonly (Parameter & { example?: unknown })[];
  body: { schema: Schema; example?: unknown } | undefined;
  schemas: Record<string, Schema>;
}

interface ServedDocument {
  paths: Record<
    string,
    Record<
      string,
      {
        'x-access': AccessRule;
        parameters?: Parameter[];
        requestBody?: { content: Record<string, { schema: Schema; example?: unknown }> };
      }
    >
  >;
  components: { schemas: Record<string, Schema> };
}

/** The operations of a document as it was served. */
export function shownOperations(served: object): ShownOperation[] {
  const { paths, components } = served as ServedDocument;
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      id: `${method.toUpperCase()} ${path}`,
      method: method.toUpperCase() as Method,
      path,
      access: operation['x-access'],
      parameters: operation.parameters ?? [],
      body: operation.requestBody?.content['application/json'],
      schemas: components.schemas,
    })),
  );
}

/** What Swagger UI puts into the fields of an operation before anybody has changed them. */
export function shownExample({ path, parameters, body, schemas }: ShownOperation): {
  path: string;
  body: unknown;
} {
  const valueOf = ({ example, schema }: ShownOperation['parameters'][number]): string =>
    String(example ?? sample(schema, schemas));
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const parameter = parameters.find((known) => known.in === 'path' && known.name === name);
    if (parameter === undefined) throw new Error(`${path} does not describe {${name}}.`);
    return encodeURIComponent(valueOf(parameter));
  });
  const query = parameters
    .filter((parameter) => parameter.in === 'query' && parameter.required === true)
    .map((parameter): [string, string] => [parameter.name, valueOf(parameter)]);
  const search = new URLSearchParams(query).toString();
  return {
    path: search === '' ? filled : `${filled}?${search}`,
    body: body === undefined ? undefined : (body.example ?? sample(body.schema, schemas)),
  };
}

/** As Swagger UI samples a schema: its example, its default, its first member, all its properties. */
function sample(given: Schema, schemas: Record<string, Schema>): unknown {
  const schema = resolved(given, schemas);
  const stated = schema.example ?? schema.default ?? schema.enum?.[0];
  if (stated !== undefined) return stated;
  const type = [schema.type ?? (schema.properties === undefined ? 'string' : 'object')].flat()[0];
  switch (type) {
    case 'object':
      return Object.fromEntries(
        Object.entries(schema.properties ?? {}).map(([name, inner]) => [name, sample(inner, schemas)]),
      );
    case 'array':
      return schema.items === undefined ? [] : [sample(schema.items, schemas)];
    case 'number':
    case 'integer':
      return schema.minimum ?? 0;
    case 'boolean':
      return true;
    default:
      return 'string';
  }
}

function resolved(schema: Schema, schemas: Record<string, Schema>): Schema {
  if (schema.$ref !== undefined) return resolved(schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {}, schemas);
  if (schema.allOf === undefined) return schema;
  return Object.assign({}, ...schema.allOf.map((each) => resolved(each, schemas))) as Schema;
}
