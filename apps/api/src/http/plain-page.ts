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
  send(reply, status, title, `<p>${escapeHtml(text)}</p>`);
}

/**
 * A question with one button, which posts to the page's own address: what a link in a mail would change waits for a
 * person, since programs that look through mails follow links too.
 */
export function sendButton(reply: FastifyReply, title: string, text: string, label: string): void {
  // No form-action: the answer may lead to another site, which some browsers take for a part of the form's action.
  void reply.header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'");
  send(
    reply,
    200,
    title,
    `<p>${escapeHtml(text)}</p>
<form method="post"><button>${escapeHtml(label)}</button></form>`,
  );
}

function send(reply: FastifyReply, status: number, title: string, body: string): void {
  void reply.status(status).type('text/html; charset=utf-8').send(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex">
<title>${escapeHtml(title)}</title>
<style>body { font: 1.1rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 15vh auto; padding: 0 1rem } button { font: inherit; padding: .5rem 1rem }</style>
<h1>${escapeHtml(title)}</h1>
${body}
</html>
`);
}
