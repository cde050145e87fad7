import { Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { Principal } from '@app/accounts';
import { SessionQueries } from '@app/sessions';
import { Joins, MeetingQueries } from '@app/video';
import { Access } from '../http/access';
import { NeverStored } from '../http/idempotency';
import { CurrentPrincipal, IdParam } from '../http/params';
import { Problems } from '../http/problems';
import { JoinView, MeetingView } from './video.dto';

/** The room of a session. */
@ApiTags('video')
@Controller('sessions/:id')
export class MeetingsController {
  constructor(
    private readonly joins: Joins,
    private readonly meetings: MeetingQueries,
    private readonly sessions: SessionQueries,
  ) {}

  /** Join: the host's link for the coach, the guest's for the client; from 15 minutes before the start */
  @Post('join')
  @HttpCode(200)
  @NeverStored()
  @Access({ roles: ['coach', 'client'], object: 'session' })
  @ApiOkResponse({ type: JoinView })
  @Problems({
    404: ['sessions.not_found'],
    409: ['video.join_not_open', 'video.join_window_closed', 'video.not_joinable', 'video.meeting_not_ready'],
    503: ['video.host_link_unavailable'],
  })
  join(@CurrentPrincipal() principal: Principal, @IdParam('session') id: string): Promise<JoinView> {
    return this.joins.join(principal, id);
  }

  /** Link, id, password and dial-in numbers of the room */
  @Get('meeting')
  @Access({ roles: ['coach', 'client', 'admin'], object: 'session' })
  @Problems({ 404: ['sessions.not_found'] })
  async meeting(
    @CurrentPrincipal() principal: Principal,
    @IdParam('session') id: string,
  ): Promise<MeetingView> {
    const { coachId } = await this.sessions.find(principal, id);
    const meeting = await this.meetings.ofSession(coachId, id);
    return { ...meeting, stableUrl: this.joins.urlOf(coachId, id) };
  }
}
