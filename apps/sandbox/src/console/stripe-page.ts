import type { SandboxParts } from '../sandbox-parts';
import { html, htmlTable, type HtmlValue, type Markup } from '../shared/html';
import { balanceTotals } from '../stripe/balances';
import { canReceiveTransfers } from '../stripe/present-connect';
import type { StripeModel } from '../stripe/stripe-model';
import type { PaymentIntentRow, RefundRow } from '../stripe/stripe-rows';
import { TEST_METHODS } from '../stripe/test-methods';
import { actButton, amountText, consolePage, instantText } from './console-layout';

const SHOWN_ROWS = 100;

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
          amountText(row.amount, row.currency),
          row.application_fee_amount === null ? '' : amountText(row.application_fee_amount, row.currency),
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
          amountText(row.amount, row.currency),
          row.failure_reason ? `${row.status}: ${row.failure_reason}` : row.status,
          refundActs(row),
        ]),
      )}
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
        amountText(row.amount, row.currency),
        amountText(row.amount_reversed, row.currency),
      ]),
    )}
    <h2>Application fees</h2>
    ${htmlTable(
      ['Created', 'Id', 'From', 'Amount', 'Returned'],
      newest(tables.applicationFees.all()).map((row) => [
        instantText(row.created),
        code(row.id),
        code(row.account),
        amountText(row.amount, row.currency),
        amountText(row.amount_refunded, row.currency),
      ]),
    )}
    <h2>Movements</h2>
    ${htmlTable(
      ['Created', 'Account', 'Type', 'Amount', 'Fee', 'Net', 'Source'],
      newest(tables.balanceTransactions.all()).map((row) => [
        instantText(row.created),
        row.account ? code(row.account) : 'platform',
        row.type,
        amountText(row.amount, row.currency),
        amountText(row.fee, row.currency),
        amountText(row.net, row.currency),
        code(row.source),
      ]),
    )}`;
}

function newest<Row>(rows: Row[]): Row[] {
  return rows.slice(-SHOWN_ROWS).toReversed();
}

function code(text: string): Markup {
  return html`<code>${text}</code>`;
}

function paymentState(row: PaymentIntentRow): HtmlValue {
  const error = row.last_payment_error;
  return html`${row.status}${error && html`<br /><span class="muted">${error.message}</span>`}`;
}

function paymentActs(row: PaymentIntentRow): HtmlValue {
  if (row.status === 'requires_action') {
    const path = `stripe/payment-intents/${row.id}/authenticate`;
    return [actButton(path, 'Authenticate', answer('true')), actButton(path, 'Refuse', answer('false'))];
  }
  if (row.status !== 'requires_payment_method' && row.status !== 'requires_confirmation') return '';
  const options = Object.keys(TEST_METHODS).map((name) => html`<option>${name}</option>`);
  return actButton(
    `stripe/payment-intents/${row.id}/confirm`,
    'Pay',
    html`<select name="paymentMethod" aria-label="test card">
      ${options}
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
        .map(([currency, minor]) => amountText(minor, currency))
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

function answer(success: string): Markup {
  return html`<input type="hidden" name="success" value="${success}" />`;
}
