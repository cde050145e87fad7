import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { CallFault, FaultPlan } from '../shared/faults';
import { createServer, cutConnection, header, pathOf, rawBody } from '../shared/http-server';
import { containsLiveKey } from '../shared/live-keys';
import { addAuthenticationPages } from './authentication-page';
import { addCheckoutPages } from './checkout-page';
import { expand } from './expansion';
import { decodeForm, MalformedForm, type FormObject } from './form-body';
import { IdempotencyKeys, requestFingerprint } from './idempotency';
import { addOnboardingPages } from './onboarding-page';
import { API_VERSION } from './present-connect';
import { addReceiptPages } from './receipt-page';
import { STRIPE_OPERATIONS, type OperationShape, type StripeOperationName } from './request-shapes';
import { validateParameters } from './request-validation';
import { settleDue } from './settlement';
import { invalidRequest, StripeError } from './stripe-error';
import type { StripeHandler } from './stripe-call';
import type { StripeModel } from './stripe-model';
import { STRIPE_HANDLERS } from './stripe-operations';

interface Answer {
  status: number;
  body: string;
  headers?: Record<string, string>;
}

interface RunningCall {
  model: StripeModel;
  shape: OperationShape;
  handler: StripeHandler;
  request: FastifyRequest;
  parameters: FormObject;
  account: string | null;
  requestId: string;
  fault: CallFault | undefined;
}

/** Stripe's API over HTTP: authentication, faults, idempotency keys, validation, then the operation itself. */
export function createStripeServer(model: StripeModel, faults: FaultPlan): FastifyInstance {
  const server = createServer();
  const keys = new IdempotencyKeys();
  for (const name of Object.keys(STRIPE_OPERATIONS) as StripeOperationName[]) {
    const shape: OperationShape = STRIPE_OPERATIONS[name];
    server.route({
      method: shape.method,
      url: shape.path.replaceAll(/\{(\w+)\}/g, ':$1'),
      handler: async (request, reply) => {
        const requestId = model.ids.text('req_', 14);
        reply.header('request-id', requestId).header('stripe-version', API_VERSION);
        try {
          const call = await openCall(model, faults, shape, STRIPE_HANDLERS[name], request, requestId);
          if (call.fault?.kind === 'reset') return cutConnection(request, reply);
          if (call.fault?.kind === 'rate_limit') return send(reply, rateLimited(requestId));
          const answer = await answerOnce(call, keys);
          if (call.fault?.kind === 'timeout_after_commit') return cutConnection(request, reply);
          return send(reply, answer);
        } catch (error) {
          return send(reply, errorAnswer(error, requestId));
        }
      },
    });
  }
  server.setNotFoundHandler((request, reply) => {
    const message = `Unrecognized request URL (${request.method}: ${pathOf(request)}). The sandbox models a part of Stripe's API.`;
    const error = new StripeError(404, { type: 'invalid_request_error', message });
    return send(reply, errorAnswer(error, model.ids.text('req_', 14)));
  });
  addOnboardingPages(server, model);
  addCheckoutPages(server, model);
  addAuthenticationPages(server, model);
  addReceiptPages(server, model);
  return server;
}

async function openCall(
  model: StripeModel,
  faults: FaultPlan,
  shape: OperationShape,
  handler: StripeHandler,
  request: FastifyRequest,
  requestId: string,
): Promise<RunningCall> {
  authenticate(request);
  await model.clock.refresh();
  settleDue(model);
  const body = rawBody(request);
  const idempotencyKey = shape.method === 'GET' ? undefined : header(request, 'idempotency-key');
  const bodyHash = createHash('sha256').update(body).digest('hex');
  const fault = faults.forCall(
    'stripe',
    `${request.method} ${pathOf(request)}`,
    idempotencyKey ?? `${request.method} ${request.url} ${bodyHash}`,
  );
  return {
    model: { ...model, cause: { requestId, idempotencyKey: idempotencyKey ?? null } },
    shape,
    handler,
    request,
    parameters: parametersOf(request, shape, body),
    account: connectedAccount(model, request, shape),
    requestId,
    fault,
  };
}

function authenticate(request: FastifyRequest): void {
  const authorization = header(request, 'authorization') ?? '';
  const [scheme = '', credentials = ''] = authorization.split(' ', 2);
  const key =
    scheme.toLowerCase() === 'basic'
      ? (Buffer.from(credentials, 'base64').toString('utf8').split(':', 1)[0] ?? '')
      : credentials;
  if (containsLiveKey(key) || containsLiveKey(rawBody(request)) || containsLiveKey(request.url)) {
    throw unauthorized('This is a sandbox: it refuses live keys. Replace the key, it has left its system.');
  }
  if (!/^(?:sk|rk)_test_/.test(key)) {
    throw unauthorized('You did not provide an API key of the form sk_test_….');
  }
}

function unauthorized(message: string): StripeError {
  return new StripeError(401, { type: 'invalid_request_error', message });
}

function connectedAccount(model: StripeModel, request: FastifyRequest, shape: OperationShape): string | null {
  const account = header(request, 'stripe-account');
  if (account === undefined) return null;
  if (!model.tables.accounts.get(account)) {
    throw new StripeError(403, {
      type: 'invalid_request_error',
      code: 'account_invalid',
      message: `The provided key does not have access to account '${account}' (or that account does not exist).`,
    });
  }
  if (shape.method !== 'GET') {
    throw invalidRequest(
      'The sandbox models destination charges: it takes Stripe-Account on GET requests only.',
    );
  }
  return account;
}

function parametersOf(request: FastifyRequest, shape: OperationShape, body: string): FormObject {
  try {
    return decodeForm(shape.method === 'GET' ? (request.url.split('?')[1] ?? '') : body);
  } catch (error) {
    if (error instanceof MalformedForm) throw invalidRequest(error.message);
    throw error;
  }
}

/** Runs the call, or replays what an earlier call with the same idempotency key was answered. */
async function answerOnce(call: RunningCall, keys: IdempotencyKeys): Promise<Answer> {
  const key = call.model.cause.idempotencyKey;
  if (key === null) {
    await delay(call);
    validateParameters(call.shape.parameters, call.parameters);
    return execute(call);
  }
  const scope = call.account ?? 'platform';
  const fingerprint = requestFingerprint(call.shape.method, pathOf(call.request), call.parameters);
  const stored = keys.begin(call.model, scope, key, fingerprint);
  if (stored) {
    await delay(call);
    const headers = { 'idempotent-replayed': 'true', 'original-request': stored.requestId };
    return { status: stored.status, body: stored.body, headers };
  }
  try {
    await delay(call);
    validateParameters(call.shape.parameters, call.parameters); // a fault here stores nothing
    const answer = execute(call);
    keys.store(call.model, scope, key, {
      fingerprint,
      status: answer.status,
      body: answer.body,
      requestId: call.requestId,
    });
    return answer;
  } finally {
    keys.end(scope, key);
  }
}

async function delay(call: RunningCall): Promise<void> {
  if (call.fault?.kind === 'slow') await sleep(call.fault.delayMs, undefined, { ref: false });
}

function execute(call: RunningCall): Answer {
  try {
    if (call.fault?.kind === 'server_error')
      throw new StripeError(500, {
        type: 'api_error',
        message: 'An unknown error occurred (sandbox fault).',
      });
    const { expand: paths, ...parameters } = call.parameters as { expand?: string[] };
    const answer = call.handler({
      model: call.model,
      path: pathOf(call.request),
      ids: call.request.params as Record<string, string>,
      parameters,
      account: call.account,
    });
    // Answers carry rows' own metadata; expanding must not write into them.
    const copy = structuredClone(answer);
    expand(call.model, copy, paths ?? []);
    return { status: 200, body: JSON.stringify(copy) };
  } catch (error) {
    return errorAnswer(error, call.requestId);
  }
}

function errorAnswer(error: unknown, requestId: string): Answer {
  if (error instanceof StripeError) {
    const inUse = error.fields.code === 'idempotency_key_in_use';
    return {
      status: error.status,
      body: JSON.stringify(error.body(requestId)),
      ...(inUse && { headers: { 'stripe-should-retry': 'true' } }),
    };
  }
  console.error('the Stripe sandbox failed', error);
  const unknown = new StripeError(500, { type: 'api_error', message: 'The sandbox failed; see its log.' });
  return { status: 500, body: JSON.stringify(unknown.body(requestId)) };
}

function rateLimited(requestId: string): Answer {
  const error = new StripeError(429, {
    type: 'invalid_request_error',
    code: 'rate_limit',
    message: 'Request rate limit exceeded (sandbox fault).',
  });
  return { status: 429, body: JSON.stringify(error.body(requestId)), headers: { 'retry-after': '1' } };
}

function send(reply: FastifyReply, answer: Answer): FastifyReply {
  return reply
    .code(answer.status)
    .header('content-type', 'application/json')
    .headers(answer.headers ?? {})
    .send(answer.body);
}
