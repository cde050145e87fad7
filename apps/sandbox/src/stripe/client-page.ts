import type { FastifyRequest } from 'fastify';
import { html, type Markup } from '../shared/html';
import { rawBody } from '../shared/http-server';
import { StripeError } from './stripe-error';
import { TEST_METHODS } from './test-methods';

/** The choice of test cards on the pages that stand in for a client's browser. */
export function cardChoice(): Markup {
  const options = Object.keys(TEST_METHODS).map((name) => html`<option>${name}</option>`);
  return html`<select name="paymentMethod" aria-label="test card">
    ${options}
  </select>`;
}

/** The fields of a page's form. */
export function formFields(request: FastifyRequest): URLSearchParams {
  return new URLSearchParams(rawBody(request));
}

/** What a refusal of Stripe says, for the page; anything else is a fault of the sandbox. */
export function refusalText(error: unknown): string {
  if (error instanceof StripeError) return error.message;
  throw error;
}

export function refusalNote(text: string | undefined): Markup | null {
  return text ? html`<p class="note" role="alert">${text}</p>` : null;
}
