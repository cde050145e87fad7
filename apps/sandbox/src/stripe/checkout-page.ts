import type { FastifyInstance, FastifyReply } from 'fastify';
import { html, htmlTable, page, sendPage } from '../shared/html';
import { pathParameter } from '../shared/http-server';
import { challengeUrl } from './challenge';
import type { CheckoutSessionRow } from './checkout-session-row';
import { payCheckoutSession } from './checkout-sessions';
import { cardChoice, formFields, refusalNote, refusalText } from './client-page';
import { formatMinor } from './currencies';
import { settleDue } from './settlement';
import type { StripeModel } from './stripe-model';

/** `/checkout/{session}`: the page a client pays on, with a test card instead of a card's number. */
export function addCheckoutPages(server: FastifyInstance, model: StripeModel): void {
  server.get('/checkout/:session', async (request, reply) => {
    await model.clock.refresh();
    settleDue(model);
    const session = model.tables.checkoutSessions.get(pathParameter(request, 'session'));
    return session ? showSession(reply, model, session) : sendNotThere(reply);
  });

  server.post('/checkout/:session', async (request, reply) => {
    await model.clock.refresh();
    settleDue(model);
    const session = model.tables.checkoutSessions.get(pathParameter(request, 'session'));
    if (!session) return sendNotThere(reply);
    const form = formFields(request);
    try {
      const intent = payCheckoutSession(model, session, {
        paymentMethod: form.get('paymentMethod') ?? '',
        email: form.get('email') ?? '',
      });
      if (intent.status === 'requires_action')
        return reply.redirect(challengeUrl(model, intent.id, intent.client_secret), 303);
    } catch (error) {
      return showSession(reply, model, session, refusalText(error));
    }
    return showSession(reply, model, session);
  });
}

function showSession(reply: FastifyReply, model: StripeModel, session: CheckoutSessionRow, refusal?: string) {
  if (session.status === 'complete') return reply.redirect(successUrl(session), 303);
  if (session.status === 'expired')
    return sendPage(reply, page('This page has expired', html`<p>Ask for a new link.</p>`), 410);
  const { currency } = session;
  const intent = session.payment_intent ? model.tables.paymentIntents.get(session.payment_intent) : undefined;
  const email = session.paidByEmail ?? session.customer_email ?? '';
  const body = html`<p class="note">A stand-in of Stripe's payment page.</p>
    ${refusalNote(refusal ?? intent?.last_payment_error?.message)}
    ${htmlTable(
      ['What', 'How many', 'Amount'],
      session.items.map((item) => [
        item.name,
        item.quantity,
        formatMinor(item.unit_amount * item.quantity, currency),
      ]),
    )}
    <form method="post">
      <p><input name="email" type="email" value="${email}" aria-label="e-mail" placeholder="e-mail" /></p>
      <p>
        ${cardChoice()}
        <button>Pay ${formatMinor(session.amount_total, currency)}</button>
      </p>
    </form>
    ${session.cancel_url && html`<p><a href="${session.cancel_url}">Back without paying</a></p>`}`;
  return sendPage(reply, page('Pay with Stripe', body), refusal ? 402 : 200);
}

/** Stripe puts the session's id where `{CHECKOUT_SESSION_ID}` stands. */
function successUrl(session: CheckoutSessionRow): string {
  return session.success_url.replaceAll('{CHECKOUT_SESSION_ID}', session.id);
}

function sendNotThere(reply: FastifyReply): FastifyReply {
  return sendPage(reply, page('This link is not valid', html`<p>Ask for a new one.</p>`), 404);
}
