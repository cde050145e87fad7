import { escapeHtml } from '@app/common';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** A person follows a link in a browser; programs do not ask for HTML. */
export function wantsPage(request: FastifyRequest): boolean {
  return request.headers.accept?.includes('text/html') === true;
}

/**
 * One sentence for somebody who came by a link.
 *
 * @param refreshSeconds after which the browser looks again
 */
export function sendPage(
  reply: FastifyReply,
  status: number,
  title: string,
  text: string,
  refreshSeconds?: number,
): void {
  if (refreshSeconds !== undefined) void reply.header('refresh', String(refreshSeconds));
  void reply.status(status).type('text/html; charset=utf-8').send(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex">
<title>${escapeHtml(title)}</title>
<style>body { font: 1.1rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 15vh auto; padding: 0 1rem }</style>
<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(text)}</p>
</html>
`);
}
