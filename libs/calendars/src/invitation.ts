import ical, {
  ICalAttendeeRole,
  ICalAttendeeStatus,
  ICalAttendeeType,
  ICalCalendarMethod,
  ICalEventStatus,
} from 'ical-generator';
import { publicId, singleLine } from '@app/common';
import { address, link, PRODUCT, uid } from './calendar-parts';

export type InvitationMethod = 'REQUEST' | 'CANCEL';

export interface CalendarPerson {
  name: string;
  email: string;
}

/** One session as one recipient's calendar shall know it. */
export interface Invitation {
  method: InvitationMethod;
  /** The same for the session's whole life; see `calendarUid`. */
  uid: string;
  /** The session's calendar sequence: rises with every change of time, place or status. */
  sequence: number;
  /** When the change happened that this tells of (DTSTAMP). */
  changedAt: Date;
  startsAt: Date;
  endsAt: Date;
  summary: string;
  /** The stable link that leads to whatever meeting the session has. */
  joinUrl: string;
  /** Further lines under the link: direct link, dial-in numbers. */
  details?: readonly string[];
  /** The address of all our mails, with the coach's name: it must never differ between two mails of one session. */
  organizer: CalendarPerson;
  recipient: CalendarPerson;
}

/** The name of a session's calendar object (RFC 5545 3.8.4.7), for life. */
export function calendarUid(sessionId: string, publicUrl: string): string {
  return `${publicId('session', sessionId)}@${new URL(publicUrl).hostname}`;
}

/**
 * An iTIP message (RFC 5546) for one recipient: REQUEST puts the session into a calendar or changes it there, CANCEL
 * takes it out. Times are UTC instants, which need no VTIMEZONE. Rule: reliability.md R15, R22.
 *
 * @throws RangeError for a UID, address or link that could break out of its line
 */
export function invitation(event: Invitation): string {
  const calendar = ical({ prodId: PRODUCT, method: ICalCalendarMethod[event.method] });
  const joinUrl = link(event.joinUrl);
  calendar.createEvent({
    id: uid(event.uid),
    sequence: event.sequence,
    stamp: event.changedAt,
    start: event.startsAt,
    end: event.endsAt,
    summary: singleLine(event.summary),
    description: [`Join: ${joinUrl}`, ...(event.details ?? [])].map(singleLine).join('\n'),
    location: joinUrl,
    url: joinUrl,
    status: event.method === 'CANCEL' ? ICalEventStatus.CANCELLED : ICalEventStatus.CONFIRMED,
    organizer: { name: singleLine(event.organizer.name), email: address(event.organizer.email) },
    attendees: [
      {
        name: singleLine(event.recipient.name),
        email: address(event.recipient.email),
        role: ICalAttendeeRole.REQ,
        type: ICalAttendeeType.INDIVIDUAL,
        status: ICalAttendeeStatus.NEEDSACTION,
        rsvp: true,
      },
    ],
  });
  return `${calendar.toString().trimEnd()}\r\n`;
}
