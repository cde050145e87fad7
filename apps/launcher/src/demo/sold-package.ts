import { until } from '../http/until';
import type { Cast } from './cast';

/** What the examples of packages point to. */
export interface SoldPackage {
  packageId: string;
  entitlementId: string;
  /** Binds for ten minutes, like each quote. */
  refundQuoteId: string;
}

interface Bought {
  id: string;
  status: string;
  payment: { clientSecret?: string | null };
}

/** Five sessions for the price of four and a half, of which Ben bought one lot. */
export async function sellPackage({ coach, clients, practice, sandbox, signal }: Cast): Promise<SoldPackage> {
  const { client } = clients.ben;
  const { id: packageId } = await coach.post<{ id: string }>('/v1/packages', {
    name: 'Five sessions',
    sessionCount: 5,
    price: { amount: 40_500, currency: 'EUR' },
    offeringIds: [practice.sessionOfferingId],
    validityDays: 180,
  });
  const { id: entitlementId } = await client.post<Bought>(`/v1/packages/${packageId}/purchases`);
  const read = (): Promise<Bought> => client.peek<Bought>(`/v1/entitlements/${entitlementId}`);
  const clientSecret = await until(
    'the package can be paid',
    30,
    signal,
    async () => (await read()).payment.clientSecret ?? undefined,
  );
  await sandbox.pay(clientSecret);
  await until('the package is paid', 60, signal, async () =>
    (await read()).status === 'active' ? true : undefined,
  );
  const { id: refundQuoteId } = await coach.post<{ id: string }>(
    `/v1/entitlements/${entitlementId}/refund-quotes`,
    {},
  );
  return { packageId, entitlementId, refundQuoteId };
}
