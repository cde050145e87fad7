import { html, page, type HtmlValue, type Markup } from '../shared/html';

const NAVIGATION = html`<a href="/">Console</a> <a href="/stripe">Stripe</a> <a href="/zoom">Zoom</a>
  <a href="/mailbox">Mailbox</a> <a href="/faults">Faults</a> <a href="/webhooks">Webhooks</a>`;

export function consolePage(title: string, body: Markup): string {
  return page(title, body, NAVIGATION);
}

/** A one-button form; the console's acts all go by POST. */
export function actButton(path: string, label: string, fields: HtmlValue = null): Markup {
  return html`<form class="inline" method="post" action="/console/${path}">
    ${fields}<button>${label}</button>
  </form>`;
}

/** Seconds since the epoch as `2026-11-22 16:28:00` in UTC. */
export function instantText(seconds: number): string {
  return new Date(seconds * 1_000).toISOString().slice(0, 19).replace('T', ' ');
}

const SHOWN_ROWS = 100;

/** The newest hundred rows of a table, newest first. */
export function newest<Row>(rows: Row[]): Row[] {
  return rows.slice(-SHOWN_ROWS).toReversed();
}

export function code(text: string): Markup {
  return html`<code>${text}</code>`;
}

/** The answer to a bank's challenge, hidden in a button's form. */
export function successAnswer(success: 'true' | 'false'): Markup {
  return html`<input type="hidden" name="success" value="${success}" />`;
}
