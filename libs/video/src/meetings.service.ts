import { Injectable } from '@nestjs/common';
import { Clock } from '@app/common';
import {
  ConnectionNeedsAttention,
  Connections,
  PlatformUnavailable,
  type ConnectionRecord,
} from '@app/connections';
import { Database, sql } from '@app/database';
import { Outbox } from '@app/outbox';
import { SessionLife, SessionQueries, type SessionRecord } from '@app/sessions';
import { desiredMeeting, meetingTimes, sameTimes, type DesiredMeeting } from './domain/desired-meeting';
import { retryTime } from './domain/retry-time';
import { JoinLinks } from './join-links.service';
import { MeetingClaims, type MeetingChanges, type Unfinished } from './meeting-claims';
import { deleted, failed, planOf, ready } from './meeting-outcomes';
import type { MeetingRecord, PlatformMeeting } from './meeting-record';
import {
  MeetingGone,
  MeetingPostponed,
  MeetingRunning,
  PlatformLimitReached,
  PlatformRefused,
} from './video.errors';
import { meetingFailed, meetingReady, meetingSyncRequested } from './video.events';
import { ZoomMeetings, type MeetingPlan } from './zoom/zoom-meetings';

/** A limit that ends sooner is left to the job's own retries; a later one to the sweep. */
const SHORT_WAIT_MS = 60_000;
/** A room that people are in is deleted when they have left. */
const RUNNING_WAIT_MS = 5 * 60_000;
/** After so many tries without an answer the job's quick retries are spared. */
const FAILURES_IN_A_ROW = 5;

export interface SessionRef {
  coachId: string;
  sessionId: string;
}

/** Brings the room of a session in line with the session (domain.md 13). */
@Injectable()
export class Meetings {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly outbox: Outbox,
    private readonly sessions: SessionQueries,
    private readonly sessionLife: SessionLife,
    private readonly connections: Connections,
    private readonly claims: MeetingClaims,
    private readonly joinLinks: JoinLinks,
    private readonly zoom: ZoomMeetings,
  ) {}

  /**
   * Job: makes, moves or deletes the room as the session is now, whatever the news was. Run twice it does nothing
   * more; killed anywhere and run again it ends with exactly one room.
   *
   * @throws PlatformUnavailable, MeetingBusy: the job comes again at once; MeetingPostponed: after a pause
   */
  async sync(coachId: string, sessionId: string): Promise<void> {
    const before = await this.desired(coachId, sessionId);
    const meeting = await this.claims.take(
      coachId,
      sessionId,
      before.wanted === 'meeting' ? 'zoom' : undefined,
    );
    if (meeting === undefined) return;
    // Read again: it may have changed while somebody else had the claim.
    const { session, wanted, now } = await this.desired(coachId, sessionId);
    try {
      const changes = await this.act(meeting, session, wanted, now);
      if (changes === undefined) return;
      await this.finish(meeting, session, changes);
    } catch (error) {
      await this.postpone(meeting, error, now);
    }
  }

  private async desired(
    coachId: string,
    sessionId: string,
  ): Promise<{ session: SessionRecord; wanted: DesiredMeeting; now: Date }> {
    const session = await this.sessions.get(coachId, sessionId);
    const now = await this.clock.now();
    return { session, wanted: desiredMeeting(session, now), now };
  }

  /** @returns undefined when it has to wait for a limit of the platform */
  private async act(
    meeting: MeetingRecord,
    session: SessionRecord,
    wanted: DesiredMeeting,
    now: Date,
  ): Promise<MeetingChanges | undefined> {
    if (wanted === 'as_it_is' && meeting.state !== 'pending') return meeting;
    if (wanted === 'as_it_is' && meeting.attempts === 0) return failed(meeting, 'session_over');
    if (wanted === 'none' && meeting.externalId === null && meeting.attempts === 0) return deleted(meeting);
    if (wanted === 'meeting' && meeting.state === 'ready' && sameTimes(meeting, meetingTimes(session)))
      return meeting;
    const { blockedUntil } = meeting;
    if (wanted === 'meeting' && blockedUntil !== null && blockedUntil > now) {
      await this.giveBack(meeting, { reason: 'platform_limit', dueAt: blockedUntil, blockedUntil });
      return undefined;
    }
    const connection = await this.connections.usable(meeting.coachId, 'zoom');
    if (connection === undefined) return failed(meeting, 'no_connection');
    try {
      if (wanted === 'meeting')
        return ready(
          meeting,
          connection,
          session,
          await this.provide(meeting, connection, planOf(session, now)),
        );
      const gone = await this.remove(meeting, connection);
      // Nobody was told of a room that was made too late.
      return wanted === 'none' ? gone : failed(gone, 'session_over');
    } catch (error) {
      if (error instanceof ConnectionNeedsAttention) return failed(meeting, 'no_connection');
      if (error instanceof PlatformRefused) return failed(meeting, `platform_refused_${error.code}`);
      throw error;
    }
  }

  private async provide(
    meeting: MeetingRecord,
    connection: ConnectionRecord,
    plan: MeetingPlan,
  ): Promise<PlatformMeeting> {
    const { externalId } = meeting;
    if (externalId === null) return this.make(meeting, connection, plan);
    try {
      return await this.ask(meeting, connection, (token) => this.zoom.move(token, externalId, plan));
    } catch (error) {
      if (!(error instanceof MeetingGone)) throw error;
      return this.make(meeting, connection, plan); // somebody deleted it at the platform
    }
  }

  /** After an attempt whose outcome is unknown the platform is searched first: it has no idempotency key. */
  private async make(
    meeting: MeetingRecord,
    connection: ConnectionRecord,
    plan: MeetingPlan,
  ): Promise<PlatformMeeting> {
    if (meeting.attempts > 0) {
      const [first, ...others] = await this.ask(meeting, connection, (token) =>
        this.zoom.find(token, plan.sessionId),
      );
      for (const id of others) await this.ask(meeting, connection, (token) => this.zoom.remove(token, id));
      if (first !== undefined)
        return this.ask(meeting, connection, (token) => this.zoom.move(token, first, plan));
    }
    return this.ask(meeting, connection, (token) => this.zoom.create(token, plan), true);
  }

  private async remove(meeting: MeetingRecord, connection: ConnectionRecord): Promise<MeetingChanges> {
    const found =
      meeting.attempts > 0
        ? await this.ask(meeting, connection, (token) => this.zoom.find(token, meeting.sessionId))
        : [];
    const ids = new Set(meeting.externalId === null ? found : [meeting.externalId, ...found]);
    for (const id of ids) await this.ask(meeting, connection, (token) => this.zoom.remove(token, id));
    return deleted(meeting);
  }

  private ask<T>(
    meeting: MeetingRecord,
    connection: ConnectionRecord,
    call: (accessToken: string) => Promise<T>,
    creates = false,
  ): Promise<T> {
    return this.connections.withAccessToken(connection.coachId, connection.id, async (token) => {
      await this.claims.renew(meeting, creates);
      return call(token);
    });
  }

  private finish(meeting: MeetingRecord, session: SessionRecord, changes: MeetingChanges): Promise<void> {
    return this.database.transaction(async () => {
      await this.claims.settle(meeting, changes);
      await this.joinLinks.linkOf(meeting.coachId, meeting.sessionId);
      await this.sessionLife.recordMeeting(meeting.coachId, meeting.sessionId, {
        state: changes.state,
        platform: changes.state === 'deleted' ? null : meeting.platform,
        joinUrl: changes.state === 'ready' ? changes.joinUrl : null,
      });
      if (changes.state === 'ready' && changes.externalId !== meeting.externalId)
        await this.outbox.add(meetingReady(meeting));
      if (changes.state === 'failed' && meeting.state !== 'failed' && session.status === 'scheduled') {
        await this.outbox.add(meetingFailed(meeting, changes.lastError ?? 'unknown'));
      }
    });
  }

  /**
   * Nothing was decided. A short outage is left to the quick retries of the job, a long one to its slow ones; what
   * waits for a time of day, or for people to leave, to the sweep.
   */
  private async postpone(meeting: MeetingRecord, error: unknown, now: Date): Promise<void> {
    if (error instanceof MeetingRunning) {
      const dueAt = new Date(now.getTime() + RUNNING_WAIT_MS);
      return this.giveBack(meeting, { reason: 'meeting_running', dueAt });
    }
    if (error instanceof PlatformLimitReached) {
      const dueAt = retryTime(error.retryAfter, now);
      const isShort = dueAt.getTime() - now.getTime() <= SHORT_WAIT_MS;
      if (!isShort) return this.giveBack(meeting, { reason: 'platform_limit', dueAt, blockedUntil: dueAt });
      await this.giveBack(meeting, { reason: 'platform_limit' });
      throw new PlatformUnavailable('Zoom', error);
    }
    const isOutage = error instanceof PlatformUnavailable;
    await this.giveBack(meeting, {
      reason: isOutage ? 'platform_unavailable' : 'unexpected',
      failed: isOutage,
    });
    throw isOutage && meeting.failures + 1 >= FAILURES_IN_A_ROW ? new MeetingPostponed(error) : error;
  }

  private giveBack(meeting: MeetingRecord, unfinished: Unfinished): Promise<void> {
    return this.database.transaction(async () => {
      const mine = await this.claims.giveBack(meeting, unfinished);
      if (!mine || meeting.state !== 'pending') return;
      const { coachId, sessionId, platform } = meeting;
      await this.sessionLife.recordMeeting(coachId, sessionId, { state: 'pending', platform, joinUrl: null });
    });
  }

  /**
   * Sweep: asks for a job for each meeting whose time has come, at most so many.
   *
   * @returns how many there were
   */
  requestDue(most: number): Promise<number> {
    return this.database.transaction(async () => {
      const rows = await this.claims.takeDue(most);
      await this.outbox.add(...rows.map(meetingSyncRequested));
      return rows.length;
    });
  }

  /** Job after `connections.connected`: what failed for want of a connection is looked at again, each by its own job. */
  async retryFailed(coachId: string): Promise<void> {
    await this.database.transaction(async () => {
      const rows = await this.database.many(sql<SessionRef>`
        select coach_id as "coachId", session_id as "sessionId" from meetings
        where coach_id = ${coachId} and state = 'failed' order by id`);
      await this.outbox.add(...rows.map(meetingSyncRequested));
    });
  }

  /** Somebody met a room that the platform no longer has: a new one is made, by a job. */
  async reportGone({ coachId, sessionId, externalId }: MeetingRecord): Promise<void> {
    await this.database.transaction(async () => {
      const changed = await this.database.execute(sql`
        update meetings set state = 'pending', external_id = null, join_url = null, passcode = null, applied_starts_at = null,
          due_at = app_now(), version = version + 1, updated_at = app_now()
        where coach_id = ${coachId} and session_id = ${sessionId} and external_id = ${externalId} and state = 'ready'`);
      if (changed === 0) return;
      await this.sessionLife.recordMeeting(coachId, sessionId, {
        state: 'pending',
        platform: 'zoom',
        joinUrl: null,
      });
      await this.outbox.add(meetingSyncRequested({ coachId, sessionId }));
    });
  }
}
