import { publicId } from '@app/common';
import { sql } from '@app/database';
import { icalendarSummary } from '../../apps/sandbox/src/mail/icalendar-summary';
import { CalendarProgram } from '../support/calendar-program';
import type { TestApp } from '../support/test-app';
import type { Compared } from './ledgers';

const FURTHER_MS = 60 * 86_400_000;

interface Seen {
  sequence: number;
  /** `REQUEST` puts the session into the calendar, `CANCEL` takes it out. */
  methods: Set<string>;
}

/**
 * What stands in each person's calendar for each session, by the invitation with the highest SEQUENCE that they
 * received, whatever order and however often the mails came. Sessions that were cancelled before anybody was told of
 * them stand nowhere; those that took place, or were missed, stay where they were
 * told of in time.
 */
export async function compareCalendars(app: TestApp): Promise<Compared> {
  const seen = new Map<string, Seen>();
  for (const mail of app.sandbox.mailbox.messages) {
    if (mail.icalendar === null || isOfSeries(mail.icalendar)) continue;
    const lines = linesOf(mail.icalendar);
    const key = `${mail.to.join()} ${lines.get('UID')?.split('@')[0]}`;
    const sequence = Number(lines.get('SEQUENCE'));
    const before = seen.get(key);
    const newest =
      before === undefined || before.sequence < sequence ? { sequence, methods: new Set<string>() } : before;
    if (newest.sequence === sequence) newest.methods.add(lines.get('METHOD') ?? '');
    seen.set(key, newest);
  }
  const theirs = Object.fromEntries([...seen].map(([key, { methods }]) => [key, [...methods].join()]));

  const rows = await app.database.many(sql<{ id: string; status: string; email: string }>`
    select s.id, s.status, a.email from sessions s
    join clients c on c.coach_id = s.coach_id and c.id = s.client_id
    join accounts a on a.id in (s.coach_id, c.account_id)
    where s.series_id is null and s.status <> 'held'`);
  const entries = rows.map(({ id, status, email }) => ({
    key: `${email} ${publicId('session', id)}`,
    method: status === 'cancelled' ? 'CANCEL' : 'REQUEST',
    isToCome: status === 'scheduled',
  }));
  const ours = Object.fromEntries(
    entries.filter(({ key, isToCome }) => isToCome || seen.has(key)).map(({ key, method }) => [key, method]),
  );
  return { ours, theirs };
}

/**
 * What each person's calendar shows of series, fed by nothing but the mails, against their sessions: one entry each, up to
 * where the last endless series is planned. A session that took place, or was missed, stays.
 */
export async function compareSeriesCalendars(app: TestApp): Promise<Compared> {
  const programs = new Map<string, CalendarProgram>();
  for (const mail of app.sandbox.mailbox.messages) {
    if (mail.icalendar === null || !isOfSeries(mail.icalendar)) continue;
    const program = programs.get(mail.to.join()) ?? new CalendarProgram();
    programs.set(mail.to.join(), program);
    await program.receive(mail.raw);
  }
  const { until } = await app.database.one(sql<{ until: Date }>`
    select least(min(materialised_until), app_now() + interval '60 days') as until from series where state in ('active', 'paused')`);
  const rows = await app.database.many(sql<{ email: string; startsAt: Date; endsAt: Date }>`
    select a.email, s.starts_at as "startsAt", s.ends_at as "endsAt" from sessions s
    join clients c on c.coach_id = s.coach_id and c.id = s.client_id
    join accounts a on a.id in (s.coach_id, c.account_id)
    where s.series_id is not null and s.status <> 'cancelled' and s.starts_at < ${until}::timestamptz
    order by s.starts_at, s.ends_at`);
  const ours: Record<string, string[]> = {};
  for (const { email, startsAt, endsAt } of rows)
    (ours[email] ??= []).push(`${startsAt.toISOString()} ${endsAt.toISOString()}`);
  const theirs: Record<string, string[]> = {};
  for (const [email, program] of programs) {
    // What was to come later may have been moved here.
    const shown = program
      .shown(new Date(until.getTime() + FURTHER_MS).toISOString())
      .filter(([start]) => start < until.toISOString())
      .map((span) => span.join(' '));
    if (shown.length > 0) theirs[email] = shown;
  }
  return { ours, theirs };
}

/** A digest carries the objects of series, any other mail that of one session. */
function isOfSeries(icalendar: string): boolean {
  return !linesOf(icalendar).get('UID')?.startsWith('ses_');
}

function linesOf(icalendar: string): Map<string, string> {
  return new Map(icalendarSummary(icalendar).map(({ name, value }) => [name, value]));
}
