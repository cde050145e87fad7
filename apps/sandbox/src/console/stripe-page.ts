import type { SandboxParts } from '../sandbox-parts';
import { html, htmlTable, type HtmlValue, type Markup } from '../shared/html';
import { balanceTotals } from '../stripe/balances';
import { cardChoice } from '../stripe/client-page';
import { formatMinor } from '../stripe/currencies';
import { canReceiveTransfers } from '../stripe/present-connect';
import { DISPUTE_REASONS } from '../stripe/dispute-row';
import type { StripeModel } from '../stripe/stripe-model';
import type { PaymentIntentRow, RefundRow } from '../stripe/stripe-rows';
import { actButton, code, consolePage, instantText, newest, successAnswer } from './console-layout';
import { laterSections } from './stripe-sections';

export function stripePage({ stripe }: SandboxParts): string {
  const { tables } = stripe;
  return consolePage(
    'Stripe',
    html`<h2>Payments</h2>
      ${htmlTable(
        ['Created', 'Id', 'Amount', 'Fee', 'To', 'State', ''],
        newest(tables.paymentIntents.all()).map((row) => [
          instantText(row.created),
          code(row.id),
          formatMinor(row.amount, row.currency),
          row.application_fee_amount === null ? '' : formatMinor(row.application_fee_amount, row.currency),
          code(row.transfer_data?.destination ?? ''),
          paymentState(row),
          paymentActs(row),
        ]),
      )}
      <h2>Refunds</h2>
      ${htmlTable(
        ['Created', 'Id', 'Payment', 'Amount', 'State', ''],
        newest(tables.refunds.where((row) => row.account === null)).map((row) => [
          instantText(row.created),
          code(row.id),
          code(row.payment_intent ?? ''),
          formatMinor(row.amount, row.currency),
          row.failure_reason ? `${row.status}: ${row.failure_reason}` : row.status,
          refundActs(row),
        ]),
      )}
      ${laterSections(stripe)}
      <h2>Balances</h2>
      ${balances(stripe)}
      <h2>Connected accounts</h2>
      ${accounts(stripe)} ${moneyBehind(stripe)}`,
  );
}

function moneyBehind({ tables }: StripeModel): Markup {
  return html`<h2>Transfers</h2>
    ${htmlTable(
      ['Created', 'Id', 'To', 'Amount', 'Reversed'],
      newest(tables.transfers.all()).map((row) => [
        instantText(row.created),
        code(row.id),
        code(row.destination),
        formatMinor(row.amount, row.currency),
        formatMinor(row.amount_reversed, row.currency),
      ]),
    )}
    <h2>Application fees</h2>
    ${htmlTable(
      ['Created', 'Id', 'From', 'Amount', 'Returned'],
      newest(tables.applicationFees.all()).map((row) => [
        instantText(row.created),
        code(row.id),
        code(row.account),
        formatMinor(row.amount, row.currency),
        formatMinor(row.amount_refunded, row.currency),
      ]),
    )}
    <h2>Movements</h2>
    ${htmlTable(
      ['Created', 'Account', 'Type', 'Amount', 'Fee', 'Net', 'Source'],
      newest(tables.balanceTransactions.all()).map((row) => [
        instantText(row.created),
        row.account ? code(row.account) : 'platform',
        row.type,
        formatMinor(row.amount, row.currency),
        formatMinor(row.fee, row.currency),
        formatMinor(row.net, row.currency),
        code(row.source),
      ]),
    )}`;
}

function paymentState(row: PaymentIntentRow): HtmlValue {
  const error = row.last_payment_error;
  return html`${row.status}${error && html`<br /><span class="muted">${error.message}</span>`}`;
}

function paymentActs(row: PaymentIntentRow): HtmlValue {
  if (row.status === 'requires_action') {
    const path = `stripe/payment-intents/${row.id}/authenticate`;
    return [
      actButton(path, 'Authenticate', successAnswer('true')),
      actButton(path, 'Refuse', successAnswer('false')),
    ];
  }
  if (row.status === 'succeeded') return disputeButtons(row);
  if (row.status !== 'requires_payment_method' && row.status !== 'requires_confirmation') return '';
  return actButton(`stripe/payment-intents/${row.id}/confirm`, 'Pay', cardChoice());
}

function disputeButtons(row: PaymentIntentRow): HtmlValue {
  return actButton(
    `stripe/payment-intents/${row.id}/dispute`,
    'Dispute',
    html`<select name="reason" aria-label="reason">
      ${DISPUTE_REASONS.map((reason) => html`<option>${reason}</option>`)}
    </select>`,
  );
}

function refundActs(row: RefundRow): HtmlValue {
  if (row.status !== 'pending' && row.status !== 'succeeded') return '';
  return [
    row.status === 'pending' && actButton(`stripe/refunds/${row.id}/succeed`, 'Let it succeed'),
    actButton(`stripe/refunds/${row.id}/fail`, 'Let it fail'),
  ];
}

function balances(stripe: StripeModel): Markup {
  const holders = [null, ...stripe.tables.accounts.all().map((account) => account.id)];
  return htmlTable(
    ['Account', 'Net, pending and available together'],
    holders.map((holder) => [
      holder ? code(holder) : 'platform',
      Object.entries(balanceTotals(stripe, holder))
        .map(([currency, minor]) => formatMinor(minor, currency))
        .join(', ') || '0',
    ]),
  );
}

function accounts(stripe: StripeModel): Markup {
  return htmlTable(
    ['Created', 'Id', 'E-mail', 'May take transfers', ''],
    newest(stripe.tables.accounts.all()).map((row) => [
      instantText(row.created),
      code(row.id),
      row.email,
      canReceiveTransfers(row) ? 'yes' : 'no',
      canReceiveTransfers(row)
        ? actButton(`stripe/accounts/${row.id}/restrict`, 'Restrict')
        : actButton(`stripe/accounts/${row.id}/complete-onboarding`, 'Complete onboarding'),
    ]),
  );
}
