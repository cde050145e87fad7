import { Controller, Get, Header, Inject, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { actorOf, Audit, type Principal } from '@app/accounts';
import { Clock, CONFIG, type SharedConfig } from '@app/common';
import { Database } from '@app/database';
import { arrivalDays, DisputeQueries, PaymentQueries } from '@app/payments';
import { DisputeEvidenceQueries } from '@app/reporting';
import { Access } from '../http/access';
import { pageOf } from '../http/cursor';
import { decodeIdCursor, encodeIdCursor } from '../http/id-cursor';
import { CurrentPrincipal, IdParam } from '../http/params';
import { Problems } from '../http/problems';
import { DisputeListQuery, DisputePageView, DisputeView } from './dispute.dto';
import { disputeView } from './dispute.views';
import { DisputeEvidenceView } from './evidence.dto';
import { evidenceView } from './evidence.views';

const SORT = '-createdAt';
/** More refunds no payment has: each is at least the smallest amount of its currency. */
const MOST_REFUNDS = 1_000;

/** Payments that clients' banks take back, or ask about. They are answered at Stripe. */
@ApiTags('money')
@Controller('disputes')
export class DisputesController {
  constructor(
    private readonly disputes: DisputeQueries,
    private readonly payments: PaymentQueries,
    private readonly evidences: DisputeEvidenceQueries,
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly audit: Audit,
    @Inject(CONFIG) private readonly config: SharedConfig,
  ) {}

  /** Disputes, newest first; `status=needs_response,warning_needs_response` are those that wait for an answer */
  @Get()
  @Access({ roles: ['coach', 'admin'], object: 'dispute' })
  async list(
    @CurrentPrincipal() principal: Principal,
    @Query() { limit, cursor, ...filter }: DisputeListQuery,
  ): Promise<DisputePageView> {
    const before = decodeIdCursor('dispute', cursor, SORT);
    const rows = await this.disputes.list(principal, filter, {
      limit,
      ...(before === undefined ? {} : { before }),
    });
    return pageOf(rows, limit, (row) => encodeIdCursor('dispute', row.id, SORT), disputeView);
  }

  /** One dispute, and what it does to the coach's money */
  @Get(':id')
  @Access({ roles: ['coach', 'admin'], object: 'dispute' })
  @Problems({ 404: ['disputes.not_found'] })
  async get(@CurrentPrincipal() principal: Principal, @IdParam('dispute') id: string): Promise<DisputeView> {
    return disputeView(await this.disputes.find(principal, id));
  }

  /** All that is on record about it in one file: terms and their acceptance, messages, joins, history, money */
  @Get(':id/evidence')
  @Access({ roles: ['coach', 'admin'], object: 'dispute' })
  @Header('content-disposition', 'attachment; filename="dispute-evidence.json"')
  @Problems({ 404: ['disputes.not_found'] })
  async evidence(
    @CurrentPrincipal() principal: Principal,
    @IdParam('dispute') id: string,
  ): Promise<DisputeEvidenceView> {
    const dispute = await this.disputes.find(principal, id);
    const { coachId, paymentId } = dispute;
    const payment = await this.payments.payment(coachId, paymentId);
    const refunds = await this.payments.listRefunds(principal, { paymentId }, { limit: MOST_REFUNDS });
    const record = await this.evidences.of(dispute);
    await this.database.transaction(() =>
      this.audit.record({
        coachId,
        actor: actorOf(principal),
        action: 'dispute.read_evidence',
        objectType: 'dispute',
        objectId: id,
        objectVersion: dispute.version,
      }),
    );
    const found = { dispute, payment, refunds, record, generatedAt: await this.clock.now() };
    return evidenceView(found, principal, arrivalDays(this.config.REFUND_ARRIVAL_DAYS));
  }
}
