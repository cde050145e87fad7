import { Injectable } from '@nestjs/common';
import { describeSeries, SeriesQueries, type OccurrenceRecord, type SeriesRecord } from '@app/sessions';
import { Clock } from '@app/common';
import type { OutgoingMail } from './mail-transport';
import type { NotificationRecord } from './notification-record';
import { NotificationRows } from './notification-rows';
import { Recipients, type Addressee } from './recipients.service';
import { SeriesCalendar } from './series-calendar.service';
import type { MailText } from './templates/mail';
import { seriesDigest, seriesUnplaced, type SeriesFacts } from './templates/series-mails';

type SeriesText =
  | ({ text: MailText } & Pick<OutgoingMail, 'invitation' | 'alsoInCalendar'>)
  | { suppressed: string };

/** Mails about series: one for an act, not one for each of its sessions (domain.md 10). */
@Injectable()
export class SeriesMails {
  constructor(
    private readonly series: SeriesQueries,
    private readonly recipients: Recipients,
    private readonly rows: NotificationRows,
    private readonly clock: Clock,
    private readonly calendar: SeriesCalendar,
  ) {}

  /** Job: both sides, once for each plan that was carried out. */
  async tell(coachId: string, seriesId: string, planId: string): Promise<void> {
    const series = await this.series.get(coachId, seriesId);
    const sides = await this.recipients.sides(['coach', 'client'], series);
    await this.rows.queue(
      sides.map((to) => ({
        coachId,
        kind: 'series_changed' as const,
        effect: `series_changed:${planId}`,
        to,
        payload: { seriesId, planId, sequence: series.calendarSequence },
      })),
    );
  }

  /** Job: the coach, once for each time that the series could not be extended whole. */
  async tellUnplaced(coachId: string, seriesId: string, until: string): Promise<void> {
    const to = await this.recipients.account(coachId);
    const effect = `series_unplaced:${seriesId}:${until}`;
    await this.rows.queue([{ coachId, kind: 'series_unplaced', effect, to, payload: { seriesId } }]);
  }

  async text(
    row: NotificationRecord,
    kind: 'series_changed' | 'series_unplaced',
    to: Addressee,
  ): Promise<SeriesText> {
    const { seriesId, planId, sequence } = row.payload;
    if (seriesId === undefined) throw new Error(`A message of kind ${kind} names no series.`);
    const series = await this.series.get(row.coachId, seriesId);
    const occurrences = await this.series.occurrences(row.coachId, seriesId);
    const facts = await this.facts(series, occurrences);
    if (kind === 'series_unplaced') {
      const unplaced = occurrences.filter(({ state }) => state === 'unscheduled');
      if (unplaced.length === 0) return { suppressed: 'everything is placed or skipped by now' };
      return {
        text: seriesUnplaced(
          to,
          facts,
          unplaced.map(({ originalStartsAt }) => originalStartsAt),
        ),
      };
    }
    // The digest of the later act tells what is to come.
    if (series.calendarSequence !== sequence) return { suppressed: 'the series has changed since' };
    const plan = planId === undefined ? undefined : await this.series.carriedOut(row.coachId, planId);
    if (plan === undefined) throw new Error('A digest names no plan that was carried out.');
    const text = seriesDigest(to, to.kind === 'client' ? 'client' : 'coach', facts, plan);
    const invitation = await this.calendar.invitation(row.coachId, seriesId, to);
    if (plan.splitOff === null || series.splitFrom === null) return { text, invitation };
    const alsoInCalendar = await this.calendar.invitation(row.coachId, series.splitFrom, to);
    return { text, invitation, alsoInCalendar };
  }

  private async facts(series: SeriesRecord, occurrences: readonly OccurrenceRecord[]): Promise<SeriesFacts> {
    const [coach] = await this.recipients.sides(['coach'], series);
    const client = await this.recipients.client(series.coachId, series.clientId);
    const now = await this.clock.now();
    const upcoming = occurrences.flatMap(({ sessionStatus, startsAt }) =>
      sessionStatus === 'scheduled' && startsAt !== null && startsAt > now ? [startsAt] : [],
    );
    return {
      offeringName: series.offeringName,
      coachName: coach?.name ?? 'your coach',
      clientName: client.name,
      rule: describeSeries(series),
      upcoming: upcoming.sort((a, b) => a.getTime() - b.getTime()),
    };
  }
}
