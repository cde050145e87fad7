import type { PublicSeriesPlan } from '@app/sessions';
import type { EntitlementAnswer, PackageSale } from './packages';
import { SeriesUnderTest, type SeriesBody } from './series';
import type { SessionSummary } from './world';

/** Weekly, six times; each paid by a credit unless it says otherwise. */
export function paidSeries(
  sale: PackageSale,
  wanted: Record<string, unknown> = {},
): Promise<SeriesUnderTest> {
  return SeriesUnderTest.make(sale.coach, sale.client, sale.offering.id, {
    funding: 'package',
    ...wanted,
  });
}

export function previewOf(
  sale: PackageSale,
  wanted: Record<string, unknown> = {},
): Promise<{ status: number; body: PublicSeriesPlan & { code?: string } }> {
  return sale.coach.http.post<PublicSeriesPlan & { code?: string }>('/v1/series/preview', {
    offeringId: sale.offering.id,
    clientId: sale.client.clientId,
    timezone: 'Europe/Berlin',
    rule: 'FREQ=WEEKLY;COUNT=6',
    funding: 'package',
    ...wanted,
  });
}

/** How each session of a series is paid, by its start; what was called off is left out. */
export async function paymentsOf(series: SeriesUnderTest): Promise<string[]> {
  const sessions = await sessionsOf(series);
  return sessions.filter(({ status }) => status !== 'cancelled').map(({ paymentStatus }) => paymentStatus);
}

export async function sessionsOf(series: SeriesUnderTest): Promise<SessionSummary[]> {
  const answer = await series.coach.http.get<{ data: SessionSummary[] }>(
    `/v1/sessions?seriesId=${series.id}&view=all&limit=100`,
  );
  return [...answer.body.data].sort((a, b) => (a.startsAt < b.startsAt ? -1 : 1));
}

/** Credits that are reserved, used and left; together with what expired and was refunded they are the total. */
export async function creditsOf(
  sale: PackageSale,
  { id }: EntitlementAnswer,
): Promise<{ reserved: number; used: number; remaining: number }> {
  const { total, used, reserved, remaining, expired, refunded } = await sale.read(sale.coach, id);
  expect(used + reserved + remaining + expired + refunded).toBe(total);
  return { reserved, used, remaining };
}

export type PaidSeriesBody = SeriesBody & { funding: string; creditsEndedAt: string | null };
