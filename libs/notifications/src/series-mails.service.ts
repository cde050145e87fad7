import { Injectable } from '@nestjs/common';
import {
  ConfirmationLinks,
  describeSeries,
  SeriesQueries,
  type OccurrenceRecord,
  type SeriesPlanContent,
  type SeriesRecord,
} from '@app/sessions';
import { Clock } from '@app/common';
import { Joins } from '@app/video';
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
    private readonly confirmations: ConfirmationLinks,
    private readonly joins: Joins,
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

  /** Job: both sides, whose calendars still show them, once for each time that the series could not be extended whole. */
  async tellUnplaced(coachId: string, seriesId: string, until: string): Promise<void> {
    const sides = await this.recipients.sides(['coach', 'client'], await this.series.get(coachId, seriesId));
    const effect = `series_unplaced:${seriesId}:${until}`;
    const kind = 'series_unplaced' as const;
    await this.rows.queue(sides.map((to) => ({ coachId, kind, effect, to, payload: { seriesId } })));
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
      const startsOf = (rows: readonly OccurrenceRecord[]): Date[] =>
        rows.map(({ originalStartsAt }) => originalStartsAt);
      const now = await this.clock.now();
      const toCome = occurrences.filter(({ originalStartsAt }) => originalStartsAt > now);
      const unplaced = toCome.filter(({ state }) => state === 'unscheduled');
      const leftOut = toCome.filter(({ state, reasons }) => state === 'skipped' && reasons.length > 0);
      if (unplaced.length + leftOut.length === 0)
        return { suppressed: 'everything is placed or skipped by now' };
      const side = to.kind === 'client' ? 'client' : 'coach';
      return {
        text: seriesUnplaced(to, side, facts, { unplaced: startsOf(unplaced), leftOut: startsOf(leftOut) }),
        invitation: await this.calendar.invitation(row.coachId, seriesId, to),
      };
    }
    const plan = planId === undefined ? undefined : await this.series.carriedOut(row.coachId, planId);
    if (plan === undefined) throw new Error('A digest names no plan that was carried out.');
    // The digest of the later act tells what is to come; but only that of a split tells the calendars of what it cut short.
    if (series.calendarSequence !== sequence && plan.splitOff === null)
      return { suppressed: 'the series has changed since' };
    const text = seriesDigest(to, to.kind === 'client' ? 'client' : 'coach', facts, plan, {
      freeCancellationUntil: lastFreeInstant(occurrences, plan),
      confirmUrl: await this.confirmUrl(series, plan, to),
    });
    const invitation = await this.calendar.invitation(row.coachId, seriesId, to);
    if (plan.splitOff === null || series.splitFrom === null) return { text, invitation };
    const alsoInCalendar = await this.calendar.invitation(row.coachId, series.splitFrom, to);
    return { text, invitation, alsoInCalendar };
  }

  /** Where the client agrees to the terms: asked for when a series is made, also by a split, and when an edit brings others. */
  private async confirmUrl(
    series: SeriesRecord,
    { change, splitOff }: SeriesPlanContent,
    to: Addressee,
  ): Promise<string | null> {
    const isAsked = change === 'create' || change === 'edit' || splitOff !== null;
    if (to.kind !== 'client' || !isAsked || series.policyAcceptedAt !== null) return null;
    return this.confirmations.linkOfSeries(series.coachId, series.id);
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
      joinUrl: await this.joins.linkOfSeries(series.coachId, series.id),
    };
  }
}

/** Until when the client may cancel freely what this act moved or made dearer; null where it did neither. */
function lastFreeInstant(occurrences: readonly OccurrenceRecord[], plan: SeriesPlanContent): Date | null {
  const ids = new Set(plan.occurrences.filter((each) => each.freeToCancel).map(({ sessionId }) => sessionId));
  const found = occurrences.find(
    ({ sessionId, sessionStatus }) => ids.has(sessionId) && sessionStatus === 'scheduled',
  );
  return found?.freeCancellationUntil ?? null;
}
