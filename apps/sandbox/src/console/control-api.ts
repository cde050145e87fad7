import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { SandboxParts } from '../sandbox-parts';
import { pathParameter, rawBody } from '../shared/http-server';
import { StripeError } from '../stripe/stripe-error';
import { viewStripe } from '../stripe/stripe-view';
import { ZoomError } from '../zoom/zoom-error';
import { InvalidInput, parse } from './act-input';
import { ACTS, clockAdvance, faultInjection } from './acts';

const share = z.number().min(0).max(1).optional();
const randomFaults = z.strictObject({
  seed: z.number().int(),
  rates: z
    .strictObject({
      timeout_after_commit: share,
      server_error: share,
      rate_limit: share,
      reset: share,
      slow: share,
    })
    .default({}),
  webhooks: z.strictObject({ double: share, delay: share, drop: share, shuffle: share }).default({}),
  slowMs: z.number().int().min(0).max(120_000).default(10_000),
  delayMs: z.number().int().min(0).max(600_000).default(30_000),
});

function jsonBody(request: FastifyRequest): unknown {
  try {
    return JSON.parse(rawBody(request) || '{}');
  } catch {
    throw new InvalidInput('the body must be JSON');
  }
}

/** `/sandbox/…`: the clock, faults, what people do outside our system, and the state for comparisons. */
export function addControlApi(server: FastifyInstance, parts: SandboxParts): void {
  addClock(server, parts);
  addFaults(server, parts);
  addState(server, parts);
  for (const [path, act] of Object.entries(ACTS)) {
    server.post(`/sandbox/${path}`, async (request) => {
      await parts.clock.refresh();
      return act(parts, pathParameter(request, 'id'), jsonBody(request));
    });
  }
}

/** Errors in the shape of the provider whose rule was broken. */
export function sendControlError(reply: FastifyReply, error: unknown): FastifyReply {
  if (error instanceof InvalidInput) return reply.code(400).send({ error: error.message });
  if (error instanceof StripeError) return reply.code(error.status).send(error.body('req_console'));
  if (error instanceof ZoomError) return reply.code(error.status).send(error.body());
  console.error('the sandbox console failed', error);
  return reply.code(500).send({ error: 'the sandbox failed; see its log' });
}

function addClock(server: FastifyInstance, { clock }: SandboxParts): void {
  const reading = () => ({ offsetSeconds: clock.offsetSeconds, now: new Date(clock.nowMs()).toISOString() });
  server.get('/sandbox/clock', async () => {
    await clock.refresh();
    return reading();
  });
  server.post('/sandbox/clock/advance', async (request) => {
    await clock.advance(parse(clockAdvance, jsonBody(request)).seconds);
    return reading();
  });
}

function addFaults(server: FastifyInstance, { faults }: SandboxParts): void {
  const reading = () => ({ faults: faults.list(), random: faults.random ?? null });
  server.get('/sandbox/faults', reading);
  server.post('/sandbox/faults', (request, reply) =>
    reply.code(201).send(faults.inject(parse(faultInjection, jsonBody(request)))),
  );
  server.put('/sandbox/faults/random', (request) => {
    faults.setRandom(parse(randomFaults, jsonBody(request)));
    return reading();
  });
  server.delete('/sandbox/faults/random', (_request, reply) => {
    faults.setRandom(undefined);
    return reply.code(204).send();
  });
  server.delete('/sandbox/faults', (_request, reply) => {
    faults.clear();
    return reply.code(204).send();
  });
}

function addState(server: FastifyInstance, parts: SandboxParts): void {
  const { clock, faults, webhooks, mailbox, zoom } = parts;
  const stripe = viewStripe(parts.stripe);
  server.get('/sandbox/state', async () => {
    await clock.refresh();
    const holders = [null, ...stripe.accounts.map((account) => account.id)];
    return {
      clock: { offsetSeconds: clock.offsetSeconds, now: new Date(clock.nowMs()).toISOString() },
      stripe: {
        ...stripe,
        balances: Object.fromEntries(
          holders.map((id) => [id ?? 'platform', stripe.balance(id ?? undefined)]),
        ),
      },
      zoom: {
        users: zoom.tables.users.all(),
        meetings: zoom.tables.meetings.all(),
        tokens: zoom.tables.tokens.all(),
        calls: zoom.tables.calls.all(),
      },
      mailbox: { messages: mailbox.rows.size },
      faults: { pending: faults.list(), random: faults.random ?? null },
      webhooks: webhooks.deliveries.all(),
    };
  });
  server.get<{ Querystring: { to?: string } }>('/sandbox/mailbox', (request) => ({
    messages: request.query.to ? mailbox.to(request.query.to) : mailbox.messages,
  }));
  server.delete('/sandbox/mailbox', (_request, reply) => {
    mailbox.clear();
    return reply.code(204).send();
  });
}
