import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Ajv, type ValidateFunction } from 'ajv';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { FaultPlan } from '../shared/faults';
import { createServer, cutConnection, header, pathOf, pathParameter, rawBody } from '../shared/http-server';
import type { JsonSchema } from '../shared/json-schema';
import { pastParticipants } from './meeting-events';
import {
  createMeeting,
  deleteMeeting,
  findMeeting,
  listMeetings,
  presentMeeting,
  presentNewMeeting,
  updateMeeting,
  type MeetingListParameters,
  type MeetingParameters,
} from './meetings';
import { addMeetingPages } from './meeting-pages';
import { authenticateUser } from './oauth';
import { addOAuthRoutes } from './oauth-routes';
import { ZOOM_OPERATIONS, type ZoomOperationName, type ZoomOperationShape } from './request-shapes';
import { invalidField, ZoomError } from './zoom-error';
import type { ZoomModel, ZoomUserRow } from './zoom-model';

const KEPT_CALLS = 5_000;

interface ZoomCall {
  model: ZoomModel;
  request: FastifyRequest;
  user: ZoomUserRow;
  query: MeetingListParameters;
  body: MeetingParameters;
}

interface Answer {
  status: number;
  body?: object;
}

type ZoomHandler = (call: ZoomCall) => Answer;

const HANDLERS: Record<ZoomOperationName, ZoomHandler> = {
  getUser: (call) => ({ status: 200, body: presentUser(hostOf(call)) }),
  createMeeting: (call) => {
    const row = createMeeting(call.model, hostOf(call), call.body);
    return { status: 201, body: presentNewMeeting(call.model, row) };
  },
  listMeetings: (call) => ({
    status: 200,
    body: listMeetings(call.model, hostOf(call), call.query),
  }),
  getMeeting: (call) => ({ status: 200, body: presentMeeting(call.model, meetingOf(call)) }),
  updateMeeting: (call) => {
    updateMeeting(call.model, call.user, meetingOf(call), call.body);
    return { status: 204 };
  },
  deleteMeeting: (call) => {
    deleteMeeting(call.model, meetingOf(call));
    return { status: 204 };
  },
  listPastParticipants: (call) => ({ status: 200, body: pastParticipants(meetingOf(call)) }),
};

function meetingOf(call: ZoomCall) {
  return findMeeting(call.model, pathParameter(call.request, 'meetingId'), call.user);
}

/** `me`, the id or the address of the signed-in user; an app of one user sees no others. */
function hostOf(call: ZoomCall): ZoomUserRow {
  const wanted = pathParameter(call.request, 'userId');
  if (wanted === 'me' || wanted === call.user.id || wanted.toLowerCase() === call.user.email)
    return call.user;
  throw new ZoomError(404, 1001, `User does not exist: ${wanted}.`);
}

function presentUser(user: ZoomUserRow): object {
  return {
    id: user.id,
    account_id: user.account_id,
    email: user.email,
    first_name: user.first_name,
    last_name: user.last_name,
    display_name: `${user.first_name} ${user.last_name}`,
    timezone: user.timezone,
    type: 2,
    status: 'active',
    verified: 1,
    role_name: 'Owner',
    language: 'en-US',
  };
}

/** Zoom's API v2, its OAuth pages and the pages behind join and start links. */
export function createZoomServer(model: ZoomModel, faults: FaultPlan): FastifyInstance {
  const server = createServer();
  for (const name of Object.keys(ZOOM_OPERATIONS) as ZoomOperationName[]) {
    const shape: ZoomOperationShape = ZOOM_OPERATIONS[name];
    server.route({
      method: shape.method,
      url: shape.path.replaceAll(/\{(\w+)\}/g, ':$1'),
      handler: (request, reply) => handle(model, faults, shape, HANDLERS[name], request, reply),
    });
  }
  addOAuthRoutes(server, model, faults);
  addMeetingPages(server, model);
  server.setNotFoundHandler((request, reply) =>
    reply
      .code(404)
      .send({ code: 2300, message: `This API endpoint is not recognized (sandbox): ${pathOf(request)}` }),
  );
  return server;
}

async function handle(
  model: ZoomModel,
  faults: FaultPlan,
  shape: ZoomOperationShape,
  handler: ZoomHandler,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply | void> {
  let user: ZoomUserRow | undefined;
  try {
    await model.clock.refresh();
    user = authenticateUser(model, header(request, 'authorization'));
    const bodyHash = createHash('sha256').update(rawBody(request)).digest('hex');
    const fault = faults.forCall(
      'zoom',
      `${request.method} ${pathOf(request)}`,
      `${request.method} ${request.url} ${bodyHash}`,
    );
    if (fault?.kind === 'reset') return cut(model, request, reply, user);
    if (fault?.kind === 'rate_limit') {
      reply.header('retry-after', '1');
      throw new ZoomError(
        429,
        429,
        'You have reached the maximum per-second rate limit for this API. Try again later.',
      );
    }
    if (fault?.kind === 'server_error')
      throw new ZoomError(500, 500, 'Internal server error (sandbox fault).');
    if (fault?.kind === 'slow') await sleep(fault.delayMs, undefined, { ref: false });
    const answer = handler({
      model,
      request,
      user,
      query: queryOf(request, shape),
      body: bodyOf(request, shape),
    });
    if (fault?.kind === 'timeout_after_commit') return cut(model, request, reply, user);
    return send(model, request, reply, user, answer);
  } catch (error) {
    return send(model, request, reply, user, errorAnswer(error));
  }
}

function errorAnswer(error: unknown): Answer {
  if (error instanceof ZoomError) return { status: error.status, body: error.body() };
  console.error('the Zoom sandbox failed', error);
  return { status: 500, body: { code: 500, message: 'The sandbox failed; see its log.' } };
}

function send(
  model: ZoomModel,
  request: FastifyRequest,
  reply: FastifyReply,
  user: ZoomUserRow | undefined,
  answer: Answer,
): FastifyReply {
  remember(model, request, user, answer.status);
  return answer.body ? reply.code(answer.status).send(answer.body) : reply.code(answer.status).send();
}

function cut(model: ZoomModel, request: FastifyRequest, reply: FastifyReply, user: ZoomUserRow): void {
  remember(model, request, user, 0);
  cutConnection(request, reply);
}

function remember(
  model: ZoomModel,
  request: FastifyRequest,
  user: ZoomUserRow | undefined,
  status: number,
): void {
  model.tables.calls.put({
    id: model.ids.text('call_'),
    at: model.clock.nowIso(),
    method: request.method,
    path: pathOf(request),
    status,
    user: user?.id ?? null,
  });
  model.tables.calls.keepNewest(KEPT_CALLS);
}

const bodies = new Ajv({ strict: true, verbose: true });
const queries = new Ajv({ strict: true, verbose: true, coerceTypes: true });
const compiled = new WeakMap<JsonSchema, ValidateFunction>();

function queryOf(request: FastifyRequest, shape: ZoomOperationShape): MeetingListParameters {
  const query = { ...(request.query as object) };
  if (shape.query) check(queries, shape.query, query);
  return query;
}

function bodyOf(request: FastifyRequest, shape: ZoomOperationShape): MeetingParameters {
  if (!shape.body) return {};
  let body: unknown;
  try {
    body = JSON.parse(rawBody(request) || '{}');
  } catch {
    throw new ZoomError(400, 300, 'Request Body should be a valid JSON object.');
  }
  check(bodies, shape.body, body);
  return body as MeetingParameters;
}

function check(ajv: Ajv, schema: JsonSchema, value: unknown): void {
  let validate = compiled.get(schema);
  if (!validate) {
    validate = ajv.compile(schema);
    compiled.set(schema, validate);
  }
  if (validate(value)) return;
  const error = validate.errors?.[0];
  const unknown =
    error?.keyword === 'additionalProperties' ? String(error.params['additionalProperty']) : undefined;
  const path = (error?.instancePath ?? '').split('/').slice(1);
  if (unknown === undefined) throw invalidField(path.join('.'), error?.message);
  throw invalidField(
    [...path, unknown].join('.'),
    'Unknown property (Zoom would ignore it, the sandbox refuses it).',
  );
}
