import type { TestApp } from './test-app';
import type { ClientWorld, Person } from './world';

export const CONSENT = 'I agree that my coach may charge this card for sessions that I have booked.';

export interface CardSetup {
  id: string;
  coachId: string;
  clientSecret: string | null;
}

export interface SavedCard {
  id: string;
  coachId: string;
  clientId: string;
  brand: string;
  last4: string;
  isDefault: boolean;
  consent: { givenAt: string; text?: string; policyId?: string };
  [field: string]: unknown;
}

export async function openSetup(
  client: ClientWorld,
  policyId: string,
  more: Record<string, unknown> = {},
): Promise<CardSetup> {
  const answer = await client.http.post<CardSetup>('/v1/payment-methods/setup', {
    acceptedText: CONSENT,
    acceptedPolicyId: policyId,
    ...more,
  });
  if (answer.status !== 201) throw new Error(`No setup: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}

/** What the client's browser does with the client secret, and what their bank then asks. */
export function atStripe(
  app: TestApp,
  setup: CardSetup,
  act: 'confirm' | 'authenticate',
  body: Record<string, unknown>,
): Promise<Response> {
  const intentId = String(setup.clientSecret).split('_secret_')[0];
  return fetch(`${app.sandbox.urls.console}/sandbox/stripe/setup-intents/${intentId}/${act}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

export async function cardsOf(person: Person): Promise<SavedCard[]> {
  const answer = await person.http.get<{ data: SavedCard[] }>('/v1/payment-methods');
  if (answer.status !== 200) throw new Error(`No list: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body.data;
}

/** The bank is shown the client where it asks for that. @returns the newest card of the client, saved by this call */
export async function saveCard(
  app: TestApp,
  client: ClientWorld,
  policyId: string,
  paymentMethod = 'pm_card_visa',
): Promise<SavedCard> {
  const setup = await openSetup(client, policyId);
  const confirmed = await atStripe(app, setup, 'confirm', { paymentMethod });
  const answer = await confirmed.text();
  if (answer.includes('"requires_action"')) await atStripe(app, setup, 'authenticate', {});
  await app.drain();
  const [card] = await cardsOf(client);
  if (card === undefined) throw new Error(`${paymentMethod} was not saved: ${confirmed.status} ${answer}`);
  return card;
}
