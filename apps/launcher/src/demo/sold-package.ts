import type { ApiClient } from '../http/api-client';
import type { SandboxClient } from '../http/sandbox-client';
import { until } from '../http/until';
import type { Cast } from './cast';

/** What the examples of packages point to. */
export interface SoldPackage {
  packageId: string;
  entitlementId: string;
  /** Binds for ten minutes, like each quote. */
  refundQuoteId: string;
  /** Of a lot that the coach sold a day ago at most: not made yet. */
  awaitedPaymentId: string;
}

export interface Bought {
  id: string;
  status: string;
  remaining: number;
  total: number;
  expiresOn: string | null;
  payment: { id: string; clientSecret?: string | null };
}

/** Bought and paid, as the client's browser does it. @throws WaitedInVain */
export async function buyPackage(
  { client, sandbox, signal }: { client: ApiClient; sandbox: SandboxClient; signal: AbortSignal },
  packageId: string,
): Promise<Bought> {
  const { id } = await client.post<Bought>(`/v1/packages/${packageId}/purchases`);
  const read = (): Promise<Bought> => client.peek<Bought>(`/v1/entitlements/${id}`);
  const clientSecret = await until(
    'the package can be paid',
    30,
    signal,
    async () => (await read()).payment.clientSecret ?? undefined,
  );
  await sandbox.pay(clientSecret);
  return until('the package is paid', 60, signal, async () => {
    const bought = await read();
    return bought.status === 'active' ? bought : undefined;
  });
}

/** Five sessions for the price of four and a half: Ben bought one lot, Noor is asked to pay another. */
export async function sellPackage({ coach, clients, practice, sandbox, signal }: Cast): Promise<SoldPackage> {
  const { client } = clients.ben;
  const { id: packageId } = await coach.post<{ id: string }>('/v1/packages', {
    name: 'Five sessions',
    sessionCount: 5,
    price: { amount: 40_500, currency: 'EUR' },
    offeringIds: [practice.sessionOfferingId],
    validityDays: 180,
  });
  const { id: entitlementId } = await buyPackage({ client, sandbox, signal }, packageId);
  const { id: refundQuoteId } = await coach.post<{ id: string }>(
    `/v1/entitlements/${entitlementId}/refund-quotes`,
    {},
  );
  const { payment } = await coach.post<Bought>(`/v1/packages/${packageId}/purchases`, {
    clientId: clients.noor.id,
  });
  return { packageId, entitlementId, refundQuoteId, awaitedPaymentId: payment.id };
}
