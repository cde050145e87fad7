import type { ApiClient } from '../http/api-client';
import { book, slotsAfter, type SessionAnswer } from './booking';
import { buyPackage, type Bought } from './sold-package';
import { money, moveClockTo, say, showLedger, title, type Scene } from './telling';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

interface Sold {
  id: string;
  name: string;
  sessionCount: number;
  price: { amount: number; currency: string };
}

/**
 * A package: bought, spent, its credit back in time and kept by the terms, and what is left refunded.
 *
 * @throws ApiFault, WaitedInVain
 */
export async function tellOfPackage(scene: Scene): Promise<void> {
  const { coach, client, signal } = scene;
  title('The client buys a package');
  const entitlement = await buy(scene);
  title('Two sessions are paid by its credits');
  const [first, second] = [await bookByCredit(scene, 6), await bookByCredit(scene, 9)];
  await showLeft(client, entitlement.id);
  title('One is cancelled in time: its credit comes back');
  await cancel(client, first);
  await showLeft(client, entitlement.id);
  title('The other one is cancelled two hours before: its credit is used up');
  await moveClockTo(scene.sandbox, new Date(Date.parse(second.startsAt) - 2 * HOUR_MS));
  await cancel(client, second);
  await showLeft(client, entitlement.id);
  title('The coach refunds what is left of the package');
  const path = `/v1/entitlements/${entitlement.id}`;
  const quote = await coach.post<{ id: string; credits: number; refund: Sold['price'] }>(
    `${path}/refund-quotes`,
  );
  say(`quote: ${quote.credits} credits, ${money(quote.refund)} back`);
  await coach.post(`${path}/refund`, { quoteId: quote.id, reason: 'The goal is reached.' });
  await showLedger(coach, entitlement.payment.id, signal);
}

async function buy(scene: Scene): Promise<Bought> {
  const { data } = await scene.client.get<{ data: Sold[] }>('/v1/packages');
  const sold = data.find(({ sessionCount }) => sessionCount > 1);
  if (sold === undefined) throw new Error('The coach sells no package.');
  say(`"${sold.name}": ${sold.sessionCount} sessions for ${money(sold.price)}`);
  const bought = await buyPackage(scene, sold.id);
  const { id, status, remaining, total, expiresOn } = bought;
  say(`${id} is ${status}: ${remaining} of ${total} left, good until ${expiresOn}`);
  return bought;
}

/** @param days from now at least */
async function bookByCredit({ client, sandbox, wish }: Scene, days: number): Promise<SessionAnswer> {
  const from = new Date((await sandbox.now()).getTime() + days * DAY_MS);
  const [slot] = await slotsAfter(client, wish.offeringId, from, 7);
  if (slot === undefined) throw new Error('There is no free time in that week.');
  const session = await book(client, { ...wish, funding: 'package' }, slot.startsAt);
  say(`${session.id} on ${session.localStart} is ${session.status}, ${session.paymentStatus}`);
  return session;
}

async function cancel(client: ApiClient, { id }: SessionAnswer): Promise<void> {
  const quote = await client.post<{ id: string; credit: string | null; clause: string }>(
    `/v1/sessions/${id}/cancellation-quotes`,
  );
  say(`quote: the credit is ${quote.credit}. ${quote.clause}`);
  await client.post(`/v1/sessions/${id}/cancel`, { quoteId: quote.id });
}

async function showLeft(client: ApiClient, id: string): Promise<void> {
  const { remaining, total } = await client.get<Bought>(`/v1/entitlements/${id}`);
  say(`${remaining} of ${total} left`);
}
