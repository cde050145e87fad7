import { IsIn, IsInt, Max, Min } from 'class-validator';
import { REFUND_CHOICES, type EntitlementRefundChoice } from '@app/packages';
import { Omittable, PublicId, Words } from '../http/fields';
import { MoneyView } from '../http/money.dto';

export class EntitlementRefundQuoteBody {
  /** `remaining`: the shares that the remaining credits have in the price. `full`: all that was not given back yet */
  @Omittable()
  @IsIn(REFUND_CHOICES)
  refund?: EntitlementRefundChoice;

  /**
   * With `partial`: minor units
   * @example 9000
   */
  @Omittable()
  @IsInt()
  @Min(1)
  @Max(Number.MAX_SAFE_INTEGER)
  amountMinor?: number;
}

export class EntitlementRefundQuoteView {
  /** @example quo_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  id: string;

  /** @example ent_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  entitlementId: string;

  choice: EntitlementRefundChoice;

  /**
   * Credits that are lost by it; sessions that are booked stay booked
   * @example 3
   */
  credits: number;

  refund: MoneyView;

  /** Share of the platform's fee that goes back; an estimate, Stripe's own number is booked */
  estimatedFeeReturned: MoneyView;

  /** The payment is disputed: the refund waits for the bank's decision, and there is none once the dispute is lost */
  refundWaitsForDispute: boolean;

  expiresAt: string;
}

export class RefundEntitlementBody {
  /** Carries out exactly what this quote said */
  @PublicId('quote')
  quoteId: string;

  /** @example The client moves abroad. */
  @Words(500)
  reason: string;
}
