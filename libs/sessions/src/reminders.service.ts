import { Injectable } from '@nestjs/common';
import { Database, sql } from '@app/database';
import { REMINDER_DUE } from './sessions.events';

/** A reminder that came due and still counts: of a session that is scheduled, at the time it has, before its start. */
export interface DueReminder {
  startsAt: Date;
  /** How long before the start it is meant to come, minutes. */
  minutes: number;
}

/**
 * Reminders of sessions (domain.md 15). What is due is found in the rows of the sessions, so that nothing has to be taken
 * back when one is moved or cancelled (C18).
 */
@Injectable()
export class Reminders {
  constructor(private readonly database: Database) {}

  /**
   * Announces up to `most` reminders, each once for a time of its session. Of several that are due only the nearest to the
   * start comes, also after downtime. One whose moment was over when the session got its time is left out: people were
   * told of the time just then.
   *
   * @returns how many
   */
  async announceDue(most: number): Promise<number> {
    return this.database.transaction(async () => {
      const rows = await this.database.many(sql`
        with candidates as materialized (
          select s.coach_id, s.id, s.starts_at, s.version, s.booked_at, nearest.minutes
          from sessions s join coaches c on c.coach_id = s.coach_id
          cross join lateral (
            select min(m) as minutes from unnest(c.reminder_minutes) m
            where s.starts_at - make_interval(mins => m) <= (select app_now())) nearest
          where s.status = 'scheduled' and s.starts_at > app_now()
            and s.starts_at <= app_now() + make_interval(mins => (select max(m) from coaches, unnest(reminder_minutes) m))
            and nearest.minutes is not null
            and not exists (
              select 1 from session_reminders r
              where r.coach_id = s.coach_id and r.session_id = s.id and r.starts_at = s.starts_at and r.minutes = nearest.minutes)),
        due as (
          select c.* from candidates c
          where c.starts_at - make_interval(mins => c.minutes) > coalesce((
            select max(t.at) from session_timeline t
            where t.coach_id = c.coach_id and t.session_id = c.id and (t.kind = 'moved' or t.to_status = 'scheduled')), c.booked_at)
          order by c.starts_at limit ${most}),
        noted as (
          insert into session_reminders (coach_id, session_id, starts_at, minutes, due_at)
          select coach_id, id, starts_at, minutes, app_now() from due
          on conflict do nothing
          returning coach_id, session_id, starts_at, minutes)
        insert into outbox_messages (coach_id, id, type, payload)
        select n.coach_id, uuidv7(), ${REMINDER_DUE}, jsonb_build_object('sessionId', n.session_id, 'version', d.version)
        from noted n join due d on d.coach_id = n.coach_id and d.id = n.session_id
        returning id`);
      return rows.length;
    });
  }

  /** The reminder that is to be sent now, the last that came due; undefined once the session changed or began. */
  async present(coachId: string, sessionId: string): Promise<DueReminder | undefined> {
    return this.database.maybe(sql<DueReminder>`
      select r.starts_at as "startsAt", r.minutes from session_reminders r
      join sessions s on s.coach_id = r.coach_id and s.id = r.session_id and s.starts_at = r.starts_at
      where r.coach_id = ${coachId} and r.session_id = ${sessionId} and s.status = 'scheduled' and s.starts_at > app_now()
      order by r.minutes limit 1`);
  }
}
