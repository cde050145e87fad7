import { Body, Controller, Put } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Principal } from '@app/accounts';
import { SessionDetailsQueries } from '@app/reporting';
import { Ratings, SessionNotFound } from '@app/sessions';
import { Access } from '../http/access';
import { CurrentPrincipal, ExpectedVersion, IdParam } from '../http/params';
import { Problems } from '../http/problems';
import { RatingBody } from './rating.dto';
import { SessionDetailsView } from './session-details.dto';
import { detailsView } from './session.views';

@ApiTags('sessions')
@Controller('sessions/:id/rating')
export class RatingController {
  constructor(
    private readonly ratings: Ratings,
    private readonly details: SessionDetailsQueries,
  ) {}

  /** Rate a completed session; the rating can be changed for 14 days */
  @Put()
  @Access({ roles: ['client'], object: 'session' })
  @Problems({
    404: ['sessions.not_found'],
    409: ['sessions.action_not_allowed'],
    412: ['http.version_mismatch'],
  })
  async rate(
    @CurrentPrincipal() principal: Principal,
    @IdParam('session') id: string,
    @Body() body: RatingBody,
    @ExpectedVersion() expectedVersion?: number,
  ): Promise<SessionDetailsView> {
    await this.ratings.rate(
      principal,
      id,
      { rating: body.rating, comment: body.comment ?? null },
      expectedVersion,
    );
    const row = await this.details.find(principal, id);
    if (row === undefined) throw new SessionNotFound();
    return detailsView(row, principal);
  }
}
