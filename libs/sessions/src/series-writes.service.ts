import { Injectable } from '@nestjs/common';
import { insertAudit } from '@app/accounts';
import { releaseClaimsOf } from '@app/availability';
import { Database, sql, together } from '@app/database';
import { insertMessages, type DomainEvent } from '@app/outbox';
import type { PlannedAction, PlannedOccurrence, SeriesShape } from './domain/series-plan';
import { BY_SERIES } from './series.events';
import { SeriesMoney } from './series-money.service';
import { insertSeries, updateSeries, type NewSeriesFacts } from './series-row-writes';
import {
  applyTerms,
  callOffSessions,
  changedSession,
  claimTimes,
  insertSeriesSessions,
  newSessions,
  paymentDetails,
  payOtherwise,
  placeSessions,
  recordSessions,
  recountCompleted,
  type ChangedSession,
  type NewSession,
  type SeriesAct,
} from './series-session-writes';
import type { CancelOutcome } from './session-record';
import { supersedeProposals } from './superseding';

export interface SeriesEffects {
  /** The series that is left, and the one that its later occurrences belong to from now on, where it is split. */
  seriesId: string;
  splitOffId: string | null;
  occurrences: readonly PlannedOccurrence[];
  reason?: string | undefined;
}

const MOVED = { kind: 'moved', action: 'session.move', event: BY_SERIES.moved } as const;
const EDITED = { kind: 'edited', action: 'session.edit', event: BY_SERIES.edited } as const;

const OUTCOMES: Partial<Record<PlannedAction, CancelOutcome>> = {
  cancel: 'by_coach',
  skip: 'skipped',
  pause: 'paused',
  void: 'retroactive',
};

/**
 * Carries out what a plan lists, in sets: every effect reads the same list of occurrences. The coach and the series are
 * locked, and the rows of the series are as they will be.
 */
@Injectable()
export class SeriesWrites {
  constructor(
    private readonly database: Database,
    private readonly money: SeriesMoney,
  ) {}

  /**
   * @throws an error of the constraint `claims_never_overlap` when a time is taken after all; NoCreditLeft when a credit is
   */
  async carryOut(act: SeriesAct, effects: SeriesEffects): Promise<void> {
    const { occurrences } = effects;
    const having = (...actions: PlannedAction[]): PlannedOccurrence[] =>
      occurrences.filter(({ action }) => actions.includes(action));
    // While a series shifts, one session may stand for a moment where another is about to leave.
    await this.database.execute(sql`set constraints claims_never_overlap deferred`);
    await this.rekey(act, effects);
    await this.money.giveBack(act, occurrences);
    await this.callOff(act, having('cancel', 'skip', 'pause', 'void'), effects.reason);
    const placed: NewSession[] = [];
    for (const how of ['move', 'edit', 'restore'] as const) {
      const sessions = newSessions(having(how));
      await this.place(act, sessions, how);
      placed.push(...sessions);
    }
    const booked = newSessions(having('book'));
    await this.book(act, booked, effects);
    await this.money.collect(act, effects.splitOffId ?? effects.seriesId, [...placed, ...booked]);
    await this.writeOccurrences(act, effects, booked);
    await this.database.execute(sql`set constraints all immediate`);
  }

  /** New values of a series that is locked; its version and the calendar's sequence rise. */
  async changeSeries(act: SeriesAct, id: string, shape: SeriesShape): Promise<void> {
    await this.database.execute(updateSeries(act, id, shape));
  }

  /** A series that is made, or that goes on where another was split. */
  async insertSeries(act: SeriesAct, id: string, shape: SeriesShape, facts: NewSeriesFacts): Promise<void> {
    await this.database.execute(insertSeries(act, id, shape, facts));
  }

  /** The act itself: one entry in the audit for each series that it touches, one event. */
  async recordAct(
    { coachId, actor, planId }: SeriesAct,
    action: string,
    series: readonly { id: string; version: number }[],
    event: DomainEvent,
    after: Record<string, unknown>,
  ): Promise<void> {
    const entries = series.map(({ id, version }) =>
      insertAudit({
        coachId,
        actor,
        action,
        objectType: 'series',
        objectId: id,
        objectVersion: version,
        ...(planId === null ? {} : { cause: planId }),
        after,
      }),
    );
    await this.database.execute(together(...entries, insertMessages([event])));
  }

  /** What goes on in another series, or under another rule, keeps its session and gets its new RECURRENCE-ID. */
  private async rekey(
    { coachId, now }: SeriesAct,
    { seriesId, splitOffId, occurrences }: SeriesEffects,
  ): Promise<void> {
    const moved = occurrences.filter(
      (each) => each.splitOff || each.newOriginalStartsAt !== each.originalStartsAt,
    );
    if (moved.length === 0) return;
    const target = splitOffId ?? seriesId;
    const each = sql`unnest(${moved.map((one) => one.originalStartsAt)}::timestamptz[],
      ${moved.map((one) => one.newOriginalStartsAt)}::timestamptz[]) as each (old, new)`;
    await this.database.execute(
      together(
        sql`update series_occurrences o set series_id = ${target}::uuid, original_starts_at = each.new, updated_at = ${now}::timestamptz
          from ${each} where o.coach_id = ${coachId}::uuid and o.series_id = ${seriesId}::uuid and o.original_starts_at = each.old`,
        sql`update sessions s set series_id = ${target}::uuid, original_starts_at = each.new
          from ${each} where s.coach_id = ${coachId}::uuid and s.series_id = ${seriesId}::uuid and s.original_starts_at = each.old`,
      ),
    );
  }

  private async callOff(
    act: SeriesAct,
    planned: readonly PlannedOccurrence[],
    reason?: string,
  ): Promise<void> {
    if (planned.length === 0) return;
    const statuses = await this.statusesOf(act.coachId, planned);
    const sessions = planned.map((each): ChangedSession => {
      const { sessionId, action } = each;
      const outcome = OUTCOMES[action];
      if (sessionId === null || outcome === undefined) throw new Error('Only a session can be called off.');
      return {
        id: sessionId,
        from: statuses.get(sessionId) ?? null,
        to: 'cancelled',
        outcome,
        reason,
        details: paymentDetails(each),
      };
    });
    const ids = sessions.map(({ id }) => id);
    const voided = sessions.filter(({ outcome }) => outcome === 'retroactive').map(({ id }) => id);
    if (voided.length > 0)
      await this.database.execute(sql`
        update no_shows set ended_at = ${act.now}::timestamptz, ended_how = 'voided'
        where coach_id = ${act.coachId}::uuid and session_id = any(${voided}::uuid[]) and ended_at is null`);
    const [proposals] = supersedeProposals(act.coachId, ids, act.now);
    await this.database.execute(
      together(callOffSessions(act, sessions), releaseClaimsOf(act.coachId, ids), proposals),
    );
    if (voided.length > 0) await this.database.execute(recountCompleted(act.coachId, voided));
    await this.database.execute(
      together(
        ...recordSessions(act, sessions, {
          kind: 'status_changed',
          action: 'session.cancel',
          event: BY_SERIES.cancelled,
        }),
      ),
    );
  }

  private async statusesOf(
    coachId: string,
    planned: readonly PlannedOccurrence[],
  ): Promise<Map<string, NonNullable<ChangedSession['from']>>> {
    const ids = planned.map(({ sessionId }) => sessionId);
    const rows = await this.database.many(sql<{ id: string; status: NonNullable<ChangedSession['from']> }>`
      select id, status from sessions where coach_id = ${coachId}::uuid and id = any(${ids}::uuid[]) order by id for no key update`);
    return new Map(rows.map(({ id, status }) => [id, status]));
  }

  private async place(
    act: SeriesAct,
    sessions: readonly NewSession[],
    how: 'move' | 'edit' | 'restore',
  ): Promise<void> {
    if (sessions.length === 0) return;
    const ids = sessions.map(({ id }) => id);
    await this.database.execute(placeSessions(act, sessions, how === 'restore'));
    const resold = sessions.filter(({ planned }) => planned.newTerms !== null);
    if (resold.length > 0) await this.database.execute(applyTerms(act.coachId, resold));
    const repaid = sessions.filter(({ planned }) => planned.isPaidAnew);
    if (repaid.length > 0) await this.database.execute(payOtherwise(act.coachId, repaid));
    const changed = sessions.map(({ id, planned }) => changedSession(id, planned, how));
    if (how === 'restore') return this.recordScheduled(act, changed);
    const told = how === 'move' ? MOVED : EDITED;
    await this.database.execute(
      together(
        claimTimes(act.coachId, ids, true),
        ...supersedeProposals(act.coachId, ids, act.now),
        ...recordSessions(act, changed, told),
      ),
    );
  }

  private async book(act: SeriesAct, sessions: readonly NewSession[], effects: SeriesEffects): Promise<void> {
    if (sessions.length === 0) return;
    await this.database.execute(insertSeriesSessions(act, effects.splitOffId ?? effects.seriesId, sessions));
    const changed = sessions.map(({ id, planned }): ChangedSession => ({
      id,
      from: null,
      to: 'scheduled',
      details: paymentDetails(planned),
    }));
    await this.recordScheduled(act, changed);
  }

  private async recordScheduled(act: SeriesAct, changed: readonly ChangedSession[]): Promise<void> {
    await this.database.execute(
      together(
        claimTimes(
          act.coachId,
          changed.map(({ id }) => id),
          false,
        ),
        ...recordSessions(act, changed, {
          kind: 'status_changed',
          action: 'session.book',
          event: BY_SERIES.scheduled,
        }),
      ),
    );
  }

  /** One row per occurrence: those that are new, and the state of those that there are. */
  private async writeOccurrences(
    { coachId, now }: SeriesAct,
    { seriesId, splitOffId, occurrences: all }: SeriesEffects,
    booked: readonly NewSession[],
  ): Promise<void> {
    const occurrences = all.filter(({ action }) => action !== 'keep');
    if (occurrences.length === 0) return;
    const ids = new Map(booked.map(({ id, planned }) => [planned, id]));
    const each = sql`unnest(${occurrences.map((one) => one.newOriginalStartsAt)}::timestamptz[],
      ${occurrences.map((one) => one.state)}::text[], ${occurrences.map((one) => ids.get(one) ?? one.sessionId)}::uuid[],
      ${occurrences.map((one) => one.added)}::boolean[],
      ${occurrences.map((one) => JSON.stringify(one.conflicts.map(({ code, text }) => ({ code, text }))))}::jsonb[])
      as each (original, state, session_id, added, reasons)`;
    const target = splitOffId ?? seriesId;
    await this.database.execute(sql`
      update series_occurrences o set state = each.state, session_id = each.session_id, reasons = each.reasons, updated_at = ${now}::timestamptz
      from ${each}
      where o.coach_id = ${coachId}::uuid and o.series_id = ${target}::uuid and o.original_starts_at = each.original
        and (o.state, o.session_id, o.reasons) is distinct from (each.state, each.session_id, each.reasons)`);
    await this.database.execute(sql`
      insert into series_occurrences (coach_id, series_id, original_starts_at, state, session_id, added, reasons, updated_at)
      select ${coachId}::uuid, ${target}::uuid, each.original, each.state, each.session_id, each.added, each.reasons, ${now}::timestamptz
      from ${each}
      where not exists (select from series_occurrences o
        where o.coach_id = ${coachId}::uuid and o.series_id = ${target}::uuid and o.original_starts_at = each.original)`);
  }
}
