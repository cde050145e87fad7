import { ID_PREFIXES, type IdKind } from '@app/common';
import { slotsAfter } from './booking';
import type { Cast } from './cast';
import type { History } from './history';
import type { SoldPackage } from './sold-package';

/** Ending of every example id in the API's document (apps/api/src/http/fields.ts; a spec compares them). */
export const EXAMPLE_SUFFIX = '01kaxbt6r8e9tbm3v0c1d2e3f4';
/** The date that most examples are about, and all that there are. */
const EXAMPLE_DATE = '2026-12-01';
export const EXAMPLE_DATES = [
  EXAMPLE_DATE,
  '2026-12-02',
  '2026-12-08',
  '2026-12-10',
  '2026-12-15',
  '2026-12-23',
  '2026-12-24',
  '2027-01-01',
  '2027-01-02',
  '2027-12-31',
];

/**
 * What the examples of the API's document become, so that they run as they are: example ids → ids of demo rows,
 * the example's start → one that is free, the example's password → the demo's.
 */
export async function exampleIds(
  cast: Cast,
  { upcoming, noteId, refundId }: History,
  { packageId, entitlementId }: SoldPackage,
  password: string,
): Promise<Record<string, string>> {
  const { admin, clients, coach, practice, sandbox } = cast;
  const me = await coach.get<{ id: string }>('/v1/me');
  const { data: notifications } = await coach.get<{ data: { id: string }[] }>('/v1/notifications?limit=100');
  const { data: savedCards } = await clients.clara.client.get<{ data: { id: string }[] }>(
    '/v1/payment-methods',
  );
  const { data: disputes } = await coach.get<{ data: { id: string }[] }>('/v1/disputes');
  const comparison = await admin.post<{ id: string }>('/v1/admin/reconcile', {});
  const rows: Partial<Record<IdKind, string | undefined>> = {
    client: clients.clara.id,
    coach: me.id.replace(/^[a-z]+_/, `${ID_PREFIXES.coach}_`),
    account: me.id.replace(/^[a-z]+_/, `${ID_PREFIXES.account}_`),
    connection: practice.connectionId,
    dispute: disputes[0]?.id,
    entitlement: entitlementId,
    note: noteId,
    // The oldest of the page: what was sent a moment ago is not sent again.
    notification: notifications.at(-1)?.id,
    offering: practice.sessionOfferingId,
    override: practice.overrideId,
    package: packageId,
    payment: upcoming.payment?.id,
    paymentMethod: savedCards[0]?.id,
    policy: practice.policyId,
    reconciliation: comparison.id,
    refund: refundId,
    session: upcoming.id,
    timeOff: practice.timeOffId,
  };
  const ids = Object.entries(rows).filter((entry): entry is [IdKind, string] => entry[1] !== undefined);
  const [slot] = await slotsAfter(
    clients.clara.client,
    practice.sessionOfferingId,
    await weekAhead(sandbox),
    7,
  );
  return {
    ...Object.fromEntries(ids.map(([kind, id]) => [`${ID_PREFIXES[kind]}_${EXAMPLE_SUFFIX}`, id])),
    ...(slot === undefined ? {} : exampleTimes(slot.startsAt)),
    'demo-password': password,
  };
}

/** The start of the examples is a free one; their other dates keep their distance from it. */
function exampleTimes(startsAt: string): Record<string, string> {
  const distanceMs = Date.parse(startsAt.slice(0, 10)) - Date.parse(EXAMPLE_DATE);
  const moved = EXAMPLE_DATES.map((date) => [
    date,
    new Date(Date.parse(date) + distanceMs).toISOString().slice(0, 10),
  ]);
  return { [`${EXAMPLE_DATE}T10:00:00+01:00`]: startsAt, ...Object.fromEntries(moved) };
}

async function weekAhead(sandbox: Cast['sandbox']): Promise<Date> {
  return new Date((await sandbox.now()).getTime() + 7 * 86_400_000);
}
