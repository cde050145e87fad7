import { Injectable } from '@nestjs/common';
import { insertAudit, type Actor } from '@app/accounts';
import { Database, sql, type RawBuilder } from '@app/database';
import { insertMessages, type DomainEvent } from '@app/outbox';
import { revenueDue } from '@app/packages';
import { countCompleted, lockClient, uncountCompleted } from './completed-count';
import { isLawful, type TransitionActor } from './domain/session-status';
import { sessionColumns, type CancelOutcome, type SessionRecord, type SessionStatus } from './session-record';
import { SessionChanged, SessionNotFound } from './sessions.errors';
import { supersedeProposals } from './superseding';

/** One lawful change of a session's status, with everything that must be written with it. */
export interface Transition {
  /** As it was read under its lock. */
  session: SessionRecord;
  to: SessionStatus;
  actor: Actor;
  now: Date;
  /** Dotted name for the audit, such as `session.cancel`. */
  action: string;
  outcome?: CancelOutcome;
  reason?: string | null;
  /** Facts for the reader of the timeline; no private texts. */
  details?: Record<string, unknown>;
  /** Further assignments of the session's row: `sql\`completed_at = …\``. */
  set?: RawBuilder<unknown>[];
  /** Statements that belong to the change, such as freeing the claim. */
  alongside?: RawBuilder<unknown>[];
  events: DomainEvent[];
}

/** Every write of a session's status goes through here: one statement that happens once or not at all. */
@Injectable()
export class SessionWrites {
  constructor(private readonly database: Database) {}

  /**
   * Locks the row until the end of the transaction.
   *
   * @throws SessionNotFound
   */
  async lock(coachId: string, id: string): Promise<SessionRecord> {
    const session = await this.database.maybe(
      sql<SessionRecord>`select ${sessionColumns} from sessions s where s.coach_id = ${coachId} and s.id = ${id} for no key update`,
    );
    if (session === undefined) throw new SessionNotFound();
    return session;
  }

  /**
   * @returns the session's new version
   * @throws SessionChanged when the row is no longer as it was read
   */
  async apply(transition: Transition): Promise<number> {
    const { session, to, actor, outcome, now } = transition;
    if (!isLawful(session, { to, outcome: outcome ?? null, by: moverOf(actor) }, now))
      throw new Error(`A session cannot go from ${session.status} to ${to} by ${actor.kind} now.`);
    // What is counted anew is read after the lock that others count under.
    if (session.status === 'completed') await this.database.execute(lockClient(session));
    const parts = [
      sql`moved as (${update(transition)})`,
      sql`timeline as (${insertTimelineEntry(entryOf(transition))})`,
      sql`audit as (${insertAudit(auditOf(transition))})`,
      ...(transition.events.length > 0 ? [sql`messages as (${insertMessages(transition.events)})`] : []),
      ...[...consequencesOf(transition), ...(transition.alongside ?? [])].map(
        (statement, index) => sql`${sql.raw(`also_${index}`)} as (${statement})`,
      ),
    ];
    const row = await this.database.maybe(
      sql<{ version: number }>`with ${sql.join(parts)} select version from moved`,
    );
    if (row === undefined) throw new SessionChanged(); // rolls back what stood beside it
    return row.version;
  }
}

function update({ session, to, now, outcome, set = [] }: Transition): RawBuilder<unknown> {
  const assignments = [
    sql`status = ${to}`,
    sql`outcome = ${outcome ?? null}::text`,
    sql`version = version + 1`,
    sql`updated_at = ${now}::timestamptz`,
    ...(session.status === 'held' ? [sql`hold_expires_at = null`] : []),
    ...(session.status === 'no_show' ? [sql`no_show_by = null`, sql`no_show_marked_at = null`] : []),
    ...set,
  ];
  return sql`update sessions set ${sql.join(assignments)}
    where coach_id = ${session.coachId} and id = ${session.id} and version = ${session.version} and status = ${session.status}
    returning version`;
}

/** What a status means for the client's count, the marking of a no-show and what was proposed, whoever changes it. */
function consequencesOf({ session, to, now }: Transition): RawBuilder<unknown>[] {
  return [
    ...(to === 'completed' ? [countCompleted(session)] : []),
    ...(session.status === 'completed' ? [uncountCompleted(session)] : []),
    ...(session.status === 'no_show' ? [endMarking(session, to, now)] : []),
    ...announceRevenue(session, to),
    // Other times for one that was to come, new times for one that was missed.
    ...(session.status === 'scheduled' || session.status === 'no_show'
      ? supersedeProposals(session.coachId, [session.id], now)
      : []),
  ];
}

/** Being delivered is what earns a package's money. */
function announceRevenue(
  { coachId, entitlementId, status }: SessionRecord,
  to: SessionStatus,
): RawBuilder<unknown>[] {
  const isDelivered = [status, to].some((each) => each === 'completed' || each === 'no_show');
  return entitlementId === null || !isDelivered
    ? []
    : [insertMessages([revenueDue({ coachId, id: entitlementId })])];
}

function endMarking({ coachId, id }: SessionRecord, to: SessionStatus, now: Date): RawBuilder<unknown> {
  return sql`update no_shows set ended_at = ${now}::timestamptz, ended_how = ${to === 'cancelled' ? 'voided' : 'undone'}
    where coach_id = ${coachId} and session_id = ${id} and ended_at is null`;
}

/** @throws Error for who never moves a session */
function moverOf({ kind }: Actor): TransitionActor {
  if (kind === 'stripe') return 'payment';
  if (kind === 'zoom' || kind === 'anonymous') throw new Error(`${kind} moves no session.`);
  return kind;
}

export interface TimelineEntry {
  coachId: string;
  sessionId: string;
  at: Date;
  kind: string;
  actor: Actor;
  fromStatus: SessionStatus | null;
  toStatus: SessionStatus | null;
  outcome?: CancelOutcome | null;
  reason?: string | null;
  details?: Record<string, unknown>;
}

/** The session's row must be locked, or new: entries are numbered without a gap. */
export function insertTimelineEntry(entry: TimelineEntry): RawBuilder<unknown> {
  return sql`insert into session_timeline
    (coach_id, session_id, seq, at, kind, actor_kind, actor_id, from_status, to_status, outcome, reason, details)
    values (${entry.coachId}::uuid, ${entry.sessionId}::uuid,
      (select coalesce(max(seq), 0) + 1 from session_timeline where coach_id = ${entry.coachId} and session_id = ${entry.sessionId}),
      ${entry.at}::timestamptz, ${entry.kind}, ${entry.actor.kind}, ${entry.actor.accountId}::uuid,
      ${entry.fromStatus}::text, ${entry.toStatus}::text, ${entry.outcome ?? null}::text, ${entry.reason ?? null}::text,
      ${JSON.stringify(entry.details ?? {})}::jsonb)`;
}

function entryOf({ session, to, actor, now, outcome, reason, details }: Transition): TimelineEntry {
  return {
    coachId: session.coachId,
    sessionId: session.id,
    at: now,
    kind: 'status_changed',
    actor,
    fromStatus: session.status,
    toStatus: to,
    outcome: outcome ?? null,
    reason: reason ?? null,
    ...(details === undefined ? {} : { details }),
  };
}

function auditOf({ session, to, actor, action, outcome }: Transition): Parameters<typeof insertAudit>[0] {
  return {
    coachId: session.coachId,
    actor,
    action,
    objectType: 'session',
    objectId: session.id,
    objectVersion: session.version + 1,
    before: { status: session.status },
    after: { status: to, ...(outcome === undefined ? {} : { outcome }) },
  };
}
