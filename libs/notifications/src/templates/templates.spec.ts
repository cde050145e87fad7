import { formatMoney } from '@app/common';
import { clientInvitation, emailVerification, passwordReset, signUpRepeated } from './account-mails';
import { followUp, offerDeclined, offerExpired, offerWithdrawn, type OfferOfTimes } from './follow-up-mails';
import { renderMail, type MailText, type Recipient } from './mail';
import { latePaymentRefunded, refundFailed, refundStarted, refundSucceeded } from './money-mails';
import { noShowMarked } from './no-show-mails';
import { linkChanged, meetingFailed, platformNeedsAttention, sharedNote } from './practice-mails';
import { sessionReminder } from './reminder-mails';
import type { JoinFacts, SessionFacts, Side } from './session-facts';
import {
  awaitingPayment,
  bookingCancelled,
  bookingConfirmed,
  holdExpired,
  sessionMoved,
  type CancellationFacts,
  type WaysToPay,
} from './session-mails';

const session: SessionFacts = {
  offeringName: 'Career coaching',
  startsAt: new Date('2026-03-29T07:00:00Z'),
  endsAt: new Date('2026-03-29T08:00:00Z'),
  coachName: 'Ana Sørensen',
  clientName: 'Ben Okafor',
};
const join: JoinFacts = {
  stableUrl: 'https://practice.example/j/token',
  direct: { platform: 'Zoom', url: 'https://zoom.us/j/1' },
  dialIn: ['Germany +49 69 1, meeting ID 1'],
};
const CONFIRM_URL = 'https://practice.example/v1/booking-confirmations/token';
const PAY_URL = 'https://practice.example/v1/payment-links/token/checkout';
const waysToPay = (confirmUrl: string | null): WaysToPay =>
  confirmUrl === null ? { payUrl: PAY_URL } : { confirmUrl };
const recipient: Recipient = {
  name: 'Ben',
  email: 'ben@example.com',
  timezone: 'Europe/Berlin',
  locale: 'en-GB',
};
const money = { amount: 12_050, currency: 'EUR' };
const cancellation: CancellationFacts = {
  by: 'coach',
  refund: money,
  waitsForBank: false,
  credit: null,
  laterCharge: null,
  clause: 'In full.',
  message: 'Sorry!',
  arrivalDays: '5–7',
};

const offer: OfferOfTimes = {
  times: [new Date('2026-04-05T07:00:00Z')],
  expiresAt: new Date('2026-03-31T07:00:00Z'),
  url: 'https://practice.example/v1/links/token',
};

const all = (to: Recipient, facts: SessionFacts, message: string): [string, MailText][] => [
  ['email_verification', emailVerification('tok')],
  ['password_reset', passwordReset('tok')],
  ['sign_up_repeated', signUpRepeated()],
  ['client_invitation', clientInvitation(facts.coachName, 'tok')],
  ['booking_confirmed', bookingConfirmed(to, 'client', facts, join, CONFIRM_URL)],
  ['session_moved', sessionMoved(to, 'coach', facts, join, new Date('2026-03-28T07:00:00Z'), null)],
  [
    'awaiting_payment',
    awaitingPayment(to, facts, money, new Date('2026-03-20T07:00:00Z'), { payUrl: PAY_URL }),
  ],
  ['hold_expired', holdExpired(to, facts)],
  ['booking_cancelled', bookingCancelled(to, 'client', facts, { ...cancellation, message })],
  ['refund_started', refundStarted(to, facts, money, '5–7')],
  ['refund_succeeded', refundSucceeded(to, facts, money, '5–7')],
  [
    'refund_failed',
    refundFailed(to, 'coach', facts, money, {
      url: 'https://practice.example/v1/refunds/rfd_1/retry',
      reason: message,
    }),
  ],
  ['late_payment_refunded', latePaymentRefunded(to, 'coach', facts, money, '5–7')],
  ['reminder', sessionReminder(to, 'client', facts, join, new Date('2026-03-28T07:00:00Z'))],
  ['follow_up', followUp(to, facts, message, offer)],
  ['proposal_declined', offerDeclined(to, facts)],
  ['proposal_withdrawn', offerWithdrawn(to, facts)],
  ['proposal_expired', offerExpired(to, 'client', facts)],
  ['shared_note', sharedNote(to, facts)],
  ['meeting_failed', meetingFailed(to, facts, 'Zoom')],
  ['link_changed', linkChanged(to, facts, join)],
  ['platform_needs_attention', platformNeedsAttention('Zoom')],
];

const HOSTILE = '<img src=x onerror=alert(1)>"\'&\r\nBcc: evil@example.com\u0000';

describe('mails', () => {
  it.each(all(recipient, session, 'See you'))('A77 %s says the same in text and HTML', (_, mail) => {
    const { subject, text, html } = renderMail(recipient, mail);
    expect(subject.length).toBeGreaterThan(5);
    expect(text).toContain('Hello Ben,');
    const read = html
      .replace(/<style[^]*?<\/style>|<title>[^]*?<\/title>|<[^>]+>/g, ' ')
      .replace(/\s+/g, ' ');
    for (const block of mail.blocks) {
      if (!('text' in block)) continue;
      expect(text).toContain(block.text);
      expect(read.replaceAll('&#39;', "'")).toContain(block.text);
    }
  });

  const hostile: SessionFacts = {
    ...session,
    offeringName: HOSTILE,
    coachName: HOSTILE,
    clientName: HOSTILE,
  };
  it.each(all({ ...recipient, name: HOSTILE }, hostile, HOSTILE))(
    'A77 A87 %s shows hostile names and words as text',
    (_, mail) => {
      const { subject, text, html } = renderMail({ ...recipient, name: HOSTILE }, mail);
      expect(subject).not.toMatch(/[\p{Cc}]/u);
      expect(text).not.toMatch(/^Bcc:/m);
      expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
      expect(html).not.toContain('<img');
      expect(
        html.match(/<(?!\/?(?:!doctype|html|head|meta|title|body|p|table|tr|th|td|a|blockquote|br)\b)/gi),
      ).toBeNull();
    },
  );

  it('A77 shows the time in the zone and manner of each reader, whoever else takes part', () => {
    const zones = [
      ['Europe/Berlin', 'en-GB', '09:00', 'Sunday'],
      ['America/New_York', 'en-US', '03:00 AM', 'Sunday'],
      ['Asia/Kolkata', 'en-GB', '12:30', 'Sunday'],
      ['Pacific/Kiritimati', 'de', '21:00', 'Sonntag'],
      ['Pacific/Pago_Pago', 'en-GB', '20:00', 'Saturday'],
    ] as const;
    for (const side of ['coach', 'client'] as Side[]) {
      for (const [timezone, locale, time, weekday] of zones) {
        const reader = { ...recipient, timezone, locale };
        const { text } = renderMail(reader, bookingConfirmed(reader, side, session, join, null));
        const when = text.split('\n').find((line) => line.startsWith('When:'));
        expect(when?.replaceAll('\u202f', ' ')).toContain(time);
        expect(when).toContain(weekday);
        expect(when).toContain(`(${timezone})`);
      }
    }
  });

  it('A89 the client of a session that the coach booked is led to its terms, and nobody else', () => {
    const payUntil = new Date('2026-03-20T07:00:00Z');
    const mailsWith = (url: string | null): string[] =>
      [
        bookingConfirmed(recipient, 'client', session, join, url),
        sessionMoved(recipient, 'client', session, join, null, url),
        awaitingPayment(recipient, session, money, payUntil, waysToPay(url)),
      ].map((mail) => renderMail(recipient, mail).text);
    for (const text of mailsWith(CONFIRM_URL)) expect(text).toContain(`:\n${CONFIRM_URL}\n`);
    for (const text of mailsWith(null)) expect(text).not.toContain('terms');
  });

  it('what waits for payment leads to it, and first to terms that are still to be accepted', () => {
    const payUntil = new Date('2026-03-20T07:00:00Z');
    const text = (url: string | null): string =>
      renderMail(recipient, awaitingPayment(recipient, session, money, payUntil, waysToPay(url))).text;
    expect(text(null)).toContain(PAY_URL);
    expect(text(CONFIRM_URL)).not.toContain(PAY_URL);
  });

  it('what is paid later says how much is charged, and when, in the reader’s zone', () => {
    const charge = { amount: money, dueAt: new Date('2026-03-28T22:30:00Z') };
    const reader = { ...recipient, timezone: 'Europe/Berlin', locale: 'en-GB' };
    const { text } = renderMail(reader, bookingConfirmed(reader, 'client', session, join, null, charge));
    expect(text).toContain(`Price: ${formatMoney(money, 'en-GB')}`);
    expect(text).toMatch(/Charged to your saved card: .*28 March 2026.*23:30/);
  });

  it('A49 A167 A164 the confirmation holds our link, the direct one and the numbers; without a meeting only ours', () => {
    const { text, html } = renderMail(recipient, bookingConfirmed(recipient, 'client', session, join, null));
    for (const part of [join.stableUrl, 'https://zoom.us/j/1', '+49 69 1']) {
      expect(text).toContain(part);
      expect(html).toContain(part);
    }
    const waiting = renderMail(
      recipient,
      bookingConfirmed(recipient, 'client', session, { ...join, direct: null, dialIn: [] }, null),
    );
    expect(waiting.text).toContain(join.stableUrl);
    expect(waiting.text).not.toContain('zoom.us');
  });

  it('A87 A93 the cancellation carries the words of the coach and what comes back, in the money of the reader', () => {
    const english = renderMail(recipient, bookingCancelled(recipient, 'client', session, cancellation)).text;
    expect(english).toContain('cancelled by Ana Sørensen');
    expect(english).toContain('Ana Sørensen writes:\n> Sorry!');
    expect(english).toContain(
      '€120.50 goes back to the card you paid with, which usually takes 5–7 business days. In full.',
    );
    const german = { ...recipient, locale: 'de' };
    expect(renderMail(german, bookingCancelled(german, 'client', session, cancellation)).text).toContain(
      '120,50\u00a0€',
    );
    const none = {
      ...cancellation,
      refund: { amount: 0, currency: 'EUR' },
      clause: 'Less than 24 hours: 0 %.',
    };
    expect(renderMail(recipient, bookingCancelled(recipient, 'client', session, none)).text).toContain(
      'No refund is due. Less than 24',
    );
    const owed = { ...none, laterCharge: money };
    expect(renderMail(recipient, bookingCancelled(recipient, 'client', session, owed)).text).toContain(
      'Your saved card is charged €120.50. Less than 24',
    );
    const free = { ...cancellation, refund: null, message: null };
    const text = renderMail(recipient, bookingCancelled(recipient, 'coach', session, free)).text;
    expect(text).toContain('You cancelled this session.');
    expect(text).toContain('Nothing had been paid for it.');
    expect(text).not.toContain('writes:');
  });

  it.each([
    ['used', 'It uses up one session of your package. In full.', 'one session of the package of Ben'],
    ['returned', 'The session goes back to your package. In full.', 'goes back to the package of Ben'],
    ['lost', 'does not go back to your package, which has ended.', 'to the package of Ben Okafor, which'],
  ] as const)(
    'the mail of a cancelled or missed session says of its credit that it is %s',
    (credit, toClient, toCoach) => {
      const facts = { ...cancellation, refund: null, credit };
      expect(renderMail(recipient, bookingCancelled(recipient, 'client', session, facts)).text).toContain(
        toClient,
      );
      const coachReads = renderMail(recipient, bookingCancelled(recipient, 'coach', session, facts)).text;
      expect(coachReads).toContain(toCoach);
      const { arrivalDays, laterCharge } = cancellation;
      const missed = {
        by: 'client',
        kept: null,
        refund: null,
        credit,
        laterCharge,
        clause: 'In full.',
        arrivalDays,
      } as const;
      expect(renderMail(recipient, noShowMarked(recipient, session, missed)).text).toContain(toClient);
    },
  );

  it('a refund that waits for the bank is not promised, and a miss of the coach names no charge of nothing', () => {
    const waiting = { ...cancellation, waitsForBank: true };
    expect(renderMail(recipient, bookingCancelled(recipient, 'client', session, waiting)).text).toContain(
      '€120.50 goes back to the card you paid with once the dispute is decided, unless your bank gives the money back itself.',
    );
    const { arrivalDays, laterCharge } = cancellation;
    const kept = { amount: 0, currency: 'EUR' };
    const missed = {
      by: 'coach',
      kept,
      refund: money,
      credit: null,
      laterCharge,
      clause: 'In full.',
      arrivalDays,
    } as const;
    const { text } = renderMail(recipient, noShowMarked(recipient, session, missed));
    expect(text).toContain('\n€120.50 goes back to the card you paid with');
    expect(text).not.toContain('You are charged');
  });

  it('a refund that the bank has made needless offers no second try', () => {
    const facts = { url: 'https://practice.example/retry', reason: 'dispute_lost' };
    const { text } = renderMail(recipient, refundFailed(recipient, 'coach', session, money, facts));
    expect(text).not.toContain('Try again');
    expect(text).toContain('dispute');
  });

  it('A95 A93 each refund mail names the amount, the coach learns how to try again', () => {
    expect(renderMail(recipient, refundStarted(recipient, session, money, '5–7')).text).toContain(
      'usually takes 5–7 business days',
    );
    expect(renderMail(recipient, refundSucceeded(recipient, session, money, '5–7')).subject).toBe(
      'Refund made: €120.50',
    );
    const retry = {
      url: 'https://practice.example/v1/refunds/rfd_1/retry',
      reason: 'expired_or_canceled_card',
    };
    const toCoach = renderMail(recipient, refundFailed(recipient, 'coach', session, money, retry)).text;
    expect(toCoach).toContain('expired_or_canceled_card');
    expect(toCoach).toContain('POST https://practice.example/v1/refunds/rfd_1/retry');
    expect(
      renderMail(recipient, refundFailed(recipient, 'client', session, money, retry)).text,
    ).not.toContain('retry');
  });

  it.each([
    [1, '1 minute'],
    [59, '59 minutes'],
    [60, '1 hour'],
    [89, '89 minutes'],
    [120, '2 hours'],
    [1_439, '24 hours'],
    [20_160, '14 days'],
  ])('A153 a reminder %i minutes before says "begins in %s"', (minutes, words) => {
    const now = new Date(session.startsAt.getTime() - minutes * 60_000);
    expect(renderMail(recipient, sessionReminder(recipient, 'coach', session, join, now)).text).toContain(
      `Your session begins in ${words}.`,
    );
  });

  it('A49 refuses a link that is no web address', () => {
    const evil = { ...join, stableUrl: 'javascript:alert(1)' };
    expect(() => renderMail(recipient, bookingConfirmed(recipient, 'client', session, evil, null))).toThrow(
      RangeError,
    );
  });
});
