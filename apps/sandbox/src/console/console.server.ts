import type { FastifyInstance, FastifyReply } from 'fastify';
import type { SandboxParts } from '../sandbox-parts';
import { html, sendPage } from '../shared/html';
import { createServer, header, pathOf, pathParameter, rawBody } from '../shared/http-server';
import { containsLiveKey } from '../shared/live-keys';
import { StripeError } from '../stripe/stripe-error';
import { ZoomError } from '../zoom/zoom-error';
import { InvalidInput, parse } from './act-input';
import { ACTS, clockAdvance, faultInjection } from './acts';
import { consolePage } from './console-layout';
import { addControlApi, sendControlError } from './control-api';
import { faultsPage, webhooksPage } from './faults-page';
import { mailboxPage, mailPage } from './mailbox-pages';
import { overviewPage } from './overview-page';
import { stripePage } from './stripe-page';
import { zoomPage } from './zoom-page';

/** The console: pages for people, and `/sandbox/…` for tests and the launcher. */
export function createConsoleServer(parts: SandboxParts): FastifyInstance {
  const server = createServer();
  server.addHook('preHandler', async (request, reply) => {
    if (containsLiveKey(rawBody(request)) || containsLiveKey(header(request, 'authorization') ?? '')) {
      return reply.code(401).send({ error: 'this is a sandbox: it refuses live keys' });
    }
    // No page of another site may press the console's buttons.
    if (request.method !== 'GET' && header(request, 'sec-fetch-site') === 'cross-site') {
      return reply.code(403).send({ error: 'requests from other sites are refused' });
    }
    await parts.clock.refresh();
    return undefined;
  });
  server.setErrorHandler((error, request, reply) =>
    pathOf(request).startsWith('/console/') ? sendErrorPage(reply, error) : sendControlError(reply, error),
  );
  server.setNotFoundHandler((_request, reply) =>
    sendPage(reply, consolePage('There is no such page', html`<p><a href="/">To the console</a></p>`), 404),
  );
  addControlApi(server, parts);
  addPages(server, parts);
  addButtons(server, parts);
  return server;
}

function addPages(server: FastifyInstance, parts: SandboxParts): void {
  server.get('/', (_request, reply) => sendPage(reply, overviewPage(parts)));
  server.get('/stripe', (_request, reply) => sendPage(reply, stripePage(parts)));
  server.get('/zoom', (_request, reply) => sendPage(reply, zoomPage(parts)));
  server.get('/faults', (_request, reply) => sendPage(reply, faultsPage(parts)));
  server.get('/webhooks', (_request, reply) => sendPage(reply, webhooksPage(parts)));
  server.get<{ Querystring: { to?: string } }>('/mailbox', (request, reply) =>
    sendPage(reply, mailboxPage(parts, request.query.to)),
  );
  server.get('/mailbox/:id', (request, reply) => {
    const mail = parts.mailbox.rows.get(pathParameter(request, 'id'));
    return mail ? sendPage(reply, mailPage(mail)) : reply.callNotFound();
  });
}

/** The pages' forms: the same acts as the control API, then back to the page they stand on. */
function addButtons(server: FastifyInstance, parts: SandboxParts): void {
  server.post('/console/clock', async (request, reply) => {
    const { seconds } = parse(clockAdvance, {
      seconds: Number(new URLSearchParams(rawBody(request)).get('seconds')),
    });
    await parts.clock.advance(seconds);
    return reply.redirect('/', 303);
  });
  server.post('/console/faults', (request, reply) => {
    const form = new URLSearchParams(rawBody(request));
    const { times, delayMs, ...rest } = Object.fromEntries(form);
    parts.faults.inject(
      parse(faultInjection, { ...rest, times: Number(times), ...(delayMs && { delayMs: Number(delayMs) }) }),
    );
    return reply.redirect('/faults', 303);
  });
  server.post('/console/faults/clear', (_request, reply) => {
    parts.faults.clear();
    return reply.redirect('/faults', 303);
  });
  server.post('/console/mailbox/clear', (_request, reply) => {
    parts.mailbox.clear();
    return reply.redirect('/mailbox', 303);
  });
  for (const [path, act] of Object.entries(ACTS)) {
    server.post(`/console/${path}`, (request, reply) => {
      const form = Object.entries(Object.fromEntries(new URLSearchParams(rawBody(request))));
      const input = Object.fromEntries(
        form.map(([name, value]) => [name, value === 'true' || (value === 'false' ? false : value)]),
      );
      act(parts, pathParameter(request, 'id'), input);
      return reply.redirect(path.startsWith('zoom/') ? '/zoom' : '/stripe', 303);
    });
  }
}

function sendErrorPage(reply: FastifyReply, error: unknown): FastifyReply {
  const isExpected =
    error instanceof InvalidInput || error instanceof StripeError || error instanceof ZoomError;
  if (!isExpected) console.error('the sandbox console failed', error);
  const message = isExpected ? error.message : 'The sandbox failed; see its log.';
  const body = html`<p>${message}</p>
    <p><a href="/">To the console</a></p>`;
  return sendPage(reply, consolePage('That did not work', body), isExpected ? 400 : 500);
}
