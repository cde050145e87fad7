import { escapeHtml } from '@app/common';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** A person follows a link in a browser; programs do not ask for HTML. */
export function wantsPage(request: FastifyRequest): boolean {
  return request.headers.accept?.includes('text/html') === true;
}

/** Posts to the page's own address unless it names another. */
export interface PageForm {
  action?: string;
  fields?: Readonly<Record<string, string>>;
  buttons: readonly { label: string; name?: string; value?: string }[];
}

export interface PageContent {
  title: string;
  paragraphs: readonly string[];
  /**
   * What a person may do: what a link in a mail would change waits for them, since programs that look through mails follow
   * links too.
   */
  forms?: readonly PageForm[];
}

/** No form-action: the answer may lead to another site, which some browsers take for a part of the form's action. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";

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
  void asPage(reply.status(status)).send(pageOf({ title, paragraphs: [text] }));
}

/** What a page is sent with. */
export function asPage(reply: FastifyReply): FastifyReply {
  return reply.type('text/html; charset=utf-8').header('content-security-policy', POLICY);
}

export function pageOf({ title, paragraphs, forms = [] }: PageContent): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex">
<title>${escapeHtml(title)}</title>
<style>body { font: 1.1rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 15vh auto; padding: 0 1rem } p { white-space: pre-line } button { font: inherit; padding: .5rem 1rem; margin: 0 .5rem .5rem 0 }</style>
<h1>${escapeHtml(title)}</h1>
${paragraphs.map((text) => `<p>${escapeHtml(text)}</p>`).join('\n')}
${forms.map(formOf).join('\n')}
</html>
`;
}

function formOf({ action, fields = {}, buttons }: PageForm): string {
  const hidden = Object.entries(fields).map(
    ([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`,
  );
  const pressed = buttons.map(({ label, name, value }) => {
    const says = name === undefined ? '' : ` name="${escapeHtml(name)}" value="${escapeHtml(value ?? '')}"`;
    return `<button${says}>${escapeHtml(label)}</button>`;
  });
  const to = action === undefined ? '' : ` action="${escapeHtml(action)}"`;
  return `<form method="post"${to}>${hidden.join('')}${pressed.join('')}</form>`;
}
