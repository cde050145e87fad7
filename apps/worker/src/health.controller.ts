import { Controller, Get, Header, Headers, HttpException, Inject } from '@nestjs/common';
import { sameText } from '@app/common';
import { Database, sql } from '@app/database';
import { register } from 'prom-client';
import { WORKER_CONFIG, type WorkerConfig } from './config';

@Controller()
export class HealthController {
  constructor(
    private readonly database: Database,
    @Inject(WORKER_CONFIG) private readonly config: WorkerConfig,
  ) {}

  @Get('health/live')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Get('health/ready')
  async ready(): Promise<{ status: 'ok' }> {
    await this.database.one(sql<{ one: number }>`select 1 as one`).catch(() => {
      throw new HttpException('The database cannot be reached.', 503);
    });
    return { status: 'ok' };
  }

  @Get('metrics')
  @Header('content-type', 'text/plain; version=0.0.4')
  async metrics(@Headers('authorization') authorization: string | undefined): Promise<string> {
    const token = this.config.METRICS_TOKEN;
    if (token === undefined) throw new HttpException('Not found', 404);
    if (!sameText(authorization ?? '', `Bearer ${token}`))
      throw new HttpException('Send METRICS_TOKEN.', 401);
    return register.metrics();
  }
}
