import { publicId } from '@app/common';
import type { Answer } from './http-client';
import type { TestApp } from './test-app';
import type { Person, SessionSummary } from './world';

/** A dispute as the api shows it. */
export interface DisputeAnswer {
  id: string;
  status: string;
  paymentId: string;
  sessionId: string | null;
  stripeDisputeId: string;
  blocksRefunds: boolean;
  [field: string]: unknown;
}

/** What a bank does, by the console of the sandbox. @param path below `stripe/` */
export async function atBank(app: TestApp, path: string, input: object = {}): Promise<{ id: string }> {
  const answer = await fetch(`${app.sandbox.urls.console}/sandbox/stripe/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(input),
  });
  if (answer.status >= 300) throw new Error(`The sandbox refuses ${path}: ${await answer.text()}`);
  return (await answer.json()) as { id: string };
}

/** The PaymentIntent of a paid session. */
export function intentOfPayment(app: TestApp, paymentId: string): string {
  const uuids = app.sandbox.stripe.paymentIntents.filter(
    ({ metadata }) => metadata['paymentId'] !== undefined && sameId(metadata['paymentId'], paymentId),
  );
  return uuids[0]?.id ?? '';
}

/** The client's bank takes the payment of a session back. @returns the id at Stripe */
export async function dispute(app: TestApp, session: SessionSummary): Promise<string> {
  const { id } = await atBank(
    app,
    `payment-intents/${intentOfPayment(app, session.payment?.id ?? '')}/dispute`,
  );
  await app.drain();
  return id;
}

export async function decide(app: TestApp, stripeDisputeId: string, act: 'win' | 'lose'): Promise<void> {
  await atBank(app, `disputes/${stripeDisputeId}/${act}`);
  await app.drain();
}

/** The one dispute of a session, as this person sees it. */
export async function disputeOf(person: Person, session: SessionSummary): Promise<DisputeAnswer> {
  const list = await person.http.get<{ data: DisputeAnswer[] }>(`/v1/disputes?sessionId=${session.id}`);
  const [only] = list.body.data;
  if (only === undefined) throw new Error(`No dispute: ${list.status} ${JSON.stringify(list.body)}`);
  return only;
}

/** Gives all that is left back, without cancelling. */
export const refund = (person: Person, session: SessionSummary): Promise<Answer> =>
  person.http.post(`/v1/payments/${session.payment?.id ?? ''}/refunds`, {});

function sameId(uuid: string, paymentId: string): boolean {
  return publicId('payment', uuid) === paymentId;
}
