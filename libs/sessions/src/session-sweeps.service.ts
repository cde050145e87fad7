import { Injectable } from '@nestjs/common';
import { Database, sql, type RawBuilder } from '@app/database';
import { REVENUE_DUE } from '@app/packages';

/** The business time, asked for once in a statement: as a plain call it is asked for again with each row. */
const NOW = sql`(select app_now())`;

/** Statements of a set of sessions that change together: history, audit and events of each. */
interface SweepChange {
  due: RawBuilder<unknown>;
  update: RawBuilder<unknown>;
  toStatus: 'completed' | 'cancelled';
  fromStatus: 'scheduled' | 'held';
  outcome: 'hold_expired' | null;
  action: string;
  eventType: string;
  also: RawBuilder<unknown>[];
}

/**
 * Time-driven changes, in sets: one statement moves up to `most` sessions with all that belongs to them, so
 * three days of downtime are caught up in seconds and two workers never meet (skip locked).
 */
@Injectable()
export class SessionSweeps {
  constructor(private readonly database: Database) {}

  /** A14: scheduled sessions whose end plus the coach's grace has passed become completed, once. */
  async completeDue(most: number): Promise<number> {
    return this.sweep({
      due: sql`
        select s.coach_id, s.id, s.client_id, s.starts_at, s.version, s.entitlement_id
        from sessions s join coaches c on c.coach_id = s.coach_id
        where s.status = 'scheduled' and s.ends_at <= ${NOW}
          and s.ends_at + make_interval(mins => c.completion_grace_minutes) <= ${NOW}
        order by s.ends_at limit ${most} for no key update of s skip locked`,
      update: sql`status = 'completed', completed_at = ${NOW}`,
      fromStatus: 'scheduled',
      toStatus: 'completed',
      outcome: null,
      action: 'session.complete',
      eventType: 'sessions.session_completed',
      also: [
        // In one order: two workers with sessions of the same clients wait for each other, never in a circle.
        sql`update clients c set completed_sessions = c.completed_sessions + done.count, version = c.version + 1,
              last_session_at = greatest(c.last_session_at, done.latest)
            from (
              select m.coach_id, m.id, counted.count, counted.latest
              from (select coach_id, client_id, count(*)::int as count, max(starts_at) as latest from due group by 1, 2) counted
              join clients m on m.coach_id = counted.coach_id and m.id = counted.client_id
              order by m.coach_id, m.id for no key update of m) done
            where c.coach_id = done.coach_id and c.id = done.id`,
        // A proposal runs out at the start; whoever has not swept it away by the end finds it closed here.
        sql`update reschedule_proposals p set status = 'superseded', closed_at = ${NOW}, version = p.version + 1
            from due where p.coach_id = due.coach_id and p.session_id = due.id and p.status = 'open'`,
        sql`delete from calendar_claims c using due
            where c.coach_id = due.coach_id and c.session_id = due.id and c.kind = 'proposed_time'`,
        // Once for each package, however many of its sessions end together.
        sql`insert into outbox_messages (coach_id, id, type, payload)
            select coach_id, uuidv7(), ${REVENUE_DUE}, jsonb_build_object('entitlementId', entitlement_id)
            from due where entitlement_id is not null group by coach_id, entitlement_id`,
      ],
    });
  }

  /**
   * Holds that ran out give their time back. One whose payment is being processed stays, at most an hour longer.
   *
   * @param coachId only this coach's, from within a booking that needs the time
   */
  async expireHolds(most: number, coachId?: string): Promise<number> {
    return this.sweep({
      due: sql`
        select s.coach_id, s.id, s.client_id, s.starts_at, s.version from sessions s
        where s.status = 'held' and (${coachId ?? null}::uuid is null or s.coach_id = ${coachId ?? null}::uuid)
          and s.hold_expires_at <= ${NOW} - case when s.payment_status = 'processing' then interval '1 hour' else interval '0' end
        order by s.hold_expires_at limit ${most} for no key update skip locked`,
      update: sql`status = 'cancelled', outcome = 'hold_expired', cancelled_at = ${NOW}, cancelled_by = 'system', hold_expires_at = null`,
      fromStatus: 'held',
      toStatus: 'cancelled',
      outcome: 'hold_expired',
      action: 'session.expire_hold',
      eventType: 'sessions.session_cancelled',
      also: [
        sql`delete from calendar_claims c using due where c.coach_id = due.coach_id and c.session_id = due.id`,
      ],
    });
  }

  private async sweep(change: SweepChange): Promise<number> {
    return this.database.transaction(async () => {
      const [before, after] = [change.fromStatus, change.toStatus].map((status) =>
        JSON.stringify({ status }),
      );
      const extra = change.also.map((statement, index) => sql`${sql.raw(`also_${index}`)} as (${statement})`);
      const { count } = await this.database.one(sql<{ count: number }>`
        with due as materialized (${change.due}),
        moved as (
          update sessions s set ${change.update}, version = s.version + 1, updated_at = ${NOW}
          from due where s.coach_id = due.coach_id and s.id = due.id
          returning s.coach_id, s.id, s.version),
        timeline as (
          insert into session_timeline (coach_id, session_id, seq, at, kind, actor_kind, from_status, to_status, outcome)
          select m.coach_id, m.id,
            (select coalesce(max(t.seq), 0) + 1 from session_timeline t where t.coach_id = m.coach_id and t.session_id = m.id),
            ${NOW}, 'status_changed', 'worker', ${change.fromStatus}, ${change.toStatus}, ${change.outcome}::text
          from moved m),
        audit as (
          insert into audit_entries (coach_id, id, at, actor_kind, action, object_type, object_id, object_version, before, after)
          select m.coach_id, uuidv7(), ${NOW}, 'worker', ${change.action}, 'session', m.id, m.version,
            ${before}::jsonb, ${after}::jsonb
          from moved m),
        messages as (
          insert into outbox_messages (coach_id, id, type, payload)
          select m.coach_id, uuidv7(), ${change.eventType},
            jsonb_build_object('sessionId', m.id, 'version', m.version, 'outcome', ${change.outcome}::text)
          from moved m)
        ${extra.length > 0 ? sql`, ${sql.join(extra)}` : sql``}
        select count(*)::int as count from moved`);
      return count;
    });
  }
}
