import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { Invalid } from '@app/common';
import { ProposalAnswers } from '@app/sessions';
import { Access } from '../http/access';
import { NeverStored } from '../http/idempotency';
import { ForPeople } from '../http/people.interceptor';
import { Problems } from '../http/problems';
import { linkPage } from './link.page';
import { LinkAnswerBody, LinkView } from './rescheduling.dto';
import { linkView } from './rescheduling.views';

/** The private link in a mail with times that a coach offers; it works until the offer runs out. */
@ApiTags('rescheduling')
@Controller('links')
export class LinksController {
  constructor(private readonly answers: ProposalAnswers) {}

  /** The times that you can choose from; changes nothing */
  @Get(':token')
  @ForPeople(linkPage)
  @Access({ roles: 'anyone', because: 'whoever was mailed the link sees the times without signing in' })
  @Problems({ 404: ['links.not_found'] })
  async show(@Param('token') token: string): Promise<LinkView> {
    return linkView(await this.answers.show(token));
  }

  /** Take one of the times, or decline them all. The same again is harmless */
  @Post(':token')
  @ForPeople(linkPage)
  @HttpCode(200)
  @NeverStored()
  @Access({ roles: 'anyone', because: 'whoever was mailed the link answers without signing in' })
  @ApiOkResponse({ type: LinkView })
  @Problems({
    400: ['links.time_missing'],
    404: ['links.not_found'],
    409: [
      'proposals.closed',
      'proposals.time_passed',
      'sessions.slot_taken',
      'offerings.archived',
      'payouts-not-ready',
    ],
    422: ['packages.starts_after_expiry', 'proposals.time_not_offered', 'sessions.funding_unavailable'],
  })
  async answer(@Param('token') token: string, @Body() { act, startsAt }: LinkAnswerBody): Promise<LinkView> {
    if (act === 'decline') await this.answers.declineByLink(token);
    else if (startsAt === undefined) throw new Invalid('links.time_missing', 'Name the time that you take.');
    else await this.answers.acceptByLink(token, startsAt);
    return linkView(await this.answers.show(token));
  }
}
