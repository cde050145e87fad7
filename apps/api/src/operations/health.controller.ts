import { Controller, Get, Header, Headers, Inject } from '@nestjs/common';
import { ApiExcludeEndpoint, ApiTags } from '@nestjs/swagger';
import { NotFound, sameText, Unauthenticated, Unavailable } from '@app/common';
import { Database, sql } from '@app/database';
import { register } from 'prom-client';
import { API_CONFIG, type ApiConfig } from '../config';
import { Access } from '../http/access';
import { Problems } from '../http/problems';
import { HealthView } from './health.dto';
import { Readiness } from './readiness';

@ApiTags('operations')
@Controller()
export class HealthController {
  constructor(
    private readonly database: Database,
    private readonly readiness: Readiness,
    @Inject(API_CONFIG) private readonly config: ApiConfig,
  ) {}

  /** The process lives */
  @Get('health/live')
  @Access({ roles: 'anyone', because: 'for the supervisor of the process' })
  live(): HealthView {
    return { status: 'ok' };
  }

  /** The process wants traffic: its database answers and it is not stopping */
  @Get('health/ready')
  @Access({ roles: 'anyone', because: 'for the load balancer' })
  @Problems({ 503: ['service.not_ready'] })
  async ready(): Promise<HealthView> {
    if (!this.readiness.ready) throw new Unavailable('service.not_ready', 'The process is stopping.');
    await this.database.one(sql<{ one: number }>`select 1 as one`);
    return { status: 'ok' };
  }

  /** Prometheus metrics, for who knows METRICS_TOKEN */
  @Get('metrics')
  @Access({ roles: 'anyone', because: 'asks for METRICS_TOKEN itself' })
  @ApiExcludeEndpoint()
  @Header('content-type', 'text/plain; version=0.0.4')
  async metrics(@Headers('authorization') authorization: string | undefined): Promise<string> {
    const token = this.config.METRICS_TOKEN;
    if (token === undefined) throw new NotFound('http.route_not_found', 'There is no such operation.');
    if (!sameText(authorization ?? '', `Bearer ${token}`))
      throw new Unauthenticated('auth.token_missing', 'Send METRICS_TOKEN as bearer token.');
    return register.metrics();
  }
}
