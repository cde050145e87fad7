import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type SharedConfig } from '@app/common';
import addressparser from 'nodemailer/lib/addressparser';

/** Hosts of the platforms whose links may stand in a mail, beside those of the configuration. */
const PLATFORM_HOSTS = ['zoom.us', 'meet.google.com', 'teams.microsoft.com', 'teams.live.com'];

/** What the configuration says about mails. */
@Injectable()
export class MailSettings {
  readonly publicUrl: string;
  readonly from: { name: string; address: string };
  /** Business days until a refund usually shows, such as "5–7". */
  readonly arrivalDays: string;
  private readonly linkHosts: ReadonlySet<string>;

  constructor(@Inject(CONFIG) config: SharedConfig) {
    this.publicUrl = config.PUBLIC_URL.replace(/\/+$/, '');
    this.from = senderOf(config.MAIL_FROM);
    this.arrivalDays = config.REFUND_ARRIVAL_DAYS.replace('-', '–');
    this.linkHosts = new Set(
      [config.PUBLIC_URL, config.ZOOM_API_BASE, config.ZOOM_OAUTH_BASE].map((url) => new URL(url).host),
    );
  }

  /** The name of a mail for its whole life, so that a copy is recognised as one (RFC 5322 3.6.4). */
  messageId(notificationId: string, resend = 0): string {
    const { hostname } = new URL(this.publicUrl);
    return resend === 0 ? `<${notificationId}@${hostname}>` : `<${notificationId}.${resend}@${hostname}>`;
  }

  /** Whether a link that a platform gave us leads where it should: mails link to hosts of our own list only. */
  mayLink(url: string): boolean {
    if (!URL.canParse(url)) return false;
    const { protocol, host, hostname } = new URL(url);
    if (this.linkHosts.has(host)) return true;
    return (
      protocol === 'https:' &&
      PLATFORM_HOSTS.some((known) => hostname === known || hostname.endsWith(`.${known}`))
    );
  }
}

function senderOf(text: string): { name: string; address: string } {
  const [sender] = addressparser(text);
  if (sender?.address === undefined || !sender.address.includes('@'))
    throw new Error('MAIL_FROM holds no e-mail address.');
  return { name: sender.name, address: sender.address };
}
