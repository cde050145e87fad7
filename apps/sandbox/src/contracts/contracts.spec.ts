import { startReceiver, WEBHOOK_SECRET } from '../testing';
import { startSandbox, type Sandbox } from '../sandbox';
import type { JsonSchema } from '../shared/json-schema';
import { decodeForm } from '../stripe/form-body';
import { STRIPE_OPERATIONS, type OperationShape } from '../stripe/request-shapes';
import { validateParameters } from '../stripe/request-validation';
import { ZOOM_OPERATIONS, type ZoomOperationShape } from '../zoom/request-shapes';
import { ContractChecker, readContract, type Contract } from './contract-schema';
import { STRIPE_ANSWER_FIELDS } from './own-answer-fields';
import { playStripe, playZoom, type RecordedCall } from './recorded-story';

const stripeContract = readContract('stripe.json');
const zoomContract = readContract('zoom.json');

const stripeCalls: RecordedCall[] = [];
const zoomCalls: RecordedCall[] = [];
const zoomWebhooks: string[] = [];
let sandbox: Sandbox;

beforeAll(async () => {
  const receiver = await startReceiver();
  sandbox = await startSandbox({ zoomWebhook: { url: receiver.url, secret: WEBHOOK_SECRET } });
  await playStripe(sandbox, stripeCalls);
  await playZoom(sandbox, zoomCalls);
  await sandbox.drainWebhooks();
  zoomWebhooks.push(...receiver.received.map(({ body }) => body));
  await receiver.close();
});

afterAll(() => sandbox.close());

const isAccepted = (call: RecordedCall) => call.status < 400 || call.status === 402;
const operations: OperationShape[] = Object.values(STRIPE_OPERATIONS);
const zoomOperations: ZoomOperationShape[] = Object.values(ZOOM_OPERATIONS);

function matches(template: string, path: string): boolean {
  return new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path);
}

/** Names of the operations that no accepted call was made to. */
function unplayed(shapes: Array<{ method: string; path: string }>, calls: RecordedCall[]): string[] {
  const isPlayed = (shape: { method: string; path: string }) =>
    calls.some((call) => call.method === shape.method && matches(shape.path, call.path) && isAccepted(call));
  return shapes.filter((shape) => !isPlayed(shape)).map((shape) => `${shape.method} ${shape.path}`);
}

it('plays every operation that the sandbox has', () => {
  expect(unplayed(operations, stripeCalls)).toEqual([]);
  expect(unplayed(zoomOperations, zoomCalls)).toEqual([]);
});

describe("Stripe's contract", () => {
  const checker = stripeContract && new ContractChecker(stripeContract);

  it('accepts every request that the sandbox accepted', () => {
    const faults = stripeCalls.filter(isAccepted).flatMap((call) => {
      const isForm = call.method !== 'GET';
      const parameters = decodeForm(isForm ? call.requestBody : call.query);
      if (!checker) {
        const shape = operations.find(
          (known) => known.method === call.method && matches(known.path, call.path),
        );
        validateParameters(shape?.parameters ?? {}, parameters);
        return [];
      }
      const found = checker.operation(call.method, call.path);
      if (!found) return [`${call.method} ${call.path} is not in the contract`];
      const problems = isForm
        ? checker.requestFaults(found.operation, 'application/x-www-form-urlencoded', parameters)
        : checker.queryFaults(found.operation, parameters);
      return problems.map((problem) => `${call.method} ${call.path} ${problem}`);
    });
    expect(faults).toEqual([]);
  });

  it('has the answers that the sandbox gave', () => {
    const faults = stripeCalls.flatMap((call) => {
      const body: unknown = JSON.parse(call.responseBody);
      if (!checker) return call.status < 400 ? missingFields(body) : [];
      const found = checker.operation(call.method, call.path);
      const problems = found
        ? checker.responseFaults(found.operation, call.status, body)
        : ['not in the contract'];
      return problems.map((problem) => `${call.method} ${call.path} ${call.status}: ${problem}`);
    });
    expect(faults).toEqual([]);
  });

  it('has the objects that its events carry', () => {
    const faults = sandbox.stripe.events.flatMap((event) => {
      const object = event.data.object as unknown as { object: string };
      if (!checker) return missingFields(object);
      return checker.componentFaults(object.object, object).map((problem) => `${event.type}: ${problem}`);
    });
    expect(sandbox.stripe.events.length).toBeGreaterThan(20);
    expect(faults).toEqual([]);
  });

  it('knows every parameter that the sandbox takes, by the same type', () => {
    const unknown = operations.flatMap((shape) => {
      if (!stripeContract) return [];
      const operation = stripeContract.paths[shape.path]?.[shape.method.toLowerCase()];
      if (!operation) return [`${shape.method} ${shape.path}`];
      const published =
        shape.method === 'GET'
          ? {
              properties: Object.fromEntries(
                (operation.parameters ?? []).map((parameter) => [parameter.name, parameter.schema]),
              ),
            }
          : (operation.requestBody?.content['application/x-www-form-urlencoded']?.schema ?? {});
      return unpublished(shape.parameters, published, stripeContract).map(
        (name) => `${shape.method} ${shape.path} ${name}`,
      );
    });
    expect(unknown).toEqual([]);
  });

  it("demands the fields that the sandbox's own list names", () => {
    for (const [name, fields] of Object.entries(STRIPE_ANSWER_FIELDS)) {
      const published = stripeContract?.components.schemas[name]?.['required'] ?? fields.split(' ');
      expect([name, fields.split(' ').toSorted()]).toEqual([name, (published as string[]).toSorted()]);
    }
  });
});

describe("Zoom's contract", () => {
  const checker = zoomContract && new ContractChecker(zoomContract);

  it('accepts every request that the sandbox accepted, and has its answers', () => {
    const faults = zoomCalls.flatMap((call) => {
      const response: unknown = call.responseBody === '' ? undefined : JSON.parse(call.responseBody);
      if (!checker) return call.path.startsWith('/v2') ? ownZoomFaults(call, response) : [];
      const found = checker.operation(call.method, call.path);
      if (!found) return [`${call.method} ${call.path} is not in the contract`];
      const body: unknown =
        call.contentType === 'application/json'
          ? JSON.parse(call.requestBody || '{}')
          : Object.fromEntries(new URLSearchParams(call.requestBody));
      const problems = [
        ...checker.queryFaults(found.operation, Object.fromEntries(new URLSearchParams(call.query))),
        ...(isAccepted(call) ? checker.requestFaults(found.operation, call.contentType, body) : []),
        ...checker.responseFaults(found.operation, call.status, response),
      ];
      return problems.map((problem) => `${call.method} ${call.path} ${call.status}: ${problem}`);
    });
    expect(faults).toEqual([]);
  });

  it('has the webhooks that the sandbox sent', () => {
    expect(zoomWebhooks).toHaveLength(6);
    const faults = zoomWebhooks.flatMap((text) => {
      const webhook = JSON.parse(text) as { event: string; payload: { object: { id: string } } };
      if (!zoomContract || !checker) return webhook.payload.object.id ? [] : ['no meeting id'];
      const reference = String(zoomContract['x-webhook-events']?.[webhook.event]?.['$ref']);
      return checker
        .componentFaults(reference.split('/').at(-1) ?? '', webhook)
        .map((problem) => `${webhook.event}: ${problem}`);
    });
    expect(faults).toEqual([]);
  });

  it('knows every parameter that the sandbox takes, by the same type', () => {
    const unknown = zoomOperations.flatMap((shape) => {
      if (!zoomContract) return [];
      const operation = zoomContract.paths[shape.path]?.[shape.method.toLowerCase()];
      if (!operation) return [`${shape.method} ${shape.path}`];
      const query = Object.fromEntries(
        (operation.parameters ?? []).map((parameter) => [parameter.name, parameter.schema]),
      );
      return [
        ...unpublished(shape.query ?? {}, { properties: query }, zoomContract),
        ...unpublished(
          shape.body ?? {},
          operation.requestBody?.content['application/json']?.schema ?? {},
          zoomContract,
        ),
      ].map((name) => `${shape.method} ${shape.path} ${name}`);
    });
    expect(unknown).toEqual([]);
  });
});

/** Names of own parameters that the published schema does not have, or has by another type. */
function unpublished(
  own: JsonSchema,
  published: Record<string, unknown>,
  contract: Contract,
  at = '',
): string[] {
  const alternatives = (schema: Record<string, unknown>): Array<Record<string, unknown>> => {
    const reference = schema['$ref'];
    if (typeof reference === 'string')
      return alternatives(contract.components.schemas[reference.split('/').at(-1) ?? ''] ?? {});
    const several = (schema['anyOf'] ?? schema['oneOf'] ?? schema['allOf']) as
      | Array<Record<string, unknown>>
      | undefined;
    return several ? several.flatMap(alternatives) : [schema];
  };
  if (own.anyOf) return own.anyOf.flatMap((choice) => unpublished(choice, published, contract, at));
  const candidates = alternatives(published);
  if (own.type && !own.properties && !candidates.some((candidate) => candidate['type'] === own.type)) {
    return own.type === 'string' && own.maxLength === 0 ? [] : [`${at}: ${own.type}`];
  }
  const properties = Object.assign({}, ...candidates.map((candidate) => candidate['properties'])) as Record<
    string,
    Record<string, unknown>
  >;
  return Object.entries(own.properties ?? {}).flatMap(([name, schema]) => {
    const wanted = properties[name];
    return wanted ? unpublished(schema, wanted, contract, `${at}.${name}`) : [`${at}.${name}`];
  });
}

function missingFields(body: unknown): string[] {
  const object = body as { object?: string; data?: unknown[] };
  if (object.object === 'list') return (object.data ?? []).flatMap(missingFields);
  const name = object.object === 'item' ? 'line_item' : object.object; // the one object named otherwise
  const wanted = STRIPE_ANSWER_FIELDS[name ?? '']?.split(' ');
  if (!wanted) return [`nobody knows the object ${String(object.object)}`];
  return wanted
    .filter((field) => !(field in object))
    .map((field) => `${String(object.object)} lacks ${field}`);
}

function ownZoomFaults(call: RecordedCall, response: unknown): string[] {
  const shape = zoomOperations.find(
    (known) => known.method === call.method && matches(known.path, call.path),
  );
  if (!shape) return [`${call.method} ${call.path} is not one of the sandbox's operations`];
  const unknown = Object.keys(call.requestBody === '' ? {} : (JSON.parse(call.requestBody) as object)).filter(
    (name) => !(name in (shape.body?.properties ?? {})),
  );
  return response === undefined && call.status !== 204 ? [...unknown, 'an answer without a body'] : unknown;
}
