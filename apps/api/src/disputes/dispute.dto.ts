import { DISPUTE_STATUSES, type DisputeStatus } from '@app/payments';
import { ApiProperty } from '@nestjs/swagger';
import { CommaList, Omittable, PublicId } from '../http/fields';
import { MoneyView } from '../http/money.dto';
import { PageQuery } from '../http/page.dto';

export class DisputeListQuery extends PageQuery {
  @Omittable()
  @CommaList(DISPUTE_STATUSES)
  status?: DisputeStatus[];

  @Omittable()
  @PublicId('payment')
  paymentId?: string;

  @Omittable()
  @PublicId('session')
  sessionId?: string;
}

export class DisputeView {
  /** @example dsp_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  id: string;

  /** @example pay_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  paymentId: string;

  /** What was paid for; null where it was a package */
  sessionId: string | null;

  entitlementId: string | null;

  /** @example cli_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  clientId: string;

  /** Its id at Stripe, where it is answered */
  stripeDisputeId: string;

  /** Stripe's word; while it begins with `warning_` the bank only asks, and no money has moved */
  @ApiProperty({ enum: DISPUTE_STATUSES })
  status: DisputeStatus;

  /**
   * Stripe's word for what the client says
   * @example product_not_received
   */
  reason: string;

  amount: MoneyView;

  /** Stripe's fee for it, which the platform bears */
  fee: MoneyView;

  /** Taken from the coach's transfers for it */
  takenFromCoach: MoneyView;

  /** Given back to the coach since it was won */
  returnedToCoach: MoneyView;

  /** Why Stripe has refused to move the coach's part; it is tried again daily */
  transferFailureCode: string | null;

  /** Until when Stripe takes evidence */
  evidenceDueBy: string | null;

  /** Whether refunds of the payment are blocked by it */
  blocksRefunds: boolean;

  openedAt: string;

  closedAt: string | null;

  version: number;
}

export class DisputePageView {
  data: DisputeView[];

  nextCursor: string | null;

  hasMore: boolean;
}
