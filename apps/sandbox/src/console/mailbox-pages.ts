import type { SandboxParts } from '../sandbox-parts';
import { html, htmlTable, type Markup } from '../shared/html';
import { icalendarSummary } from '../mail/icalendar-summary';
import type { MailRow } from '../mail/mailbox';
import { actButton, consolePage } from './console-layout';

const SHOWN_ROWS = 300;

/** @param to shows the mails of one address only */
export function mailboxPage({ mailbox }: SandboxParts, to?: string): string {
  const rows = to ? mailbox.to(to) : mailbox.messages;
  const addresses = [...new Set(mailbox.messages.flatMap((mail) => mail.to))].toSorted();
  return consolePage(
    to ? `Mails to ${to}` : 'Mailbox',
    html`<p>
        ${actButton('mailbox/clear', 'Empty the mailbox')} <a href="/mailbox">all</a>
        ${addresses.map((address) => html` · <a href="/mailbox?to=${encodeURIComponent(address)}">${address}</a>`)}
      </p>
      ${htmlTable(
        ['Received', 'To', 'Subject', 'Invitation'],
        rows
          .slice(-SHOWN_ROWS)
          .toReversed()
          .map((mail) => [
            mail.receivedAt,
            mail.to.join(', '),
            html`<a href="/mailbox/${mail.id}">${mail.subject || '(no subject)'}</a>`,
            mail.icalendarMethod ?? (mail.icalendar && 'yes'),
          ]),
      )}`,
  );
}

export function mailPage(mail: MailRow): string {
  return consolePage(
    mail.subject || '(no subject)',
    html`<dl>
        <dt>From</dt>
        <dd>${mail.from}</dd>
        <dt>To</dt>
        <dd>${mail.to.join(', ')}</dd>
        <dt>Received</dt>
        <dd>${mail.receivedAt}</dd>
        <dt>Message-ID</dt>
        <dd>${mail.messageId}</dd>
        <dt>Attachments</dt>
        <dd>
          ${mail.attachments.map((part) => `${part.filename ?? part.contentType} (${part.bytes} bytes)`).join(', ') || 'none'}
        </dd>
      </dl>
      ${mail.html !== null && htmlPart(mail.html)}
      <h2>Text</h2>
      <pre>${mail.text}</pre>
      ${mail.icalendar !== null && invitation(mail.icalendar)}
      <h2>Headers</h2>
      <pre>${mail.headers.map((header) => `${header.name}: ${header.value}`).join('\n')}</pre>`,
  );
}

/** The mail's HTML in a frame that runs nothing; its links open in a new window. */
function htmlPart(source: string): Markup {
  return html`<h2>HTML</h2>
    <iframe
      title="HTML part of the mail"
      sandbox="allow-popups allow-popups-to-escape-sandbox"
      srcdoc="${`<base target="_blank">${source}`}"
    ></iframe>`;
}

function invitation(source: string): Markup {
  return html`<h2>Invitation</h2>
    <dl>
      ${icalendarSummary(source).map(
        (line) =>
          html`<dt>${line.name}</dt>
            <dd>${line.value}</dd>`,
      )}
    </dl>
    <details>
      <summary>Source</summary>
      <pre>${source}</pre>
    </details>`;
}
