import type { ApiClient } from '../http/api-client';
import type { SandboxClient } from '../http/sandbox-client';
import { until } from '../http/until';

/** What the demo and the story read of a session. */
export interface SessionAnswer {
  id: string;
  status: string;
  paymentStatus: string;
  startsAt: string;
  endsAt: string;
  localStart: string;
  meeting: { state: string; platform: string | null; joinUrl: string | null };
  payment: { id: string; clientSecret?: string | null } | null;
  allowedActions: string[];
}

export interface Slot {
  startsAt: string;
  localStart: string;
}

export interface Wish {
  offeringId: string;
  policyId: string;
  funding: 'card' | 'pay_later' | 'free' | 'package';
  preparation?: { focus?: string; questions?: string; background?: string };
}

const DAY_MS = 86_400_000;

/** Free starts of an offering in the days after an instant. */
export async function slotsAfter(
  client: ApiClient,
  offeringId: string,
  from: Date,
  days: number,
): Promise<Slot[]> {
  const query = new URLSearchParams({
    offeringId,
    from: from.toISOString(),
    to: new Date(from.getTime() + days * DAY_MS).toISOString(),
  });
  const { data } = await client.get<{ data: Slot[] }>(`/v1/slots?${query.toString()}`);
  return data;
}

export function book(client: ApiClient, wish: Wish, startsAt: string): Promise<SessionAnswer> {
  const { offeringId, policyId, funding, preparation } = wish;
  return client.post<SessionAnswer>('/v1/sessions', {
    offeringId,
    startsAt,
    funding,
    acceptedPolicyId: policyId,
    preparation,
  });
}

/** Pays what a booking holds, as the client's browser does, and waits until the session stands. */
export async function payFor(
  client: ApiClient,
  sandbox: SandboxClient,
  session: SessionAnswer,
  signal: AbortSignal,
  paymentMethod?: string,
): Promise<SessionAnswer> {
  const clientSecret = session.payment?.clientSecret ?? (await lateSecret(client, session.id, signal));
  await sandbox.pay(clientSecret, paymentMethod);
  return untilSession(client, session.id, 'it is scheduled', signal, ({ status }) => status === 'scheduled');
}

/** Stripe was away when the session was booked: the secret is on the session as soon as it is back. */
function lateSecret(client: ApiClient, sessionId: string, signal: AbortSignal): Promise<string> {
  return until('the payment can be made', 30, signal, async () => {
    const { payment } = await client.peek<SessionAnswer>(`/v1/sessions/${sessionId}`);
    return payment?.clientSecret ?? undefined;
  });
}

/** @throws WaitedInVain */
export function untilSession(
  client: ApiClient,
  sessionId: string,
  what: string,
  signal: AbortSignal,
  isSo: (session: SessionAnswer) => boolean,
): Promise<SessionAnswer> {
  return until(`${sessionId}: ${what}`, 60, signal, async () => {
    const session = await client.peek<SessionAnswer>(`/v1/sessions/${sessionId}`);
    return isSo(session) ? session : undefined;
  });
}
