import { Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiTags } from '@nestjs/swagger';
import { actorOf, Audit, type Principal } from '@app/accounts';
import { publicId } from '@app/common';
import { Database, InvariantChecker } from '@app/database';
import { Deliveries } from '@app/outbox';
import { Access } from '../http/access';
import { pageOf } from '../http/cursor';
import { decodeIdCursor, encodeIdCursor } from '../http/id-cursor';
import { CurrentPrincipal, IdParam } from '../http/params';
import { Problems } from '../http/problems';
import { DeliveryPageView, InvariantsView, OutboxQuery } from './admin.dto';

const SORT = 'newest';

@ApiTags('admin')
@Controller('admin')
export class AdminController {
  constructor(
    private readonly database: Database,
    private readonly audit: Audit,
    private readonly deliveries: Deliveries,
    private readonly invariants: InvariantChecker,
  ) {}

  /** What must always hold, checked now: every row is a fault */
  @Get('invariants')
  @Access({ roles: ['admin'] })
  async check(): Promise<InvariantsView> {
    const data = await this.invariants.check();
    return { ok: data.every((result) => result.violations === 0), data };
  }

  /** Deliveries of the outbox: open, done, or dead (given up, waiting for you) */
  @Get('outbox')
  @Access({ roles: ['admin'] })
  async outbox(@Query() query: OutboxQuery): Promise<DeliveryPageView> {
    const before = decodeIdCursor('delivery', query.cursor, SORT);
    const rows = await this.deliveries.list(query.state, query.limit + 1, before);
    return pageOf(
      rows,
      query.limit,
      (row) => encodeIdCursor('delivery', row.id, SORT),
      (row) => ({
        id: publicId('delivery', row.id),
        job: row.job,
        event: row.messageType,
        attempt: row.attempt,
        createdAt: row.createdAt.toISOString(),
        doneAt: row.doneAt?.toISOString() ?? null,
        deadAt: row.deadAt?.toISOString() ?? null,
        lastError: row.lastError,
      }),
    );
  }

  /** Give a dead delivery another life */
  @Post('outbox/:id/retry')
  @HttpCode(204)
  @Access({ roles: ['admin'] })
  @ApiNoContentResponse({ description: 'It is open again; the worker takes it up at its next look' })
  @Problems({ 404: ['outbox.delivery_not_found'], 409: ['outbox.not_dead'] })
  async retry(@CurrentPrincipal() principal: Principal, @IdParam('delivery') id: string): Promise<void> {
    await this.database.transaction(async () => {
      const { coachId, job, attempt } = await this.deliveries.retry(id);
      await this.audit.record({
        coachId,
        actor: actorOf(principal),
        action: 'delivery.retry',
        objectType: 'delivery',
        objectId: id,
        after: { job, attempt },
      });
    });
  }
}
