import type { ApiClient } from '../http/api-client';
import { until } from '../http/until';
import { book, slotsAfter, type SessionAnswer } from './booking';
import { money, moveClockTo, say, showLedger, title, type Scene } from './telling';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

interface Sold {
  id: string;
  name: string;
  sessionCount: number;
  price: { amount: number; currency: string };
}

interface Entitlement {
  id: string;
  status: string;
  remaining: number;
  total: number;
  expiresOn: string | null;
  payment: { id: string; status: string; clientSecret?: string | null };
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

async function buy({ client, sandbox, signal }: Scene): Promise<Entitlement> {
  const { data } = await client.get<{ data: Sold[] }>('/v1/packages');
  const sold = data.find(({ sessionCount }) => sessionCount > 1);
  if (sold === undefined) throw new Error('The coach sells no package.');
  say(`"${sold.name}": ${sold.sessionCount} sessions for ${money(sold.price)}`);
  const { id } = await client.post<Entitlement>(`/v1/packages/${sold.id}/purchases`);
  const read = (): Promise<Entitlement> => client.peek<Entitlement>(`/v1/entitlements/${id}`);
  const clientSecret = await until(
    'the package can be paid',
    30,
    signal,
    async () => (await read()).payment.clientSecret ?? undefined,
  );
  await sandbox.pay(clientSecret);
  const paid = await until('the package is paid', 60, signal, async () => {
    const now = await read();
    return now.status === 'active' ? now : undefined;
  });
  say(`${paid.id} is ${paid.status}: ${paid.remaining} of ${paid.total} left, good until ${paid.expiresOn}`);
  return paid;
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
  const { remaining, total } = await client.get<Entitlement>(`/v1/entitlements/${id}`);
  say(`${remaining} of ${total} left`);
}
