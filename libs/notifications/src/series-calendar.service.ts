import { Injectable } from '@nestjs/common';
import { seriesInvitation, seriesMethod, type SeriesTimes } from '@app/calendars';
import { parseRule } from '@app/recurrence';
import { SeriesQueries, type OccurrenceRecord, type SeriesRecord } from '@app/sessions';
import { Joins } from '@app/video';
import { MailSettings } from './mail-settings';
import type { OutgoingMail } from './mail-transport';
import { Recipients, type Addressee } from './recipients.service';

type Invitation = NonNullable<OutgoingMail['invitation']>;

const HOW_TO_JOIN = 'The link leads to the session that is on, from 15 minutes before its start.';

/** The one calendar object of a series, as it is now (domain.md 15). */
@Injectable()
export class SeriesCalendar {
  constructor(
    private readonly series: SeriesQueries,
    private readonly recipients: Recipients,
    private readonly settings: MailSettings,
    private readonly joins: Joins,
  ) {}

  /**
   * What one recipient's calendar is told: all of the series, or that nothing of it is left.
   *
   * @throws SeriesNotFound
   */
  async invitation(coachId: string, seriesId: string, to: Addressee): Promise<Invitation> {
    // Read first: what changes meanwhile has a higher one, and its own mail.
    const sequence = await this.series.calendarSequence(coachId, seriesId);
    const series = await this.series.get(coachId, seriesId);
    const times = timesOf(series, await this.series.occurrences(coachId, seriesId));
    const [coach] = await this.recipients.sides(['coach'], series);
    const client = await this.recipients.client(coachId, series.clientId);
    const coachName = coach?.name ?? 'your coach';
    const method = seriesMethod(times);
    const text = seriesInvitation({
      ...times,
      method,
      uid: `${series.calendarUid}@${new URL(this.settings.publicUrl).hostname}`,
      sequence,
      summary: `${series.offeringName} with ${to.kind === 'client' ? coachName : client.name}`,
      joinUrl: await this.joins.linkOfSeries(coachId, seriesId),
      details: [HOW_TO_JOIN],
      organizer: { name: coachName, email: this.settings.from.address },
      recipient: { name: to.name, email: to.email },
    });
    return { method, text };
  }
}

/** What the rule says, with each occurrence that has a row: beyond those, a series that is over or paused gives nothing. */
function timesOf(series: SeriesRecord, occurrences: readonly OccurrenceRecord[]): SeriesTimes {
  const { state, timezone, localStart, durationMinutes, pausedFrom, pausedUntil, materialisedUntil } = series;
  const isOver = state === 'ended' || state === 'cancelled';
  const pause = pausedFrom === null ? null : { from: pausedFrom, until: pausedUntil };
  const endsBefore = isOver ? materialisedUntil : pause?.until === null ? pause.from : undefined;
  return {
    rule: parseRule(series.rule),
    start: { localStart, timezone },
    durationMinutes,
    endsBefore,
    pauses: pause === null || pause.until === null ? [] : [{ from: pause.from, until: pause.until }],
    members: occurrences.map(({ originalStartsAt, sessionStatus, startsAt, endsAt }) => ({
      originalStartsAt,
      time:
        startsAt === null || endsAt === null || sessionStatus === 'cancelled' ? null : { startsAt, endsAt },
    })),
    changedAt: series.updatedAt,
  };
}
