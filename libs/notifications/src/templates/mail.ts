import { escapeHtml, singleLine } from '@app/common';

/** Who a mail is written for. Every field is needed: a mail without its reader's zone would show somebody else's time. */
export interface Recipient {
  name: string;
  email: string;
  /** IANA name */
  timezone: string;
  /** BCP 47 tag */
  locale: string;
}

export type Block =
  | { text: string }
  /** Label and value, one pair a line. */
  | { facts: (readonly [label: string, value: string])[] }
  | { link: { label: string; url: string } }
  /** Words of a person, shown as they are: never as markup, never as a link. */
  | { words: { of: string; text: string } };

/** What a mail says; both forms of it are made from the same parts. */
export interface MailText {
  subject: string;
  blocks: Block[];
}

export interface RenderedMail {
  subject: string;
  text: string;
  html: string;
}

/** Plain text and HTML of a mail. Everything is escaped here, so no template can forget it (reliability.md R23). */
export function renderMail(recipient: Recipient, mail: MailText): RenderedMail {
  const greeting = `Hello ${singleLine(recipient.name)},`;
  const blocks: Block[] = [{ text: greeting }, ...mail.blocks];
  return {
    subject: singleLine(mail.subject),
    text: `${blocks.map(textOf).join('\n\n')}\n`,
    html: page(singleLine(mail.subject), recipient.locale, blocks.map(htmlOf).join('\n')),
  };
}

function textOf(block: Block): string {
  if ('text' in block) return singleLine(block.text);
  if ('facts' in block)
    return block.facts.map(([label, value]) => singleLine(`${label}: ${value}`)).join('\n');
  if ('link' in block) return `${singleLine(block.link.label)}:\n${webAddress(block.link.url)}`;
  const quoted = lines(block.words.text).map((line) => `> ${line}`);
  return [singleLine(`${block.words.of} writes:`), ...quoted].join('\n');
}

function htmlOf(block: Block): string {
  if ('text' in block) return `<p>${escapeHtml(block.text)}</p>`;
  if ('facts' in block) return `<table>${block.facts.map(factRow).join('')}</table>`;
  if ('link' in block)
    return `<p><a href="${escapeHtml(webAddress(block.link.url))}">${escapeHtml(block.link.label)}</a></p>`;
  const quoted = lines(block.words.text).map(escapeHtml).join('<br>');
  return `<p>${escapeHtml(block.words.of)} writes:</p><blockquote>${quoted}</blockquote>`;
}

function factRow([label, value]: readonly [string, string]): string {
  return `<tr><th align="left" valign="top">${escapeHtml(label)}</th><td>${escapeHtml(value)}</td></tr>`;
}

function lines(text: string): string[] {
  return text
    .trim()
    .split(/\r\n|\r|\n|\u2028|\u2029/)
    .map(singleLine);
}

function webAddress(url: string): string {
  const { protocol, href } = new URL(url);
  if (protocol !== 'https:' && protocol !== 'http:')
    throw new RangeError('a link in a mail is a web address');
  return href;
}

function page(title: string, locale: string, body: string): string {
  return `<!doctype html>
<html lang="${escapeHtml(locale)}">
<head><meta charset="utf-8"><title>${escapeHtml(title)}</title></head>
<body style="font-family: sans-serif; font-size: 16px; line-height: 1.5; max-width: 36em">
${body}
</body>
</html>
`;
}
