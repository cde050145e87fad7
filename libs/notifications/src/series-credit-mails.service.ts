import { Injectable } from '@nestjs/common';
import { SpendableCredits } from '@app/packages';
import { SeriesQueries } from '@app/sessions';
import { NotificationRows } from './notification-rows';
import type { NotificationRecord } from './notification-record';
import { Recipients, type Addressee } from './recipients.service';
import type { MailText } from './templates/mail';
import { seriesCreditsEnded } from './templates/series-credit-mails';

/** Both sides hear when no credit is left for the sessions of a series. */
@Injectable()
export class SeriesCreditMails {
  constructor(
    private readonly series: SeriesQueries,
    private readonly recipients: Recipients,
    private readonly rows: NotificationRows,
    private readonly credits: SpendableCredits,
  ) {}

  /** Job: once for each time that the credits end. @param endedAt ISO instant */
  async tell(coachId: string, seriesId: string, endedAt: string): Promise<void> {
    const sides = await this.recipients.sides(['coach', 'client'], await this.series.get(coachId, seriesId));
    const effect = `series_credits_ended:${seriesId}:${endedAt}`;
    const kind = 'series_credits_ended' as const;
    await this.rows.queue(sides.map((to) => ({ coachId, kind, effect, to, payload: { seriesId } })));
  }

  /** Written at the moment of sending. */
  async text(row: NotificationRecord, to: Addressee): Promise<{ text: MailText } | { suppressed: string }> {
    const { seriesId } = row.payload;
    if (seriesId === undefined) throw new Error('A message about the end of credits names no series.');
    const series = await this.series.get(row.coachId, seriesId);
    const sessions = await this.series.sessionsWithoutCredit(row.coachId, seriesId);
    if (sessions.length === 0) return { suppressed: 'credits pay for every session by now' };
    const [coach] = await this.recipients.sides(['coach'], series);
    const client = await this.recipients.client(row.coachId, series.clientId);
    const startsOf = (isOnCard: boolean): Date[] =>
      sessions
        .filter(({ funding }) => (funding === 'pay_later') === isOnCard)
        .map(({ startsAt }) => startsAt);
    return {
      text: seriesCreditsEnded(to, to.kind === 'client' ? 'client' : 'coach', {
        offeringName: series.offeringName,
        coachName: coach?.name ?? 'your coach',
        clientName: client.name,
        unpaid: startsOf(false),
        onSavedCard: startsOf(true),
        isDisputed: await this.credits.isDisputed({ ...series, entitlementId: series.entitlementId }),
      }),
    };
  }
}
