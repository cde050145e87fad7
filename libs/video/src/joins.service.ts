import { Injectable } from '@nestjs/common';
import { CoachSettings, type Principal } from '@app/accounts';
import { Clock, newId } from '@app/common';
import { Connections } from '@app/connections';
import { Database, sql } from '@app/database';
import {
  SeriesQueries,
  SessionQueries,
  type MeetingState,
  type Platform,
  type SessionRecord,
} from '@app/sessions';
import { JoinLinks, type Linked } from './join-links.service';
import { joinDecision, occurrenceToJoin, type JoinDecision } from './joining';
import type { MeetingRecord } from './meeting-record';
import { MeetingQueries } from './meeting.queries';
import { Meetings } from './meetings.service';
import {
  HostLinkUnavailable,
  JoinLinkNotFound,
  JoinNotOpen,
  JoinWindowClosed,
  MeetingGone,
  MeetingNotReady,
  NotJoinable,
  ParticipantsOnly,
} from './video.errors';
import { ZoomMeetings } from './zoom/zoom-meetings';

/** Where to go; fit for a new tab. The coach's address makes its holder the host: not to be stored or logged. */
export interface JoinTarget {
  url: string;
  platform: Platform;
}

/** `timezone`: the one that the session was booked in, for whoever is told the time without being signed in. */
export type LinkTarget =
  | { kind: 'redirect'; url: string }
  | (Exclude<JoinDecision, { kind: 'open' }> & { timezone: string; startsAt: Date })
  /** The time is right, the room is not there yet. */
  | { kind: 'not_ready'; state: MeetingState }
  /** The link of a series of which nothing is to be joined: its next session is not planned yet, or there is none. */
  | { kind: 'no_occurrence' };

type JoinRole = 'coach' | 'client' | 'link';
type ReadyMeeting = MeetingRecord & { externalId: string; joinUrl: string };

/** Joining a session's room (domain.md 13; help page lines 10, 56 to 62). */
@Injectable()
export class Joins {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly sessions: SessionQueries,
    private readonly series: SeriesQueries,
    private readonly settings: CoachSettings,
    private readonly connections: Connections,
    private readonly queries: MeetingQueries,
    private readonly meetings: Meetings,
    private readonly links: JoinLinks,
    private readonly zoom: ZoomMeetings,
  ) {}

  /**
   * The address by which this person joins: the host's link for the coach, the guest's for the client. Not inside
   * a transaction: the host's link is asked for at the platform.
   *
   * @throws JoinNotOpen, JoinWindowClosed, NotJoinable, MeetingNotReady (409); ParticipantsOnly for an admin;
   *   HostLinkUnavailable when the platform does not answer
   */
  async join(principal: Principal, sessionId: string): Promise<JoinTarget> {
    const session = await this.sessions.find(principal, sessionId);
    if (principal.kind === 'admin') throw new ParticipantsOnly();
    refuseUnlessOpen(await this.decide(session), session.startsAt);
    await this.recordAttempt(session, principal.kind, principal.accountId);
    const meeting = await this.readyMeeting(session);
    if (meeting === undefined) throw new MeetingNotReady(session.meetingState);
    const url = principal.kind === 'coach' ? await this.hostUrl(meeting) : meeting.joinUrl;
    return { url, platform: meeting.platform };
  }

  /**
   * Where the stable link leads at this moment: always to the guest's side, for it needs no sign-in.
   *
   * @throws JoinLinkNotFound
   */
  async followLink(token: string): Promise<LinkTarget> {
    const linked = await this.links.find(token);
    if (linked === undefined) throw new JoinLinkNotFound();
    const session = await this.sessionOf(linked);
    if (session === undefined) return { kind: 'no_occurrence' };
    const { timezone, startsAt } = session;
    const decision = await this.decide(session);
    if (decision.kind !== 'open') return { ...decision, timezone, startsAt };
    const meeting = await this.readyMeeting(session);
    if (meeting === undefined) return { kind: 'not_ready', state: session.meetingState };
    await this.recordAttempt(session, 'link', null);
    return { kind: 'redirect', url: meeting.joinUrl };
  }

  /** The stable link of a session as it stands in mails; see `linkOf` for one that surely leads somewhere. */
  urlOf(coachId: string, sessionId: string): string {
    return this.links.urlOf(coachId, sessionId);
  }

  /** The stable link for a mail that is about to be sent. */
  linkOf(coachId: string, sessionId: string): Promise<string> {
    return this.links.linkOf(coachId, sessionId);
  }

  /** The same for a series, whose mails have one link for all its sessions. */
  linkOfSeries(coachId: string, seriesId: string): Promise<string> {
    return this.links.linkOfSeries(coachId, seriesId);
  }

  private async sessionOf({ coachId, kind, id }: Linked): Promise<SessionRecord | undefined> {
    if (kind === 'session') return this.sessions.get(coachId, id);
    const { joinGraceMinutes } = await this.settings.get(coachId);
    const now = await this.clock.now();
    return occurrenceToJoin(await this.series.sessionsAround(coachId, id, now), joinGraceMinutes, now);
  }

  private async decide(session: SessionRecord): Promise<JoinDecision> {
    const { joinGraceMinutes } = await this.settings.get(session.coachId);
    return joinDecision(session, joinGraceMinutes, await this.clock.now());
  }

  private async readyMeeting({ coachId, id }: SessionRecord): Promise<ReadyMeeting | undefined> {
    const meeting = await this.queries.record(coachId, id);
    return meeting !== undefined && isReady(meeting) ? meeting : undefined;
  }

  private async hostUrl(meeting: ReadyMeeting): Promise<string> {
    const { coachId, externalId, joinUrl } = meeting;
    const connection = await this.connections.usable(coachId, 'zoom');
    if (connection === undefined) throw new HostLinkUnavailable(joinUrl, 'no connection');
    const url = await this.connections
      .withAccessToken(coachId, connection.id, (token) => this.zoom.hostUrl(token, externalId))
      .catch(async (error: unknown) => {
        if (!(error instanceof MeetingGone)) throw new HostLinkUnavailable(joinUrl, error);
        await this.meetings.reportGone(meeting);
        throw new MeetingNotReady('pending');
      });
    if (url === undefined) throw new HostLinkUnavailable(joinUrl, 'no start_url in the answer');
    return url;
  }

  private async recordAttempt(
    session: SessionRecord,
    role: JoinRole,
    accountId: string | null,
  ): Promise<void> {
    await this.database.execute(sql`
      insert into join_attempts (coach_id, id, session_id, role, account_id, at)
      values (${session.coachId}::uuid, ${newId()}::uuid, ${session.id}::uuid, ${role}, ${accountId}::uuid, app_now())`);
  }
}

function isReady(meeting: MeetingRecord): meeting is ReadyMeeting {
  return meeting.state === 'ready' && meeting.externalId !== null && meeting.joinUrl !== null;
}

function refuseUnlessOpen(decision: JoinDecision, startsAt: Date): void {
  switch (decision.kind) {
    case 'open':
      return;
    case 'early':
      throw new JoinNotOpen(decision.availableAt, startsAt);
    case 'closed':
      throw new JoinWindowClosed(decision.closedAt);
    case 'gone':
      throw new NotJoinable(decision.status);
  }
}
