import { publicId } from '@app/common';
import { sql } from '@app/database';
import { icalendarSummary } from '../../apps/sandbox/src/mail/icalendar-summary';
import type { TestApp } from '../support/test-app';
import type { Compared } from './ledgers';

interface Seen {
  sequence: number;
  /** `REQUEST` puts the session into the calendar, `CANCEL` takes it out. */
  methods: Set<string>;
}

/**
 * What stands in each person's calendar for each session, by the invitation with the highest SEQUENCE that they
 * received, whatever order and however often the mails came. Sessions that were cancelled before anybody was told of
 * them stand nowhere.
 */
export async function compareCalendars(app: TestApp): Promise<Compared> {
  const seen = new Map<string, Seen>();
  for (const mail of app.sandbox.mailbox.messages) {
    if (mail.icalendar === null) continue;
    const lines = new Map(icalendarSummary(mail.icalendar).map(({ name, value }) => [name, value]));
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
    where s.status in ('scheduled', 'cancelled')`);
  const all = rows.map(({ id, status, email }): [string, string] => [
    `${email} ${publicId('session', id)}`,
    status === 'cancelled' ? 'CANCEL' : 'REQUEST',
  ]);
  const ours = Object.fromEntries(all.filter(([key, method]) => method === 'REQUEST' || seen.has(key)));
  return { ours, theirs };
}
