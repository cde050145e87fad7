import { simpleParser, type ParsedMail, type StructuredHeader } from 'mailparser';
import { Table } from '../shared/table';

export interface MailRow {
  id: string;
  /** Business time, ISO in UTC. */
  receivedAt: string;
  from: string;
  /** The envelope's recipients, lower case. */
  to: string[];
  subject: string;
  text: string;
  html: string | null;
  /** Source of the first text/calendar part. */
  icalendar: string | null;
  /** `method` of that part's Content-Type, upper case. */
  icalendarMethod: string | null;
  messageId: string | null;
  headers: Array<{ name: string; value: string }>;
  attachments: Array<{ filename: string | null; contentType: string; bytes: number }>;
  raw: string;
}

/** Every mail that was sent, oldest first. */
export class Mailbox {
  readonly rows: Table<MailRow>;
  private nextId = 1;

  constructor(changed: () => void) {
    this.rows = new Table<MailRow>(changed);
  }

  get messages(): MailRow[] {
    return this.rows.all();
  }

  /** Messages to one address, oldest first. */
  to(address: string): MailRow[] {
    return this.rows.where((row) => row.to.includes(address.toLowerCase()));
  }

  async receive(raw: Buffer, recipients: string[], receivedAt: string): Promise<MailRow> {
    const mail = await simpleParser(raw, { skipTextToHtml: true });
    const calendar = mail.attachments.find((part) => part.contentType === 'text/calendar');
    const row: MailRow = {
      id: String(this.nextId),
      receivedAt,
      from: mail.from?.text ?? '',
      to: recipients.map((address) => address.toLowerCase()),
      subject: mail.subject ?? '',
      text: mail.text ?? '',
      html: mail.html || null,
      icalendar: calendar?.content.toString('utf8') ?? null,
      icalendarMethod: methodOf(mail),
      messageId: mail.messageId ?? null,
      headers: mail.headerLines.map(({ line }) => splitHeader(line)),
      attachments: mail.attachments.map((part) => ({
        filename: part.filename ?? null,
        contentType: part.contentType,
        bytes: part.size,
      })),
      raw: raw.toString('utf8'),
    };
    this.nextId += 1;
    return this.rows.put(row);
  }

  clear(): void {
    this.rows.clear();
  }

  restore(saved: unknown): void {
    this.rows.restore(saved);
    this.nextId = 1 + Math.max(0, ...this.rows.all().map((row) => Number(row.id)));
  }
}

function splitHeader(line: string): { name: string; value: string } {
  const colon = line.indexOf(':');
  return {
    name: line.slice(0, colon),
    value: line
      .slice(colon + 1)
      .replaceAll(/\r?\n\s+/g, ' ')
      .trim(),
  };
}

function methodOf(mail: ParsedMail): string | null {
  for (const part of mail.attachments) {
    if (part.contentType !== 'text/calendar') continue;
    const type = part.headers.get('content-type') as StructuredHeader | undefined;
    const method = type?.params['method'];
    if (method) return method.toUpperCase();
  }
  return null;
}
