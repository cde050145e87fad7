import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { ContractChecker, readContract } from '../../apps/sandbox/src/contracts/contract-schema';
import type { JsonSchema } from '../../apps/sandbox/src/shared/json-schema';
import { decodeForm } from '../../apps/sandbox/src/stripe/form-body';
import { STRIPE_OPERATIONS, type OperationShape } from '../../apps/sandbox/src/stripe/request-shapes';
import { ZOOM_OPERATIONS, type ZoomOperationShape } from '../../apps/sandbox/src/zoom/request-shapes';

/** One line of the file that OUTBOUND_CAPTURE names. */
export interface CapturedCall {
  provider: 'stripe' | 'zoom';
  method: string;
  path: string;
  query: Record<string, string>;
  headers: Record<string, string>;
  body: Record<string, string> | null;
  response: { status: number; headers: Record<string, string>; body: unknown };
}

const FORM = 'application/x-www-form-urlencoded';
const ajv = new Ajv({ coerceTypes: true, strict: false });

export function readCapture(file: string): CapturedCall[] {
  return readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as CapturedCall);
}

export const nameOf = ({ method, path }: CapturedCall): string =>
  `${method} ${path.replaceAll(/\/(?:acct|pi|re|ch|cs|du|fee|cus|seti|pm|tr)_\w+/g, '/{id}').replaceAll(/\/\d+(?=\/|$)/g, '/{id}')}`;

/** As the provider reads it: Stripe's brackets and text become objects; Zoom's forms stay flat. */
function parametersOf({ provider, headers, body }: CapturedCall): unknown {
  const isForm = headers['content-type']?.startsWith(FORM) === true;
  return provider === 'stripe' && isForm
    ? decodeForm(new URLSearchParams(body ?? {}).toString())
    : (body ?? {});
}

function queryOf({ provider, query }: CapturedCall): Record<string, unknown> {
  return provider === 'stripe' ? decodeForm(new URLSearchParams(query).toString()) : query;
}

/** Checks against the published contracts, closed: a field that they do not name is a fault. */
export class PublishedContracts {
  private readonly checkers: Record<CapturedCall['provider'], ContractChecker | undefined>;

  constructor() {
    const [stripe, zoom] = [readContract('stripe.json'), readContract('zoom.json')];
    this.checkers = {
      stripe: stripe && new ContractChecker(stripe),
      zoom: zoom && new ContractChecker(zoom),
    };
  }

  /** False where the folder of contracts is absent, which was said on the console then. */
  get arePresent(): boolean {
    return this.checkers.stripe !== undefined && this.checkers.zoom !== undefined;
  }

  faultsOf(call: CapturedCall): string[] {
    const checker = this.checkers[call.provider];
    const found = checker?.operation(call.method, call.path);
    if (checker === undefined || found === undefined) return [`${nameOf(call)} is not in the contract`];
    const { operation } = found;
    const type = call.headers['content-type']?.split(';')[0] ?? '';
    const isRefusal = call.response.status >= 400;
    const faults = [
      ...checker.queryFaults(operation, queryOf(call)),
      ...(call.method === 'GET' ? [] : checker.requestFaults(operation, type, parametersOf(call))),
      ...checker.responseFaults(operation, call.response.status, call.response.body ?? undefined),
    ];
    return faults.map(
      (fault) => `${nameOf(call)} ${call.response.status}${isRefusal ? ' (refused)' : ''}: ${fault}`,
    );
  }
}

/** Checks against what the sandbox takes: the part of each contract that it models. OAuth is not among its shapes. */
export function faultsByOwnShapes(call: CapturedCall): string[] {
  if (call.path.startsWith('/oauth/')) return [];
  const shapes: (OperationShape | ZoomOperationShape)[] =
    call.provider === 'stripe' ? Object.values(STRIPE_OPERATIONS) : Object.values(ZOOM_OPERATIONS);
  const shape = shapes.find(
    ({ method, path }) =>
      method === call.method && new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(call.path),
  );
  if (shape === undefined) return [`${nameOf(call)} is not one of the sandbox's operations`];
  const checks: [JsonSchema | undefined, unknown][] =
    'parameters' in shape
      ? [[shape.parameters, call.method === 'GET' ? queryOf(call) : parametersOf(call)]]
      : [
          [shape.query, queryOf(call)],
          [shape.body, parametersOf(call)],
        ];
  return checks.flatMap(([schema, value]) => {
    if (schema === undefined)
      return Object.keys(value as object).map((name) => `${nameOf(call)} takes no ${name}`);
    const isValid = ajv.validate(schema, structuredClone(value));
    return isValid ? [] : [`${nameOf(call)}: ${ajv.errorsText()}`];
  });
}
