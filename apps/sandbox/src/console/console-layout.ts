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

/** `12.50 USD` for a person; the exponent is the currency's own. */
export function amountText(minor: number, currency: string): string {
  const format = new Intl.NumberFormat('en-US', { style: 'currency', currency, currencyDisplay: 'code' });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return format.format(minor / 10 ** digits);
}

/** Seconds since the epoch as `2026-11-22 16:28:00` in UTC. */
export function instantText(seconds: number): string {
  return new Date(seconds * 1_000).toISOString().slice(0, 19).replace('T', ' ');
}
