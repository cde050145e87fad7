import { cardsOf, saveCard } from './saved-cards';
import type { TestApp } from './test-app';
import type { ClientWorld, SessionSummary, World } from './world';

/** A session that is paid later, and whose client has removed their card again before it is charged. */
export async function bookWithoutCard(
  app: TestApp,
  world: World,
  client: ClientWorld,
  offering: { id: string; policyId: string },
  startsAt: string,
): Promise<SessionSummary> {
  await saveCard(app, client, offering.policyId);
  const session = await world.book(client, offering, startsAt, { funding: 'pay_later' });
  for (const { id } of await cardsOf(client))
    expect((await client.http.delete(`/v1/payment-methods/${id}`)).status).toBe(204);
  await app.drain();
  return session;
}

/** The code of the newest link by which a client pays. */
export function paymentLinkOf(app: TestApp, client: ClientWorld): string {
  const mails = app.sandbox.mailbox.to(client.email).map(({ text }) => text);
  const newest = mails.findLast((text) => text.includes('/v1/payment-links/'));
  const token = /\/v1\/payment-links\/([\w-]{24})/.exec(newest ?? '')?.[1];
  if (token === undefined) throw new Error(`No link to pay by was mailed to ${client.email}.`);
  return token;
}
