import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { CONFIG, type SharedConfig } from '@app/common';
import { isInTransaction } from '@app/database';
import { createTransport, type Transporter } from 'nodemailer';
import type { Attachment } from 'nodemailer/lib/mailer';
import { MailSettings } from './mail-settings';
import type { RenderedMail } from './templates/mail';

export interface OutgoingMail extends RenderedMail {
  messageId: string;
  to: { name: string; address: string };
  /** An iTIP message; its method is the one inside it. */
  invitation?: { method: 'REQUEST' | 'CANCEL'; text: string };
  /** What becomes of another object of the recipient's calendar by the same act: a message may speak of one only (RFC 5546). */
  alsoInCalendar?: { method: 'REQUEST' | 'CANCEL'; text: string };
}

const CONNECTIONS = 3;
const CONNECT_MS = 10_000;
const SILENCE_MS = 20_000;

/** The server refused this recipient or this mail for good; trying again would change nothing. */
export class MailRefused extends Error {}

/** One pool of SMTP connections per process. */
@Injectable()
export class MailTransport implements OnModuleDestroy {
  private readonly transporter: Transporter;

  constructor(
    @Inject(CONFIG) config: SharedConfig,
    private readonly settings: MailSettings,
  ) {
    this.transporter = createTransport({
      url: config.SMTP_URL,
      pool: true,
      maxConnections: CONNECTIONS,
      connectionTimeout: CONNECT_MS,
      greetingTimeout: CONNECT_MS,
      socketTimeout: SILENCE_MS,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  }

  /**
   * Hands the mail to the server; returns when the server has taken it.
   *
   * @throws MailRefused for good; any other error is worth another try
   */
  async send(mail: OutgoingMail): Promise<void> {
    if (isInTransaction()) throw new Error('A mail was sent inside a database transaction.');
    try {
      await this.transporter.sendMail({
        from: this.settings.from,
        to: mail.to,
        subject: mail.subject,
        messageId: mail.messageId,
        text: mail.text,
        html: mail.html,
        headers: { 'Auto-Submitted': 'auto-generated' },
        ...(mail.invitation === undefined
          ? {}
          : {
              icalEvent: {
                method: mail.invitation.method,
                filename: 'invite.ics',
                content: mail.invitation.text,
              },
            }),
        ...(mail.alsoInCalendar === undefined ? {} : { attachments: [attached(mail.alsoInCalendar)] }),
      });
    } catch (error) {
      throw isPermanent(error) ? new MailRefused(String(error), { cause: error }) : error;
    }
  }

  onModuleDestroy(): void {
    this.transporter.close();
  }
}

function attached({ method, text }: NonNullable<OutgoingMail['alsoInCalendar']>): Attachment {
  return {
    filename: 'update.ics',
    contentType: `text/calendar; charset=utf-8; method=${method}`,
    content: text,
  };
}

/** A 5xx to the recipient or to the mail itself; one to the connection or the sign-in is our own trouble. */
function isPermanent(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error) || !('responseCode' in error)) return false;
  const aboutTheMail = error.code === 'EENVELOPE' || error.code === 'EMESSAGE';
  return aboutTheMail && typeof error.responseCode === 'number' && error.responseCode >= 500;
}
