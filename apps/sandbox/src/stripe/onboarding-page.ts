import type { FastifyInstance } from 'fastify';
import { html, page, sendPage } from '../shared/html';
import { pathParameter } from '../shared/http-server';
import { completeOnboarding, findAccount } from './accounts';
import type { StripeModel } from './stripe-model';
import type { AccountLinkRow } from './stripe-rows';

/** The page behind an account link: says what it is, and its button completes the account. */
export function addOnboardingPages(server: FastifyInstance, model: StripeModel): void {
  const openLink = (id: string): AccountLinkRow | undefined => {
    const link = model.tables.accountLinks.get(id);
    return link && link.expiresAtMs > model.clock.realMs() ? link : undefined;
  };

  server.get('/setup/:account/:link', (request, reply) => {
    const known = model.tables.accountLinks.get(pathParameter(request, 'link'));
    if (known && !openLink(known.id)) return reply.redirect(known.refresh_url, 303);
    if (!known) return sendPage(reply, page('This link is not valid', html`<p>Ask for a new one.</p>`), 404);
    const account = findAccount(model, known.account);
    const body = html`<p class="note">
        A stand-in of Stripe's onboarding. Nobody is checked; the button fills in what Stripe would ask for.
      </p>
      <dl>
        <dt>Account</dt>
        <dd><code>${account.id}</code></dd>
        <dt>E-mail</dt>
        <dd>${account.email ?? '–'}</dd>
        <dt>Then back to</dt>
        <dd>${known.return_url}</dd>
      </dl>
      <form method="post"><button>Complete onboarding</button></form>
      <p><a href="${known.return_url}">Return without completing</a></p>`;
    return sendPage(reply, page('Get paid with Stripe', body));
  });

  server.post('/setup/:account/:link', async (request, reply) => {
    const link = openLink(pathParameter(request, 'link'));
    if (!link) return sendPage(reply, page('This link has expired', html`<p>Ask for a new one.</p>`), 410);
    await model.clock.refresh();
    completeOnboarding(model, link.account);
    model.tables.accountLinks.delete(link.id);
    return reply.redirect(link.return_url, 303);
  });
}
