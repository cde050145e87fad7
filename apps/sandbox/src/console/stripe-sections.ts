import { html, htmlTable, type HtmlValue, type Markup } from '../shared/html';
import type { CheckoutSessionRow } from '../stripe/checkout-session-row';
import { cardChoice } from '../stripe/client-page';
import { formatMinor } from '../stripe/currencies';
import type { DisputeRow } from '../stripe/dispute-row';
import { checkoutUrl } from '../stripe/present-checkout';
import type { SetupIntentRow } from '../stripe/setup-intent-row';
import type { StripeModel } from '../stripe/stripe-model';
import { actButton, code, instantText, newest, successAnswer } from './console-layout';

/** Disputes, Checkout pages and cards being saved. */
export function laterSections(stripe: StripeModel): Markup {
  const { disputes, checkoutSessions, setupIntents } = stripe.tables;
  return html`<h2>Disputes</h2>
    ${htmlTable(
      ['Created', 'Id', 'Charge', 'Amount', 'Reason', 'State', 'Answer until', ''],
      newest(disputes.all()).map((row) => [
        instantText(row.created),
        code(row.id),
        code(row.charge),
        formatMinor(row.amount, row.currency),
        row.reason,
        row.status,
        instantText(row.dueBy),
        disputeActs(row),
      ]),
    )}
    <h2>Checkout</h2>
    ${htmlTable(
      ['Created', 'Id', 'Amount', 'State', 'Paid', ''],
      newest(checkoutSessions.all()).map((row) => [
        instantText(row.created),
        code(row.id.slice(0, 24)),
        formatMinor(row.amount_total, row.currency),
        row.status,
        row.payment_status,
        checkoutActs(row, stripe),
      ]),
    )}
    <h2>Saved cards</h2>
    ${htmlTable(
      ['Created', 'Id', 'Customer', 'State', ''],
      newest(setupIntents.all()).map((row) => [
        instantText(row.created),
        code(row.id),
        code(row.customer ?? ''),
        row.last_setup_error ? `${row.status}: ${row.last_setup_error.message}` : row.status,
        setupActs(row),
      ]),
    )}`;
}

function disputeActs(row: DisputeRow): HtmlValue {
  if (row.status === 'won' || row.status === 'lost' || row.status === 'warning_closed') return '';
  const path = `stripe/disputes/${row.id}`;
  return [
    actButton(`${path}/win`, 'Platform wins'),
    actButton(`${path}/lose`, 'Platform loses'),
    row.status.startsWith('warning_') && actButton(`${path}/escalate`, 'Escalate'),
  ];
}

function checkoutActs(row: CheckoutSessionRow, stripe: StripeModel): HtmlValue {
  if (row.status !== 'open') return '';
  return [
    html`<a href="${checkoutUrl(row, stripe)}">Open</a> `,
    actButton(`stripe/checkout-sessions/${row.id}/expire`, 'Expire'),
  ];
}

function setupActs(row: SetupIntentRow): HtmlValue {
  const path = `stripe/setup-intents/${row.id}`;
  if (row.status === 'requires_action') {
    return [
      actButton(`${path}/authenticate`, 'Authenticate', successAnswer('true')),
      actButton(`${path}/authenticate`, 'Refuse', successAnswer('false')),
    ];
  }
  if (row.status === 'succeeded' || row.status === 'canceled') return '';
  return actButton(`${path}/confirm`, 'Save a card', cardChoice());
}
