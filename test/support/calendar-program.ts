import ICAL from 'ical.js';
import { simpleParser } from 'mailparser';

interface CalendarObject {
  sequence: number;
  organizer: string;
  text: string;
}

/** A calendar that is fed by nothing but mails, as RFC 5546 says: it knows an object by its UID. */
export class CalendarProgram {
  private readonly objects = new Map<string, CalendarObject>();
  /** Of each UID that was ever heard of, the sequences in the order of their mails. */
  readonly sequences = new Map<string, number[]>();
  readonly organizers = new Set<string>();

  /** @param raw source of a mail; each calendar object in it is taken once */
  async receive(raw: string): Promise<void> {
    const mail = await simpleParser(raw);
    const texts = mail.attachments
      .filter(({ contentType }) => contentType === 'text/calendar' || contentType === 'application/ics')
      .map(({ content }) => content.toString('utf8').replaceAll('\r\n', '\n').trim());
    for (const text of new Set(texts)) this.take(text);
  }

  private take(text: string): void {
    const calendar = ICAL.Component.fromString(text);
    const master = calendar.getFirstSubcomponent('vevent');
    if (master === null) throw new Error('a calendar without an event');
    const uid = String(master.getFirstPropertyValue('uid'));
    const sequence = Number(master.getFirstPropertyValue('sequence'));
    const organizer = String(master.getFirstPropertyValue('organizer')).toLowerCase();
    this.organizers.add(organizer);
    const heard = this.sequences.get(uid) ?? [];
    this.sequences.set(uid, [...heard, sequence]);
    // What was taken out stays out, however late an older mail comes.
    if (heard.some((earlier) => earlier >= sequence)) return;
    if (calendar.getFirstPropertyValue('method') === 'CANCEL') this.objects.delete(uid);
    else this.objects.set(uid, { sequence, organizer, text });
  }

  get uids(): string[] {
    return [...this.objects.keys()];
  }

  /** Start and end of all that the calendar shows before an instant, ISO in UTC, by start. */
  shown(until: string): [start: string, end: string][] {
    return [...this.objects.values()]
      .flatMap(({ text }) => spans(text, new Date(until)))
      .toSorted(([a], [b]) => a.localeCompare(b));
  }
}

function spans(text: string, until: Date): [start: string, end: string][] {
  const calendar = ICAL.Component.fromString(text);
  for (const zone of calendar.getAllSubcomponents('vtimezone')) ICAL.TimezoneService.register(zone);
  const [master, ...exceptions] = calendar.getAllSubcomponents('vevent');
  const event = new ICAL.Event(master, { exceptions });
  const found: [string, string][] = [];
  const add = (start: ICAL.Time, end: ICAL.Time): void => void found.push([instant(start), instant(end)]);
  if (event.isRecurring()) {
    const iterator = event.iterator();
    for (let next = iterator.next(); next && next.toJSDate() < until; next = iterator.next()) {
      const { startDate, endDate } = event.getOccurrenceDetails(next);
      add(startDate, endDate);
    }
  } else add(event.startDate, event.endDate);
  ICAL.TimezoneService.reset();
  return found;
}

function instant(time: ICAL.Time): string {
  return new Date(time.toUnixTime() * 1_000).toISOString();
}
