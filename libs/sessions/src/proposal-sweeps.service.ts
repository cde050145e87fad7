import { Injectable } from '@nestjs/common';
import { Database, sql } from '@app/database';
import { PROPOSAL_EXPIRED } from './sessions.events';

/** Proposals that nobody answered run out: the old time stands, what was held is free (A79). */
@Injectable()
export class ProposalSweeps {
  constructor(private readonly database: Database) {}

  /**
   * One statement ends up to `most` of them with all that belongs to it; two workers never meet.
   *
   * @param coachId only this coach's, from within an act that needs the time
   */
  async expireDue(most: number, coachId?: string): Promise<number> {
    return this.database.transaction(async () => {
      const rows = await this.database.many(sql<{ id: string }>`
        with due as materialized (
          select p.coach_id, p.id, p.session_id
          from reschedule_proposals p join sessions s on s.coach_id = p.coach_id and s.id = p.session_id
          where p.status = 'open' and p.expires_at <= app_now()
            and (${coachId ?? null}::uuid is null or p.coach_id = ${coachId ?? null}::uuid)
          order by p.expires_at limit ${most} for no key update of s, p skip locked),
        ended as (
          update reschedule_proposals p set status = 'expired', closed_at = app_now(), version = p.version + 1
          from due where p.coach_id = due.coach_id and p.id = due.id
          returning p.coach_id, p.id, p.session_id, p.version),
        freed as (
          delete from calendar_claims c using due
          where c.coach_id = due.coach_id and c.session_id = due.session_id and c.kind = 'proposed_time'),
        timeline as (
          insert into session_timeline (coach_id, session_id, seq, at, kind, actor_kind, details)
          select e.coach_id, e.session_id,
            (select coalesce(max(t.seq), 0) + 1 from session_timeline t where t.coach_id = e.coach_id and t.session_id = e.session_id),
            app_now(), 'proposal_expired', 'worker', jsonb_build_object('proposalId', e.id)
          from ended e),
        audit as (
          insert into audit_entries (coach_id, id, at, actor_kind, action, object_type, object_id, object_version, after)
          select e.coach_id, uuidv7(), app_now(), 'worker', 'proposal.expire', 'proposal', e.id, e.version,
            jsonb_build_object('status', 'expired')
          from ended e),
        messages as (
          insert into outbox_messages (coach_id, id, type, payload)
          select e.coach_id, uuidv7(), ${PROPOSAL_EXPIRED}, jsonb_build_object('proposalId', e.id, 'sessionId', e.session_id)
          from ended e)
        select id from ended`);
      return rows.length;
    });
  }
}
