import { existsSync, readFileSync } from 'node:fs';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import type { ApiConfig } from '../config';

const PROBLEM_SCHEMA = {
  type: 'object',
  description: 'RFC 9457 problem. `code` is stable; programs switch on it, people read `detail`.',
  required: ['type', 'title', 'status', 'detail', 'instance', 'code', 'requestId'],
  properties: {
    type: { type: 'string', format: 'uri' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    instance: { type: 'string' },
    code: { type: 'string', example: 'sessions.slot_taken' },
    requestId: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['pointer', 'code', 'detail'],
        properties: { pointer: { type: 'string' }, code: { type: 'string' }, detail: { type: 'string' } },
      },
    },
  },
  additionalProperties: true,
};

const EVERYWHERE = { 400: 'The request is not valid', 429: 'Too many requests' };
const SIGNED_IN = { 401: 'No valid access token', 403: 'Not for this kind of account' };

/** The OpenAPI 3.1 document of the running app: also what `npm run openapi` writes down. */
export function buildDocument(app: NestFastifyApplication): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setTitle('Coaching practice')
    .setDescription(
      'Book, pay, meet, complete, note, cancel, refund. Errors are RFC 9457 problems with a stable `code`.',
    )
    .setVersion('1')
    .setOpenAPIVersion('3.1.0')
    .addBearerAuth({
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'JWT',
      description: 'The accessToken of POST /v1/auth/sign-in',
    })
    .build();
  const document = SwaggerModule.createDocument(app, builder, {
    operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '')}_${method}`,
  });
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, Problem: PROBLEM_SCHEMA as never },
  };
  for (const operation of operationsOf(document)) {
    addCommonProblems(operation);
    // What has a default may be left out.
    for (const parameter of operation.parameters ?? []) {
      if (parameter.schema?.default !== undefined) parameter.required = false;
    }
  }
  sortEnums(document);
  markInstants(document);
  return document;
}

/** What is called `…At` is an instant (api.md). */
function markInstants({ components }: OpenAPIObject): void {
  for (const schema of Object.values(components?.schemas ?? {}))
    for (const [name, property] of Object.entries(('properties' in schema && schema.properties) || {}))
      if (name.endsWith('At') && 'type' in property && [property.type].flat().includes('string'))
        property.format ??= 'date-time';
}

/** The compiler lists the members of a union in the order in which it met them, which differs from build to build. */
function sortEnums(node: unknown): void {
  if (typeof node !== 'object' || node === null) return;
  for (const [name, inner] of Object.entries(node)) {
    if (name === 'enum' && Array.isArray(inner)) inner.sort((a, b) => (String(a) < String(b) ? -1 : 1));
    else sortEnums(inner);
  }
}

interface Operation {
  security?: unknown[];
  parameters?: {
    name: string;
    in: string;
    required?: boolean;
    example?: unknown;
    schema?: { example?: unknown; default?: unknown };
  }[];
  requestBody?: { content: Record<string, { example?: unknown }> };
  responses: Record<string, unknown>;
}

function operationsOf(document: OpenAPIObject): Operation[] {
  return Object.values(document.paths).flatMap((path) =>
    Object.values(path as Record<string, unknown>).filter(
      (entry): entry is Operation => typeof entry === 'object' && entry !== null && 'responses' in entry,
    ),
  );
}

function addCommonProblems(operation: Operation): void {
  const common = { ...EVERYWHERE, ...((operation.security?.length ?? 0) > 0 ? SIGNED_IN : {}) };
  for (const [status, description] of Object.entries(common)) {
    operation.responses[status] ??= {
      description,
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    };
  }
}

/** `/openapi.json` and Swagger UI at `/docs`: sign-in is kept, idempotency keys fill themselves in. */
export function serveDocument(app: NestFastifyApplication, config: ApiConfig): void {
  const { DEMO_IDS_FILE: demoIds } = config;
  // Built when it is first asked for.
  SwaggerModule.setup('docs', app, () => buildDocument(app), {
    patchDocumentOnRequest: (request, _reply, document) => {
      const { url } = request as unknown as { url: string };
      // Read at each request: the demo data is made through the running api.
      const shown = demoIds === undefined ? document : withDemoExamples(document, demoIds);
      return url.includes('openapi.json') ? shown : forSwaggerUi(shown);
    },
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
    customSiteTitle: 'Coaching practice API',
    swaggerOptions: {
      persistAuthorization: true,
      tryItOutEnabled: true,
      displayRequestDuration: true,
      // So many operations are drawn only as they come into view: an address leads to each.
      deepLinking: true,
      tagsSorter: 'alpha',
      requestInterceptor: fillInIdempotencyKey,
    },
  });
}

/**
 * For Swagger UI alone. It would not send a form with an empty required field, and it fills the key in by itself; and
 * an example of an optional filter would stand in its field and narrow every list.
 */
function forSwaggerUi(document: OpenAPIObject): OpenAPIObject {
  const copy = structuredClone(document);
  for (const operation of operationsOf(copy)) {
    for (const parameter of operation.parameters ?? []) {
      if (parameter.name === 'Idempotency-Key') parameter.required = false;
      if (parameter.in === 'query' && parameter.required !== true) {
        delete parameter.example;
        delete parameter.schema?.example;
      }
    }
  }
  return copy;
}

/** Runs in the browser: a POST without a key of its own gets a fresh one. */
function fillInIdempotencyKey(request: {
  method?: string;
  url: string;
  headers: Record<string, string>;
}): unknown {
  if ((request.method ?? 'GET').toUpperCase() === 'POST' && !request.headers['Idempotency-Key']) {
    request.headers['Idempotency-Key'] = `ui-${Date.now()}-${Math.random().toString(36).slice(2)}`;
  }
  return request;
}

/** What the launcher writes down of the demo data, for the examples of the document. */
export interface DemoExamples {
  /** Texts of examples → what stands in their place, wherever they are. */
  everywhere: Record<string, string>;
  /** By method and path: operations that need a row in a state of its own, or a body that fits the data. */
  operations: Record<string, { inPath?: string; body?: unknown }>;
}

/** The examples name example ids; against the demo data they name its rows, so they run as they are. */
export function withDemoExamples<T extends object>(document: T, file: string): T {
  if (!existsSync(file)) return document;
  const { everywhere = {}, operations = {} } = JSON.parse(
    readFileSync(file, 'utf8'),
  ) as Partial<DemoExamples>;
  // All at once: what was put in must not be taken for another example.
  const examples = Object.keys(everywhere).map((example) =>
    example.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'),
  );
  const longestFirst = examples.toSorted((a, b) => b.length - a.length).join('|');
  const text = JSON.stringify(document).replaceAll(
    new RegExp(longestFirst, 'g'),
    (example) => everywhere[example] ?? example,
  );
  const shown = JSON.parse(text) as T & Pick<OpenAPIObject, 'paths'>;
  for (const [path, methods] of Object.entries(shown.paths)) {
    for (const [method, operation] of Object.entries(methods as Record<string, Operation>)) {
      const { inPath, body } = operations[`${method.toUpperCase()} ${path}`] ?? {};
      const content = operation.requestBody?.content['application/json'];
      if (body !== undefined && content !== undefined) content.example = body;
      for (const parameter of operation.parameters ?? [])
        if (inPath !== undefined && parameter.in === 'path') parameter.example = inPath;
    }
  }
  return shown;
}
