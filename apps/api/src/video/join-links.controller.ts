import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { ApiFoundResponse, ApiTags } from '@nestjs/swagger';
import { formatLocal, type DomainError } from '@app/common';
import {
  JoinLinkNotFound,
  JoinNotOpen,
  Joins,
  JoinWindowClosed,
  MeetingNotReady,
  NoOccurrenceToJoin,
  NotJoinable,
  type LinkTarget,
} from '@app/video';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Access } from '../http/access';
import { sendPage, wantsPage } from '../http/plain-page';
import { problemOf } from '../http/problem';
import { Problems } from '../http/problems';

const LOOK_AGAIN_SECONDS = 15;

/** The stable links of sessions and series, as they stand in mails and invitations. */
@ApiTags('video')
@Controller('j')
export class JoinLinksController {
  constructor(private readonly joins: Joins) {}

  /** To the present room of the session, or of the series' session that is on, on the guests' side; from 15 minutes before the start */
  @Get(':token')
  @Access({ roles: 'anyone', because: 'whoever was mailed the link joins without signing in' })
  @ApiFoundResponse({ description: 'To the platform' })
  @Problems({
    404: ['video.link_not_found'],
    409: [
      'video.join_not_open',
      'video.join_window_closed',
      'video.not_joinable',
      'video.meeting_not_ready',
      'video.no_occurrence_to_join',
    ],
  })
  async follow(
    @Param('token') token: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const target = await this.target(token);
    if (target.kind === 'redirect') return void reply.redirect(target.url, 302);
    const { problem, title, text, refreshSeconds } = refusalOf(target);
    if (!wantsPage(request)) throw problem;
    return sendPage(reply, problemOf(problem, request).status, title, text, refreshSeconds);
  }

  private async target(token: string): Promise<LinkTarget | { kind: 'unknown' }> {
    try {
      return await this.joins.followLink(token);
    } catch (error) {
      if (error instanceof JoinLinkNotFound) return { kind: 'unknown' };
      throw error;
    }
  }
}

type Refused = Exclude<LinkTarget | { kind: 'unknown' }, { kind: 'redirect' }>;

/** The answer for programs, and the words for people. */
interface Refusal {
  problem: DomainError;
  title: string;
  text: string;
  refreshSeconds?: number;
}

function refusalOf(target: Refused): Refusal {
  if (target.kind === 'early') {
    const { availableAt, startsAt, timezone } = target;
    const [opens, starts] = [availableAt, startsAt].map((instant) => formatLocal(instant, timezone, 'en'));
    return {
      problem: new JoinNotOpen(availableAt, startsAt),
      title: 'You are early',
      text: `The session starts on ${starts}. Joining opens 15 minutes before the start: ${opens}. Keep this link.`,
    };
  }
  if (target.kind === 'closed') {
    const problem = new JoinWindowClosed(target.closedAt);
    return { problem, title: 'This session is over', text: 'The time to join has passed.' };
  }
  if (target.kind === 'gone') {
    const problem = new NotJoinable(target.status);
    return {
      problem,
      title: 'Nothing to join',
      text: 'This session was called off, or is not confirmed yet.',
    };
  }
  if (target.kind === 'no_occurrence') {
    return {
      problem: new NoOccurrenceToJoin(),
      title: 'Nothing to join now',
      text: 'No session of this series is planned. Keep this link: it leads to the next one, should there be one.',
    };
  }
  if (target.kind === 'not_ready') {
    return {
      problem: new MeetingNotReady(target.state),
      title: 'The room is being prepared',
      text: 'You are taken there as soon as it is ready.',
      refreshSeconds: LOOK_AGAIN_SECONDS,
    };
  }
  return {
    problem: new JoinLinkNotFound(),
    title: 'This link leads nowhere',
    text: 'Look for the newest mail about your session.',
  };
}
