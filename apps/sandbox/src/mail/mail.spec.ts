import ical, { ICalAttendeeStatus, ICalCalendarMethod } from 'ical-generator';
import ICAL from 'ical.js';
import { createTransport } from 'nodemailer';
import { startSandbox, type Sandbox } from '../sandbox';
import { control } from '../testing';
import { icalendarSummary } from './icalendar-summary';

let sandbox: Sandbox;

beforeEach(async () => {
  sandbox = await startSandbox();
});

afterEach(() => sandbox.close());

function invitation(): string {
  const calendar = ical({ method: ICalCalendarMethod.REQUEST, prodId: '//practice//test//EN' });
  calendar.createEvent({
    id: 'ses-1@practice.test',
    sequence: 2,
    start: new Date('2027-01-15T09:00:00Z'),
    end: new Date('2027-01-15T10:00:00Z'),
    summary: 'Session; with, commas',
    description: 'A long line. '.repeat(20),
    organizer: { name: 'Coach', email: 'coach@example.test' },
    attendees: [{ email: 'client@example.test', rsvp: true, status: ICalAttendeeStatus.NEEDSACTION }],
  });
  return calendar.toString();
}

function send(messageId = '<m1@practice.test>', transport = createTransport(sandbox.urls.smtp)) {
  return transport.sendMail({
    from: 'Coach <coach@example.test>',
    to: 'Client@example.test',
    messageId,
    subject: 'Your session – bestätigt',
    text: 'See you then.',
    html: '<p>See <script>alert(1)</script>you then.</p>',
    icalEvent: { method: 'REQUEST', filename: 'invite.ics', content: invitation() },
  });
}

describe('the mailbox', () => {
  it('shows a mail with its invitation as it was sent', async () => {
    await sandbox.advanceClock(86_400);
    await send();
    const [mail] = sandbox.mailbox.to('client@example.test');
    expect(mail).toMatchObject({
      to: ['client@example.test'],
      subject: 'Your session – bestätigt',
      messageId: '<m1@practice.test>',
      icalendarMethod: 'REQUEST',
    });
    expect(mail?.text.trim()).toBe('See you then.');
    expect(mail?.attachments.map((part) => part.filename)).toContain('invite.ics');
    expect(Date.parse(mail?.receivedAt ?? '') - Date.now()).toBeGreaterThan(86_000_000);
    const event = new ICAL.Component(ICAL.parse(mail?.icalendar ?? '')).getFirstSubcomponent('vevent');
    expect([event?.getFirstPropertyValue('uid'), event?.getFirstPropertyValue('sequence')]).toEqual([
      'ses-1@practice.test',
      2,
    ]);
    expect(icalendarSummary(mail?.icalendar ?? '')).toEqual(
      expect.arrayContaining([
        { name: 'METHOD', value: 'REQUEST' },
        { name: 'SEQUENCE', value: '2' },
        { name: 'SUMMARY', value: 'Session; with, commas' },
        { name: 'DTSTART', value: '20270115T090000Z' },
        { name: 'ATTENDEE', value: expect.stringContaining('MAILTO:client@example.test') as string },
      ]),
    );
  });

  it('is read and emptied over HTTP', async () => {
    await send();
    expect((await control(sandbox, 'GET', 'mailbox?to=client@example.test')).body).toMatchObject({
      messages: [{ id: '1' }],
    });
    expect((await control(sandbox, 'GET', 'mailbox?to=nobody@example.test')).body).toEqual({ messages: [] });
    expect((await control(sandbox, 'DELETE', 'mailbox')).status).toBe(204);
    expect(sandbox.mailbox.messages).toEqual([]);
  });

  it('takes any login', async () => {
    const url = new URL(sandbox.urls.smtp);
    url.username = 'somebody';
    url.password = 'secret';
    await send('<m2@practice.test>', createTransport(url.href));
    expect(sandbox.mailbox.messages).toHaveLength(1);
  });
});

describe('mail faults', () => {
  it('refuses for now with 451 and keeps nothing', async () => {
    sandbox.faults.inject({ provider: 'smtp', operation: 'DATA', kind: 'server_error', times: 1 });
    await expect(send()).rejects.toMatchObject({ responseCode: 451 });
    expect(sandbox.mailbox.messages).toHaveLength(0);
    await send();
    expect(sandbox.mailbox.messages).toHaveLength(1);
  });

  it('loses the connection before or after the mail was kept; a repeated mail has the same Message-ID', async () => {
    sandbox.faults.inject({ provider: 'smtp', operation: 'DATA', kind: 'reset', times: 1 });
    await expect(send()).rejects.toThrow(/closed|ECONN|reset/i);
    expect(sandbox.mailbox.messages).toHaveLength(0);
    sandbox.faults.inject({ provider: 'smtp', operation: 'DATA', kind: 'timeout_after_commit', times: 1 });
    await expect(send()).rejects.toThrow(/closed|ECONN|reset/i);
    expect(sandbox.mailbox.messages).toHaveLength(1);
    await send();
    expect(sandbox.mailbox.messages.map((mail) => mail.messageId)).toEqual([
      '<m1@practice.test>',
      '<m1@practice.test>',
    ]);
  });
});
