import type { Answer } from './http-client';
import type { TestApp } from './test-app';
import type { Person } from './world';

export interface CheckoutLink {
  url: string;
  expiresAt: string;
  code?: string;
}

export function openCheckout(person: Person, paymentId: string): Promise<Answer<CheckoutLink>> {
  return person.http.post<CheckoutLink>(`/v1/payments/${paymentId}/checkout-links`);
}

/** Presses "pay" on Stripe's page; nothing of it is known to us before the next drain. @returns where it sends the browser */
export async function payOnPage(url: string, paymentMethod = 'pm_card_visa'): Promise<string> {
  const answer = await fetch(url, {
    method: 'POST',
    body: new URLSearchParams({ paymentMethod, email: 'payer@example.test' }),
    redirect: 'manual',
  });
  return answer.headers.get('location') ?? `no way on: ${answer.status}`;
}

/** The page as Stripe has it. */
export function pageAtStripe(
  app: TestApp,
  url: string,
): TestApp['sandbox']['stripe']['checkoutSessions'][number] {
  const id = /cs_test_\w+/.exec(url)?.[0];
  const page = app.sandbox.stripe.checkoutSessions.find((each) => each.id === id);
  if (page === undefined) throw new Error(`There is no page at ${url}.`);
  return page;
}
