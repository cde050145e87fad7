import { Body, Controller, Get, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { actorOf, type Principal } from '@app/accounts';
import { Policies } from '@app/offerings';
import { Access } from '../http/access';
import { pageOf } from '../http/cursor';
import { decodeIdCursor, encodeIdCursor } from '../http/id-cursor';
import { CurrentPrincipal, IdParam } from '../http/params';
import { Problems } from '../http/problems';
import { NewPolicyBody, PolicyListQuery, PolicyPageView, PolicyView } from './policy.dto';
import { policyView, presetViews } from './policy.views';

const SORT = 'policies';

@ApiTags('settings')
@Controller('policies')
export class PoliciesController {
  constructor(private readonly policies: Policies) {}

  /** Cancellation terms, each in its newest version, and ready-made ones to start from */
  @Get()
  @Access({ roles: ['coach', 'client', 'admin'], object: 'policy' })
  async list(
    @CurrentPrincipal() principal: Principal,
    @Query() { limit, cursor, coachId }: PolicyListQuery,
  ): Promise<PolicyPageView> {
    const rows = await this.policies.list(principal, {
      coachId,
      limit,
      afterLine: decodeIdCursor('policy', cursor, SORT),
    });
    const page = pageOf(rows, limit, (row) => encodeIdCursor('policy', row.lineId, SORT), policyView);
    return { ...page, presets: presetViews() };
  }

  /** Any version of cancellation terms: the one a booking was made under stays readable */
  @Get(':id')
  @Access({ roles: ['coach', 'client', 'admin'], object: 'policy' })
  @Problems({ 404: ['policies.not_found'] })
  async get(@CurrentPrincipal() principal: Principal, @IdParam('policy') id: string): Promise<PolicyView> {
    return policyView(await this.policies.find(principal, id));
  }

  /** Set new terms, or the next version of terms; what was booked keeps the version it was booked under */
  @Post()
  @Access({ roles: ['coach'], object: 'policy' })
  @Problems({ 400: ['offerings.name_invalid'], 404: ['policies.not_found'], 422: ['policies.rules_invalid'] })
  async create(@CurrentPrincipal() principal: Principal, @Body() body: NewPolicyBody): Promise<PolicyView> {
    return policyView(await this.policies.create(principal.accountId, body, actorOf(principal)));
  }
}
