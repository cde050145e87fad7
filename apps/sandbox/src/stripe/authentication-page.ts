import type { FastifyInstance, FastifyRequest } from 'fastify';
import { html, page, sendPage } from '../shared/html';
import { pathParameter } from '../shared/http-server';
import { formFields, refusalNote, refusalText } from './client-page';
import { authenticatePaymentIntent } from './payment-confirmation';
import { authenticateSetupIntent } from './setup-intents';
import type { StripeModel } from './stripe-model';

/** A payment or a card being saved whose bank waits for the client. */
interface Challenge {
  clientSecret: string;
  isWaiting: () => boolean;
  answer: (isPassed: boolean) => void;
  /** Where the client came from, if from a Checkout page. */
  backTo: string | undefined;
}

/** `/authenticate/{intent}?client_secret=…`: the bank's challenge (3-D Secure), passed or failed by a button. */
export function addAuthenticationPages(server: FastifyInstance, model: StripeModel): void {
  const open = (request: FastifyRequest): Challenge | undefined => {
    const challenge = challengeOf(model, pathParameter(request, 'intent'));
    const secret = (request.query as Record<string, unknown>)['client_secret'];
    return challenge?.clientSecret === secret ? challenge : undefined;
  };

  server.get('/authenticate/:intent', (request, reply) => {
    const challenge = open(request);
    if (!challenge)
      return sendPage(reply, page('This link is not valid', html`<p>Ask for a new one.</p>`), 404);
    if (!challenge.isWaiting())
      return sendPage(reply, page('Nothing to confirm', html`<p>You can go back.</p>`));
    const body = html`<p class="note">A stand-in of the bank's own page.</p>
      <form method="post" class="inline">
        <button name="success" value="true">Complete authentication</button>
        <button name="success" value="false">Fail authentication</button>
      </form>`;
    return sendPage(reply, page('Your bank wants to know that it is you', body));
  });

  server.post('/authenticate/:intent', async (request, reply) => {
    const challenge = open(request);
    if (!challenge)
      return sendPage(reply, page('This link is not valid', html`<p>Ask for a new one.</p>`), 404);
    await model.clock.refresh();
    let refusal: string | undefined;
    try {
      challenge.answer(formFields(request).get('success') === 'true');
    } catch (error) {
      refusal = refusalText(error);
    }
    if (challenge.backTo) return reply.redirect(challenge.backTo, 303);
    return sendPage(
      reply,
      page(
        'Thank you',
        html`${refusalNote(refusal)}
          <p>You can go back.</p>`,
      ),
    );
  });
}

function challengeOf(model: StripeModel, id: string): Challenge | undefined {
  const intent = model.tables.paymentIntents.get(id);
  if (intent) {
    return {
      clientSecret: intent.client_secret,
      isWaiting: () => intent.status === 'requires_action',
      answer: (isPassed) => authenticatePaymentIntent(model, intent, isPassed),
      backTo: intent.checkoutSession && `/checkout/${intent.checkoutSession}`,
    };
  }
  const setup = model.tables.setupIntents.get(id);
  return (
    setup && {
      clientSecret: setup.client_secret,
      isWaiting: () => setup.status === 'requires_action',
      answer: (isPassed) => authenticateSetupIntent(model, setup, isPassed),
      backTo: undefined,
    }
  );
}
