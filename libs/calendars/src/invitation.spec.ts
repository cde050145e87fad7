import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ICAL from 'ical.js';
import { calendarUid, invitation, type Invitation } from './invitation';

const SESSION_ID = '0198c2b0-7c00-7000-8000-000000000001';
const PUBLIC_URL = 'https://practice.example:8443/api';

const booked: Invitation = {
  method: 'REQUEST',
  uid: calendarUid(SESSION_ID, PUBLIC_URL),
  sequence: 0,
  changedAt: new Date('2026-03-20T12:00:00Z'),
  startsAt: new Date('2026-03-29T07:00:00Z'),
  endsAt: new Date('2026-03-29T08:00:00Z'),
  summary: 'Career coaching with Ana Sørensen',
  joinUrl: 'https://practice.example/j/0a1b2c3d4e5f60718293a4b5c6d7e8f9',
  details: ['Zoom: https://zoom.us/j/123456789', 'Dial in: +49 69 1234 5678, meeting 123 456 789'],
  organizer: { name: 'Ana Sørensen', email: 'practice@practice.example' },
  recipient: { name: 'Ben Okafor', email: 'Ben.Okafor@Example.com' },
};
const moved: Invitation = {
  ...booked,
  sequence: 1,
  changedAt: new Date('2026-03-21T09:30:00Z'),
  startsAt: new Date('2026-03-30T07:00:00Z'),
  endsAt: new Date('2026-03-30T08:00:00Z'),
};
const movedAgain: Invitation = {
  ...moved,
  sequence: 2,
  startsAt: new Date('2026-03-31T07:00:00Z'),
  endsAt: new Date('2026-03-31T08:00:00Z'),
};
const cancelled: Invitation = {
  ...movedAgain,
  method: 'CANCEL',
  sequence: 3,
  changedAt: new Date('2026-03-22T10:00:00Z'),
};

function parse(text: string): { calendar: ICAL.Component; event: ICAL.Component } {
  const calendar = ICAL.Component.fromString(text);
  const event = calendar.getFirstSubcomponent('vevent');
  if (event === null) throw new Error('no VEVENT');
  return { calendar, event };
}

const golden = (name: string): string => readFileSync(join(__dirname, 'golden', `${name}.ics`), 'utf8');

describe('invitation', () => {
  it.each([
    ['booked', booked],
    ['moved', moved],
    ['cancelled', cancelled],
  ])('A81 %s is written exactly as the golden file', (name, event) => {
    expect(invitation(event)).toBe(golden(name));
  });

  it('A81 holds one event with what a calendar needs to show its buttons', () => {
    const { calendar, event } = parse(invitation(booked));
    expect(calendar.getFirstPropertyValue('method')).toBe('REQUEST');
    expect(event.getFirstProperty('method')).toBeNull();
    expect(calendar.getAllSubcomponents('vevent')).toHaveLength(1);
    expect(event.getFirstPropertyValue('uid')).toBe(booked.uid);
    expect(event.getFirstPropertyValue('status')).toBe('CONFIRMED');
    expect(event.getFirstPropertyValue('dtstart')?.toString()).toBe('2026-03-29T07:00:00Z');
    expect(event.getFirstPropertyValue('dtend')?.toString()).toBe('2026-03-29T08:00:00Z');
    expect(event.getFirstPropertyValue('dtstamp')?.toString()).toBe('2026-03-20T12:00:00Z');
    expect(event.getFirstPropertyValue('organizer')?.toString().toLowerCase()).toBe(
      'mailto:practice@practice.example',
    );
    const attendees = event.getAllProperties('attendee');
    expect(attendees).toHaveLength(1);
    expect(attendees[0]?.getFirstValue()?.toString().toLowerCase()).toBe('mailto:ben.okafor@example.com');
    expect(attendees[0]?.getParameter('rsvp')).toBe('TRUE');
    expect(attendees[0]?.getParameter('partstat')).toBe('NEEDS-ACTION');
  });

  it('A81 A87 book, move, move, cancel leave one event, cancelled', () => {
    const mailbox = new Map<string, { sequence: number; status: unknown; organizer: unknown }>();
    const sequences: number[] = [];
    for (const message of [booked, moved, movedAgain, cancelled]) {
      const { event } = parse(invitation(message));
      const sequence = Number(event.getFirstPropertyValue('sequence'));
      const status = event.getFirstPropertyValue('status');
      sequences.push(sequence);
      mailbox.set(String(event.getFirstPropertyValue('uid')), {
        sequence,
        status,
        organizer: event.getFirstPropertyValue('organizer'),
      });
    }
    expect(sequences).toEqual([0, 1, 2, 3]);
    expect([...mailbox.values()]).toEqual([
      {
        sequence: 3,
        status: 'CANCELLED',
        organizer: parse(invitation(booked)).event.getFirstPropertyValue('organizer'),
      },
    ]);
  });

  it('A49 A167 carries link and dial-in in description, location and url', () => {
    const { event } = parse(invitation(booked));
    expect(event.getFirstPropertyValue('location')).toBe(booked.joinUrl);
    expect(event.getFirstPropertyValue('url')).toBe(booked.joinUrl);
    expect(event.getFirstPropertyValue('description')).toBe(
      [`Join: ${booked.joinUrl}`, ...(booked.details ?? [])].join('\n'),
    );
  });

  const HOSTILE =
    'Ann\r\nATTENDEE:mailto:evil@example.com\nMETHOD:CANCEL\r;,:"\\^\u0007\u0000\u2028END:VCALENDAR';

  it('A81 a hostile name or title cannot add a line', () => {
    const text = invitation({
      ...booked,
      summary: HOSTILE,
      details: [HOSTILE],
      organizer: { name: HOSTILE, email: 'practice@practice.example' },
      recipient: { name: HOSTILE, email: 'ben@example.com' },
    });
    const names = text
      .replaceAll('\r\n ', '')
      .split('\r\n')
      .map((line) => /^[A-Z-]*/.exec(line)?.[0]);
    const harmless = invitation(booked)
      .replaceAll('\r\n ', '')
      .split('\r\n')
      .map((line) => /^[A-Z-]*/.exec(line)?.[0]);
    expect(names).toEqual(harmless);
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
    const { event } = parse(text);
    expect(event.getAllProperties('attendee')).toHaveLength(1);
    expect(event.getFirstPropertyValue('summary')).toContain('evil@example.com');
  });

  it('A81 folds at 75 octets without cutting a letter', () => {
    const summary = `${'Gespräch über Möglichkeiten '.repeat(10)}日本語のセッション🙂`.repeat(3);
    const text = invitation({ ...booked, summary });
    for (const line of text.split('\r\n')) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75);
    expect(parse(text).event.getFirstPropertyValue('summary')).toBe(summary);
  });

  it.each([
    ['a UID with a line break', { uid: 'ses_1@host\r\nX-EVIL:1' }],
    ['an address with a line break', { recipient: { name: 'Ben', email: 'ben@example.com\r\nX-EVIL:1' } }],
    ['two addresses', { recipient: { name: 'Ben', email: 'ben@example.com,eve@example.com' } }],
    ['a link that runs', { joinUrl: 'javascript:alert(1)' }],
  ])('A81 refuses %s', (_, change) => {
    expect(() => invitation({ ...booked, ...change })).toThrow(RangeError);
  });

  it('A81 the UID stays the same whatever port or path we are reached at', () => {
    expect(calendarUid(SESSION_ID, 'https://practice.example')).toBe(booked.uid);
    expect(booked.uid).toMatch(/^ses_[0-9a-z]{26}@practice\.example$/);
  });
});
