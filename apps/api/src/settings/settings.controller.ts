import { Body, Controller, Get, Patch } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { actorOf, CoachSettings, type CoachSettingsRecord, type Principal } from '@app/accounts';
import { PracticeZone } from '@app/availability';
import { publicId } from '@app/common';
import { SalesQueries } from '@app/reporting';
import { Access } from '../http/access';
import { CurrentPrincipal, ExpectedVersion } from '../http/params';
import { Problems } from '../http/problems';
import { SettingsBody, SettingsView } from './settings.dto';

@ApiTags('settings')
@Controller('settings')
export class SettingsController {
  constructor(
    private readonly settings: CoachSettings,
    private readonly zone: PracticeZone,
    private readonly sales: SalesQueries,
  ) {}

  /** How your practice works */
  @Get()
  @Access({ roles: ['coach'] })
  async get(@CurrentPrincipal() principal: Principal): Promise<SettingsView> {
    return view(await this.settings.get(principal.accountId));
  }

  /** Change how your practice works; what was booked keeps its terms and its moment. Another zone asks about working hours */
  @Patch()
  @Access({ roles: ['coach'] })
  @Problems({
    400: ['settings.invalid', 'time.unknown_zone'],
    409: ['settings.currency_in_use'],
    412: ['http.version_mismatch'],
    422: ['settings.working_hours_unanswered'],
  })
  async patch(
    @CurrentPrincipal() principal: Principal,
    @Body() { workingHours, ...wanted }: SettingsBody,
    @ExpectedVersion() expectedVersion?: number,
  ): Promise<SettingsView> {
    const coachId = principal.accountId;
    const wasAnythingSold = (): Promise<boolean> => this.sales.wasAnythingSold(coachId);
    const changed = await this.zone.patch(
      { coachId, wanted, actor: actorOf(principal), expectedVersion, wasAnythingSold },
      workingHours,
    );
    return view(changed);
  }
}

function view({ coachId, defaultPolicyId, ...settings }: CoachSettingsRecord): SettingsView {
  return {
    id: publicId('coach', coachId),
    ...settings,
    defaultPolicyId: defaultPolicyId === null ? null : publicId('policy', defaultPolicyId),
  };
}
