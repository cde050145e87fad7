import type { FastifyInstance } from 'fastify';
import { html, page, sendPage } from '../shared/html';
import { pathParameter } from '../shared/http-server';
import { formatMinor } from './currencies';
import type { StripeModel } from './stripe-model';

/** `/receipts/{charge}`: where a charge's `receipt_url` leads. */
export function addReceiptPages(server: FastifyInstance, model: StripeModel): void {
  server.get('/receipts/:charge', (request, reply) => {
    const charge = model.tables.charges.get(pathParameter(request, 'charge'));
    if (charge?.status !== 'succeeded' || charge.account !== null)
      return sendPage(reply, page('There is no such receipt', html`<p>Ask for a new link.</p>`), 404);
    const method = model.tables.paymentMethods.get(charge.payment_method ?? '');
    const body = html`<dl>
      <dt>Paid</dt>
      <dd>${formatMinor(charge.amount, charge.currency)}</dd>
      <dt>Refunded</dt>
      <dd>${formatMinor(charge.amount_refunded, charge.currency)}</dd>
      <dt>On</dt>
      <dd>${new Date(charge.created * 1_000).toISOString().slice(0, 10)}</dd>
      <dt>For</dt>
      <dd>${charge.description ?? '–'}</dd>
      <dt>Card</dt>
      <dd>${method ? `${method.brand} •••• ${method.last4}` : '–'}</dd>
      <dt>Sent to</dt>
      <dd>${charge.receipt_email ?? '–'}</dd>
    </dl>`;
    return sendPage(reply, page('Receipt', body));
  });
}
