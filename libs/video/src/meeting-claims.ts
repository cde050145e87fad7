import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Clock, newId } from '@app/common';
import { Database, sql } from '@app/database';
import type { Platform } from '@app/sessions';
import { meetingColumns, type MeetingRecord } from './meeting-record';
import { MeetingBusy } from './video.errors';

/**
 * How long one process may be alone with a meeting. Longer than the deadline of one call to the platform, and
 * renewed before each: so a second process starts only when no call of the first is under way.
 */
const CLAIM_SECONDS = 20;
const WAIT_FOR_OTHERS_MS = 5_000;
const LOOK_AGAIN_MS = 100;

/** What finished work leaves on the row; nothing more is due then. */
export type MeetingChanges = Pick<
  MeetingRecord,
  | 'state'
  | 'connectionId'
  | 'externalId'
  | 'joinUrl'
  | 'passcode'
  | 'dialIn'
  | 'dialInReason'
  | 'waitingRoom'
  | 'appliedStartsAt'
  | 'appliedMinutes'
  | 'attempts'
  | 'lastError'
>;

/** Why work was left undone, and when it goes on. */
export interface Unfinished {
  reason: string;
  /** The platform gave no answer to rely on; counted. */
  failed?: boolean;
  /** Business time; absent: the job comes again by itself. */
  dueAt?: Date;
  /** Business time until which the platform takes no creates and updates. */
  blockedUntil?: Date;
}

/**
 * One process at a time acts for a meeting at its platform. A claim is a conditional update with an end, since no
 * call to a platform may run inside a transaction; the row's version is the fence that an overtaken process meets.
 */
@Injectable()
export class MeetingClaims {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /**
   * Claims the meeting of a session, waiting a moment for whoever has it. From here on work on it is due: a
   * process that dies leaves a row that the sweep finds.
   *
   * @returns undefined when there is none and none is to be made
   * @throws MeetingBusy when it stays claimed
   */
  async take(
    coachId: string,
    sessionId: string,
    platformOfNew: Platform | undefined,
  ): Promise<MeetingRecord | undefined> {
    const giveUpAt = this.clock.real().getTime() + WAIT_FOR_OTHERS_MS;
    for (;;) {
      const claimed = await this.claim(coachId, sessionId, platformOfNew);
      if (claimed !== undefined) return claimed;
      const exists = await this.database.maybe(
        sql`select 1 from meetings where coach_id = ${coachId} and session_id = ${sessionId}`,
      );
      if (exists === undefined && platformOfNew === undefined) return undefined;
      if (this.clock.real().getTime() > giveUpAt) throw new MeetingBusy();
      await delay(LOOK_AGAIN_MS);
    }
  }

  private claim(
    coachId: string,
    sessionId: string,
    platformOfNew: Platform | undefined,
  ): Promise<MeetingRecord | undefined> {
    if (platformOfNew === undefined) {
      return this.database.maybe(sql<MeetingRecord>`
        update meetings as m set ${claiming}
        where m.coach_id = ${coachId} and m.session_id = ${sessionId} and ${unclaimed} returning ${meetingColumns}`);
    }
    return this.database.maybe(sql<MeetingRecord>`
      insert into meetings as m (coach_id, id, session_id, platform, state, due_at, claimed_until, created_at, updated_at)
      values (${coachId}::uuid, ${newId()}::uuid, ${sessionId}::uuid, ${platformOfNew}, 'pending', ${nextLook},
        clock_timestamp() + make_interval(secs => ${CLAIM_SECONDS}), app_now(), app_now())
      on conflict (coach_id, session_id) do update set ${claiming},
        state = case m.state when 'deleted' then 'pending' else m.state end
      where ${unclaimed}
      returning ${meetingColumns}`);
  }

  /**
   * Before every call to the platform.
   *
   * @param creates counts an attempt, so that whoever comes after a crash searches before making another room
   * @throws MeetingBusy when somebody else took over meanwhile
   */
  async renew(meeting: MeetingRecord, creates = false): Promise<void> {
    const renewed = await this.database.execute(sql`
      update meetings set claimed_until = clock_timestamp() + make_interval(secs => ${CLAIM_SECONDS}),
        attempts = attempts + ${creates ? 1 : 0}
      where coach_id = ${meeting.coachId} and id = ${meeting.id} and version = ${meeting.version}
        and claimed_until > clock_timestamp()`);
    if (renewed === 0) throw new MeetingBusy();
  }

  /**
   * Writes what was done and gives the claim back.
   *
   * @throws MeetingBusy when somebody else took over meanwhile: their result counts
   */
  async settle(meeting: MeetingRecord, changes: MeetingChanges): Promise<void> {
    const settled = await this.database.execute(sql`
      update meetings set state = ${changes.state}, connection_id = ${changes.connectionId}::uuid,
        external_id = ${changes.externalId}::text, join_url = ${changes.joinUrl}::text, passcode = ${changes.passcode}::text,
        dial_in = ${JSON.stringify(changes.dialIn)}::jsonb, dial_in_reason = ${changes.dialInReason}::text,
        waiting_room = ${changes.waitingRoom}::boolean, applied_starts_at = ${changes.appliedStartsAt}::timestamptz,
        applied_minutes = ${changes.appliedMinutes}::int, attempts = ${changes.attempts},
        last_error = ${changes.lastError}::text, failures = 0, due_at = null, blocked_until = null, claimed_until = null,
        version = version + 1, updated_at = app_now()
      where coach_id = ${meeting.coachId} and id = ${meeting.id} and version = ${meeting.version}`);
    if (settled === 0) throw new MeetingBusy();
  }

  /**
   * The work could not be done; it stays due.
   *
   * @returns false when somebody took over meanwhile: they are left alone
   */
  async giveBack(
    meeting: MeetingRecord,
    { reason, failed, dueAt, blockedUntil }: Unfinished,
  ): Promise<boolean> {
    const givenBack = await this.database.execute(sql`
      update meetings set claimed_until = null, last_error = ${reason}, failures = failures + ${failed === true ? 1 : 0},
        due_at = coalesce(${dueAt ?? null}::timestamptz, due_at),
        blocked_until = ${blockedUntil ?? null}::timestamptz, updated_at = app_now()
      where coach_id = ${meeting.coachId} and id = ${meeting.id} and version = ${meeting.version}`);
    return givenBack === 1;
  }

  /** Rows whose time has come; each is asked for again only after a while. */
  takeDue(most: number): Promise<{ coachId: string; sessionId: string }[]> {
    return this.database.many(sql<{ coachId: string; sessionId: string }>`
      update meetings m set due_at = ${nextLook}
      from (select coach_id, id from meetings
            where due_at <= app_now() and (claimed_until is null or claimed_until < clock_timestamp())
            order by due_at limit ${most} for update skip locked) late
      where m.coach_id = late.coach_id and m.id = late.id
      returning m.coach_id as "coachId", m.session_id as "sessionId"`);
  }
}

/** The job and its retries come first; the sweep asks for another only when they all came to nothing. */
const nextLook = sql`app_now() + interval '10 minutes'`;

const claiming = sql`claimed_until = clock_timestamp() + make_interval(secs => ${CLAIM_SECONDS}),
  due_at = ${nextLook}, version = m.version + 1`;

const unclaimed = sql`(m.claimed_until is null or m.claimed_until < clock_timestamp())`;
