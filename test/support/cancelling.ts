import type { Answer } from './http-client';
import { TestApp } from './test-app';
import { World, type ClientWorld, type CoachWorld, type Person, type SessionSummary } from './world';

const HOUR_MS = 3_600_000;
let slot = Date.UTC(2027, 6, 1, 8);

export interface Quote {
  id: string;
  refund: { amount: number };
  refundPercent: number;
  outcome: string;
  choice: string;
  expiresAt: string;
}

/** A coach who can be paid, a client, an admin, and what is sold. */
export interface CancellingWorld {
  app: TestApp;
  world: World;
  coach: CoachWorld;
  client: ClientWorld;
  admin: Person;
  offering: { id: string; policyId: string };
}

export async function startCancellingWorld(): Promise<CancellingWorld> {
  const app = await TestApp.start({ now: '2027-06-01T08:00:00Z' });
  const world = new World(app);
  const coach = await world.coach({ payouts: true });
  const client = await world.client(coach);
  const admin = await world.admin();
  return { app, world, coach, client, admin, offering: await world.offering(coach) };
}

/** Cancels as this person. */
export const cancel = (
  by: Person,
  session: SessionSummary,
  body: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): Promise<Answer<SessionSummary & Record<string, unknown>>> =>
  by.http.post(`/v1/sessions/${session.id}/cancel`, body, headers);

/** What cancelling would do, as the api answers it. */
export const quote = (
  by: Person,
  session: SessionSummary,
  body: Record<string, unknown> = {},
): Promise<Answer<Quote>> => by.http.post<Quote>(`/v1/sessions/${session.id}/cancellation-quotes`, body);

/** A start that no other session of this file has. */
export function timeOfItsOwn(): string {
  slot += 2 * HOUR_MS;
  return new Date(slot).toISOString();
}

/** A paid session of 90.00 EUR at a time of its own; it keeps the client secret, and so Stripe's id of its payment. */
export async function paidAtItsOwnTime(
  world: World,
  client: ClientWorld,
  offering: { id: string; policyId: string },
): Promise<SessionSummary> {
  const held = await world.book(client, offering, timeOfItsOwn());
  await world.pay(held);
  return { ...(await world.read(client, held.id)), payment: held.payment };
}
