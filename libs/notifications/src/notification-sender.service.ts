import { Injectable } from '@nestjs/common';
import { MailDelayed } from './notifications.errors';
import { MailRefused, MailTransport } from './mail-transport';
import { MailWriter } from './mail-writer.service';
import { NotificationRows } from './notification-rows';
import type { NotificationRecord } from './notification-record';

/** Pauses between tries: 5 s, 15 s, 45 s … at most an hour, so the last is about a day after the first. */
const FIRST_PAUSE_SECONDS = 5;
const PAUSE_FACTOR = 3;
const LONGEST_PAUSE_SECONDS = 3_600;
const MOST_TRIES = 30;

/** The job that sends one message. It may run twice: the copy has the same name, and mailboxes show one. */
@Injectable()
export class NotificationSender {
  constructor(
    private readonly rows: NotificationRows,
    private readonly writer: MailWriter,
    private readonly transport: MailTransport,
  ) {}

  /** @throws MailDelayed when it must be tried again later */
  async send(coachId: string, notificationId: string): Promise<void> {
    const row = await this.rows.get(coachId, notificationId);
    if (row.state !== 'queued') return;
    const written = await this.writer.write(row);
    if ('suppressed' in written) return this.rows.markSuppressed(row, written.suppressed);
    try {
      await this.transport.send(written.mail);
    } catch (error) {
      return this.recordFailure(row, error);
    }
    await this.rows.markSent(row, written.mail.subject, written.mail.to.address);
  }

  private async recordFailure(row: NotificationRecord, error: unknown): Promise<void> {
    const text = error instanceof Error ? error.message : String(error);
    if (error instanceof MailRefused) return this.rows.markFailed(row, text, 'bounced');
    if (row.attempts + 1 >= MOST_TRIES) return this.rows.markFailed(row, text, 'dead');
    await this.rows.markFailed(row, text, 'queued');
    throw new MailDelayed(
      Math.min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * PAUSE_FACTOR ** row.attempts),
      error,
    );
  }
}
