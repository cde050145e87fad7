import ICAL from 'ical.js';
import { sql } from '@app/database';
import { advanceClock, buildSession } from '@app/notes/testing';
import type { MailRow } from '../../../apps/sandbox/src/mail/mailbox';
import { Notifications } from './notifications.service';
import { startNotifications, type NotificationsUnderTest, type Pair } from './notifications.test-module';

let app: NotificationsUnderTest;
let notifications: Notifications;

beforeAll(async () => {
  app = await startNotifications();
  notifications = app.module.get(Notifications);
});
afterAll(() => app.close());
beforeEach(() => app.sandbox.mailbox.clear());
afterEach(() => app.assertInvariants());

/** What a sessions' event sets off, twice: jobs may come again. */
async function tell(pair: Pair, sessionId: string): Promise<void> {
  await notifications.tellSession(pair.coach.accountId, sessionId);
  await notifications.tellSession(pair.coach.accountId, sessionId);
}

async function move(sessionId: string, hours: number): Promise<void> {
  await app.database.execute(sql`
    update sessions set starts_at = starts_at + make_interval(hours => ${hours}), ends_at = ends_at + make_interval(hours => ${hours}),
      calendar_sequence = calendar_sequence + 1, version = version + 1, updated_at = app_now() where id = ${sessionId}`);
}

async function cancel(
  sessionId: string,
  by: 'coach' | 'client' | 'system',
  outcome: string,
  money: { message?: string; refundMinor?: number; paymentStatus?: string } = {},
): Promise<void> {
  await app.database.execute(sql`
    update sessions set status = 'cancelled', outcome = ${outcome}, cancelled_at = app_now(), cancelled_by = ${by}, hold_expires_at = null,
      cancel_message = ${money.message ?? null}::text, payment_status = coalesce(${money.paymentStatus ?? null}::text, payment_status),
      calendar_sequence = calendar_sequence + 1, version = version + 1, updated_at = app_now() where id = ${sessionId}`);
  const details = JSON.stringify({
    refundMinor: money.refundMinor ?? 0,
    refundChoice: 'policy',
    clause: 'At least 24 hours before: in full.',
  });
  await app.database.execute(sql`
    insert into session_timeline (coach_id, session_id, seq, at, kind, actor_kind, from_status, to_status, outcome, details)
    select coach_id, id, 1, app_now(), 'status_changed', 'worker', 'scheduled', 'cancelled', ${outcome}, ${details}::jsonb
    from sessions where id = ${sessionId}`);
}

interface CalendarEntry {
  method: string;
  uid: string;
  sequence: number;
  status: string;
  start: string;
  attendees: string[];
  organizer: string;
  location: string;
}

function entryOf(mail: MailRow | undefined): CalendarEntry {
  if (mail?.icalendar === null || mail === undefined) throw new Error('the mail has no invitation');
  const calendar = ICAL.Component.fromString(mail.icalendar);
  const event = calendar.getFirstSubcomponent('vevent');
  const value = (name: string): string => String(event?.getFirstPropertyValue(name));
  return {
    method: String(calendar.getFirstPropertyValue('method')),
    uid: value('uid'),
    sequence: Number(value('sequence')),
    status: value('status'),
    start: value('dtstart'),
    attendees: (event?.getAllProperties('attendee') ?? []).map((attendee) =>
      String(attendee.getFirstValue()).toLowerCase(),
    ),
    organizer: value('organizer').toLowerCase(),
    location: value('location'),
  };
}

describe('mails about a session', () => {
  it('A77 A49 each side gets exactly one confirmation, in its own zone, with the stable link and an invitation', async () => {
    const pair = await app.pair();
    const sessionId = await buildSession(app.database, pair.coach.accountId, pair.clientId);
    await tell(pair, sessionId);
    await app.sendQueued();
    expect(app.sandbox.mailbox.messages).toHaveLength(2);
    for (const [person, zone] of [
      [pair.coach, 'Europe/Berlin'],
      [pair.client, 'America/New_York'],
    ] as const) {
      const mails = app.sandbox.mailbox.to(person.email);
      expect(mails).toHaveLength(1);
      const [mail] = mails;
      expect(mail?.subject).toMatch(/^Confirmed: Career coaching with (Ana Coach|Ben Client), /);
      expect(mail?.text).toContain(`(${zone})`);
      expect(mail?.html).toContain(zone);
      const entry = entryOf(mail);
      expect(entry).toMatchObject({
        method: 'REQUEST',
        sequence: 0,
        status: 'CONFIRMED',
        attendees: [`mailto:${person.email}`],
      });
      expect(entry.organizer).toBe('mailto:practice@practice.example.test');
      expect(mail?.icalendarMethod).toBe('REQUEST');
      expect(entry.location).toMatch(/^https:\/\/practice\.example\.test\/j\/[\w-]{24}$/);
      expect(mail?.text).toContain(entry.location);
    }
    const links = await app.database.many(
      sql`select 1 from join_links where session_id = ${sessionId}::uuid`,
    );
    expect(links).toHaveLength(1);
  });

  it('A81 the invitation is an alternative and an attachment, both equal', async () => {
    const pair = await app.pair();
    await tell(pair, await buildSession(app.database, pair.coach.accountId, pair.clientId));
    await app.sendQueued();
    const [mail] = app.sandbox.mailbox.to(pair.client.email);
    const raw = mail?.raw ?? '';
    expect(raw).toMatch(/content-type: multipart\/mixed/i);
    expect(raw).toMatch(/content-type: multipart\/alternative/i);
    expect(raw).toMatch(/content-type: text\/calendar; charset=utf-8; method=REQUEST/i);
    expect(raw).toMatch(/content-disposition: attachment; filename=invite\.ics/i);
    const parts = raw
      .split(/\r?\n--[^\r\n]+/)
      .filter((part) => /content-type: (text\/calendar|application\/ics)/i.test(part));
    expect(parts).toHaveLength(2);
    const [alternative, attachment] = parts.map((part) => {
      const [head = '', ...body] = part.split(/\r?\n\r?\n/);
      const text = body.join('\n\n');
      return /base64/i.test(head) ? Buffer.from(text, 'base64').toString('utf8') : text;
    });
    expect(ICAL.Component.fromString(alternative ?? '').toString()).toBe(
      ICAL.Component.fromString(attachment ?? '').toString(),
    );
  });

  it('A81 A87 book, move, move, cancel: one entry with one UID in the end, cancelled', async () => {
    const pair = await app.pair();
    const sessionId = await buildSession(app.database, pair.coach.accountId, pair.clientId);
    await tell(pair, sessionId);
    await app.sendQueued();
    for (const hours of [2, 24]) {
      await move(sessionId, hours);
      await tell(pair, sessionId);
      await app.sendQueued();
    }
    await cancel(sessionId, 'coach', 'by_coach', { message: 'I am ill, sorry.' });
    await tell(pair, sessionId);
    await app.sendQueued();
    for (const person of [pair.coach, pair.client]) {
      const mails = app.sandbox.mailbox.to(person.email);
      expect(mails.map(({ subject }) => subject.split(':')[0])).toEqual([
        'Confirmed',
        'New time',
        'New time',
        'Cancelled',
      ]);
      const entries = mails.map(entryOf);
      expect(entries.map(({ sequence }) => sequence)).toEqual([0, 1, 2, 3]);
      expect(entries.map(({ method }) => method)).toEqual(['REQUEST', 'REQUEST', 'REQUEST', 'CANCEL']);
      expect(mails.map(({ icalendarMethod }) => icalendarMethod)).toEqual([
        'REQUEST',
        'REQUEST',
        'REQUEST',
        'CANCEL',
      ]);
      expect(new Set(entries.map(({ organizer }) => organizer)).size).toBe(1);
      const calendar = new Map(entries.map((entry) => [entry.uid, entry]));
      expect([...calendar.values()].map(({ status }) => status)).toEqual(['CANCELLED']);
      expect(entries[0]?.start).not.toBe(entries[1]?.start);
    }
    const [toClient, toCoach] = [
      app.sandbox.mailbox.to(pair.client.email).at(-1),
      app.sandbox.mailbox.to(pair.coach.email).at(-1),
    ];
    expect(toClient?.text).toContain('Ana Coach writes:\n> I am ill, sorry.');
    expect(toClient?.text).toContain('Nothing had been paid for it.');
    expect(toCoach?.text).toContain('You cancelled this session.');
    expect(toCoach?.text).not.toContain('I am ill');
    expect(app.sandbox.mailbox.to(pair.client.email)[1]?.text).toMatch(/It was on .+ before\./);
  });

  it('A77 nothing is sent for a state that was replaced meanwhile', async () => {
    const pair = await app.pair();
    const sessionId = await buildSession(app.database, pair.coach.accountId, pair.clientId);
    await tell(pair, sessionId);
    await move(sessionId, 1);
    await tell(pair, sessionId);
    await cancel(sessionId, 'client', 'in_time');
    await tell(pair, sessionId);
    await app.sendQueued();
    expect(app.sandbox.mailbox.messages.map(({ subject }) => subject.split(':')[0])).toEqual([
      'Cancelled',
      'Cancelled',
    ]);
    const rows = await app.rows(pair.coach.accountId);
    expect(rows.map(({ kind, state }) => [kind, state])).toEqual([
      ['booking_confirmed', 'suppressed'],
      ['booking_confirmed', 'suppressed'],
      ['session_moved', 'suppressed'],
      ['session_moved', 'suppressed'],
      ['booking_cancelled', 'sent'],
      ['booking_cancelled', 'sent'],
    ]);
    expect(rows[0]?.suppressedReason).toBe('the session is cancelled (in_time) by now');
  });

  it('A77 a late job tells the present, not what its event said', async () => {
    const pair = await app.pair();
    const sessionId = await buildSession(app.database, pair.coach.accountId, pair.clientId);
    await move(sessionId, 3);
    await tell(pair, sessionId);
    await tell(pair, sessionId);
    await app.sendQueued();
    const mails = app.sandbox.mailbox.to(pair.client.email);
    expect(mails.map(({ subject }) => subject.split(':')[0])).toEqual(['Confirmed']);
    expect(entryOf(mails[0]).sequence).toBe(1);
  });

  it('A77 a hold is told to the client alone; paid before the mail went, it is not told at all', async () => {
    const pair = await app.pair();
    const held = { status: 'held', priceMinor: 9_000 } as const;
    const one = await buildSession(app.database, pair.coach.accountId, pair.clientId, held);
    await tell(pair, one);
    await app.sendQueued();
    const [mail] = app.sandbox.mailbox.messages;
    expect(app.sandbox.mailbox.messages).toHaveLength(1);
    expect(mail?.to).toEqual([pair.client.email]);
    expect(mail?.subject).toMatch(/^Awaiting payment/);
    expect(mail?.text).toContain('€90.00');
    expect(mail?.icalendar).toBeNull();

    const other = await buildSession(app.database, pair.coach.accountId, pair.clientId, held);
    await tell(pair, other);
    await app.database.execute(
      sql`update sessions set status = 'scheduled', hold_expires_at = null, payment_status = 'paid' where id = ${other}`,
    );
    await tell(pair, other);
    await app.sendQueued();
    expect(app.sandbox.mailbox.messages.slice(1).map(({ subject }) => subject.split(':')[0])).toEqual([
      'Confirmed',
      'Confirmed',
    ]);
  });

  it('A77 a hold that ran out is told once, to the client, without touching a calendar', async () => {
    const pair = await app.pair();
    const sessionId = await buildSession(app.database, pair.coach.accountId, pair.clientId, {
      status: 'held',
      priceMinor: 9_000,
    });
    await cancel(sessionId, 'system', 'hold_expired');
    await tell(pair, sessionId);
    await app.sendQueued();
    expect(app.sandbox.mailbox.messages.map(({ to, icalendar }) => [to, icalendar])).toEqual([
      [[pair.client.email], null],
    ]);
    expect(app.sandbox.mailbox.messages[0]?.subject).toMatch(/^Not booked/);
  });

  it('A87 A93 the words of the coach and the outcome of the refund reach the client once', async () => {
    const pair = await app.pair();
    const sessionId = await buildSession(app.database, pair.coach.accountId, pair.clientId, {
      priceMinor: 9_000,
    });
    await cancel(sessionId, 'coach', 'by_coach', {
      message: 'Next week?\n<b>A.</b>',
      refundMinor: 9_000,
      paymentStatus: 'refund_pending',
    });
    await tell(pair, sessionId);
    await app.sendQueued();
    await tell(pair, sessionId);
    await app.sendQueued();
    const mails = app.sandbox.mailbox.to(pair.client.email);
    expect(mails).toHaveLength(1);
    expect(mails[0]?.text).toContain('> Next week?\n> <b>A.</b>');
    expect(mails[0]?.html).toContain('Next week?<br>&lt;b&gt;A.&lt;/b&gt;');
    expect(mails[0]?.text).toContain(
      '€90.00 goes back to the card you paid with, which usually takes 5–7 business days.',
    );
    expect(mails[0]?.text).toContain('At least 24 hours before: in full.');
    expect(app.sandbox.mailbox.to(pair.coach.email)[0]?.text).toContain('€90.00 goes back to Ben Client.');
  });

  it('A77 a session that is over by the time of the job is not confirmed any more', async () => {
    const pair = await app.pair();
    const sessionId = await buildSession(app.database, pair.coach.accountId, pair.clientId);
    await tell(pair, sessionId);
    await advanceClock(app.database, 3 * 24 * 3_600);
    await app.database.execute(
      sql`update sessions set status = 'completed', completed_at = app_now() where id = ${sessionId}`,
    );
    await app.sendQueued();
    expect(app.sandbox.mailbox.messages).toEqual([]);
  });

  it('A77 names and words with line breaks add no header, no recipient and no line of a calendar', async () => {
    const evil = 'Eve\r\nBcc: victim@example.test\r\n\r\n<script>x</script>';
    const pair = await app.pair();
    const sessionId = await buildSession(app.database, pair.coach.accountId, pair.clientId, {
      offeringName: evil,
    });
    await app.database.execute(
      sql`update accounts set display_name = ${evil} where id = ${pair.coach.accountId}`,
    );
    await app.database.execute(sql`update clients set display_name = ${evil} where id = ${pair.clientId}`);
    await tell(pair, sessionId);
    await app.sendQueued();
    expect(app.sandbox.mailbox.messages).toHaveLength(2);
    for (const mail of app.sandbox.mailbox.messages) {
      expect(mail.to).toHaveLength(1);
      expect(mail.headers.map(({ name }) => name.toLowerCase())).not.toContain('bcc');
      expect(mail.html).not.toContain('<script');
      expect(mail.icalendar).not.toMatch(/^Bcc/m);
      expect(entryOf(mail).attendees).toHaveLength(1);
    }
  });

  it('A167 A49 with a meeting, mail and invitation hold its direct link and its numbers, and no link of a foreign host', async () => {
    const pair = await app.pair();
    const sessionId = await buildSession(app.database, pair.coach.accountId, pair.clientId);
    const number = {
      country: 'DE',
      countryName: 'Germany',
      city: null,
      number: '+49 69 7104 9922',
      tollFree: false,
      pin: '4711',
    };
    const addMeeting = (url: string): Promise<number> =>
      app.database.execute(sql`
        insert into meetings (coach_id, id, session_id, platform, state, external_id, join_url, dial_in, created_at, updated_at)
        values (${pair.coach.accountId}::uuid, gen_random_uuid(), ${sessionId}::uuid, 'zoom', 'ready', ${sessionId}, ${url},
          ${JSON.stringify([number])}::jsonb, app_now(), app_now())
        on conflict (coach_id, session_id) do update set join_url = excluded.join_url`);
    await addMeeting('https://us02web.zoom.us/j/123?pwd=abc');
    await tell(pair, sessionId);
    await app.sendQueued();
    const [mail] = app.sandbox.mailbox.to(pair.client.email);
    for (const part of ['https://us02web.zoom.us/j/123?pwd=abc', '+49 69 7104 9922', '4711']) {
      expect(mail?.text).toContain(part);
      expect(mail?.icalendar?.replaceAll('\r\n ', '')).toContain(part);
    }
    await addMeeting('https://evil.example/zoom.us');
    await move(sessionId, 1);
    await tell(pair, sessionId);
    await app.sendQueued();
    expect(app.sandbox.mailbox.to(pair.client.email).at(-1)?.raw).not.toContain('evil.example');
  });
});
