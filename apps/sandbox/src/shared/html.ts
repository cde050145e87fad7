import type { FastifyReply } from 'fastify';

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Markup that is safe as it is; everything else is escaped by `html`. */
export class Markup {
  constructor(readonly text: string) {}
}

export type HtmlValue = Markup | string | number | boolean | null | undefined | HtmlValue[];

export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

/** Template tag: escapes each value, joins arrays, leaves null, undefined and false out. */
export function html(strings: TemplateStringsArray, ...values: HtmlValue[]): Markup {
  let text = strings[0] ?? '';
  values.forEach((value, index) => {
    text += render(value) + (strings[index + 1] ?? '');
  });
  return new Markup(text);
}

function render(value: HtmlValue): string {
  if (value === null || value === undefined || value === false || value === true) return '';
  if (Array.isArray(value)) return value.map(render).join('');
  return value instanceof Markup ? value.text : escapeHtml(String(value));
}

const STYLE = `
:root{color-scheme:light dark;--line:#8884;--mark:#b45309}
*{box-sizing:border-box}body{margin:0;font:15px/1.45 system-ui,sans-serif}
header{background:var(--mark);color:#fff;padding:.5rem 1rem;display:flex;flex-wrap:wrap;gap:.3rem 1rem;align-items:baseline}
header a{color:#fff}header strong{letter-spacing:.08em}
main{max-width:72rem;margin:0 auto;padding:1rem}h1{font-size:1.3rem}h2{font-size:1.05rem;margin-top:1.8rem}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:13px}
th,td{text-align:left;padding:.3rem .6rem .3rem 0;border-bottom:1px solid var(--line);vertical-align:top;white-space:nowrap}
td.text{white-space:normal;min-width:12rem}code,pre{font:12.5px/1.4 ui-monospace,monospace}
pre{overflow-x:auto;border:1px solid var(--line);padding:.6rem}form.inline{display:inline-flex;gap:.3rem;flex-wrap:wrap;margin:.15rem .3rem .15rem 0}
button,input,select{font:inherit;padding:.25rem .6rem}iframe{width:100%;min-height:28rem;border:1px solid var(--line);background:#fff}
.note{border-left:3px solid var(--mark);padding:.2rem .8rem}dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem}dd{margin:0;overflow-wrap:anywhere}
.muted{opacity:.7}`;

/** A whole page. Every page of the sandbox says that it is one. */
export function page(title: string, body: Markup, navigation?: Markup): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} – SANDBOX</title>
        <style>
          ${new Markup(STYLE)}
        </style>
      </head>
      <body>
        <header><strong>SANDBOX</strong> <span>no real money, meetings or mail</span> ${navigation}</header>
        <main>
          <h1>${title}</h1>
          ${body}
        </main>
      </body>
    </html>`.text;
}

/** A table in a box that scrolls sideways on a small screen; says so when it is empty. */
export function htmlTable(headings: string[], rows: HtmlValue[][]): Markup {
  if (rows.length === 0) return html`<p class="muted">Nothing yet.</p>`;
  return html`<div class="wide">
    <table>
      <thead>
        <tr>
          ${headings.map((heading) => html`<th>${heading}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (cells) =>
            html`<tr>
              ${cells.map((cell) => html`<td>${cell}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** Answers a page that runs no script and loads nothing from elsewhere. */
export function sendPage(reply: FastifyReply, text: string, status = 200): FastifyReply {
  return reply
    .code(status)
    .header('content-type', 'text/html; charset=utf-8')
    .header(
      'content-security-policy',
      "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-src 'self'",
    )
    .header('x-content-type-options', 'nosniff')
    .header('referrer-policy', 'no-referrer')
    .header('cache-control', 'no-store')
    .send(text);
}
