import { IsBoolean, IsIn, IsInt, IsString, Max, MaxLength, Min } from 'class-validator';
import { Omittable, PublicId } from '../http/fields';
import { MoneyView } from '../http/money.dto';

export class CancellationQuoteBody {
  /** A client always gets `policy`; coach and admin may choose. Default: `full` for a coach */
  @Omittable()
  @IsIn(['policy', 'full', 'partial', 'none'])
  refund?: 'policy' | 'full' | 'partial' | 'none';

  /**
   * With `partial`: minor units
   * @example 4500
   */
  @Omittable()
  @IsInt()
  @Min(1)
  @Max(Number.MAX_SAFE_INTEGER)
  amountMinor?: number;

  /**
   * With `partial`: percent of what was paid
   * @example 50
   */
  @Omittable()
  @IsInt()
  @Min(1)
  @Max(100)
  percent?: number;

  /** Of a session that a credit pays, instead of `refund`: whether the credit goes back. For coach and admin */
  @Omittable()
  @IsBoolean()
  returnCredit?: boolean;
}

export class CancelSessionBody extends CancellationQuoteBody {
  /** Carries out exactly what this quote said; `refund`, `amountMinor`, `percent` and `returnCredit` are left out then */
  @Omittable()
  @PublicId('quote')
  quoteId?: string;

  /** @example illness */
  @Omittable()
  @IsString()
  @MaxLength(60)
  reasonCode?: string;

  /** @example "I am ill" */
  @Omittable()
  @IsString()
  @MaxLength(1_000)
  reason?: string;

  /**
   * Words to the other side, sent with the mail
   * @example "Sorry, let us find another time soon."
   */
  @Omittable()
  @IsString()
  @MaxLength(4_000)
  message?: string;
}

export class CancellationQuoteView {
  id: string;

  sessionId: string;

  choice: 'policy' | 'full' | 'partial' | 'none';

  refund: MoneyView;

  /** Share of the platform's fee that goes back; an estimate, Stripe's own number is booked */
  estimatedFeeReturned: MoneyView;

  /** The payment is disputed: the refund waits for the bank's decision, and there is none once the dispute is lost */
  refundWaitsForDispute: boolean;

  /** What the saved card is charged with for cancelling; null where nothing is. A coach who cancels with `full` charges nothing */
  laterCharge: MoneyView | null;

  /** What was paid by now */
  captured: MoneyView;

  refundPercent: number;

  /**
   * What becomes of the credit that pays the session; null where none does. `paid_back`: its package was refunded, and the
   * `refund` is its share of the price, as far as that is left. `lost`: the package has ended, so it is gone at once
   */
  credit: 'returned' | 'used' | 'paid_back' | 'lost' | null;

  /** The clause of the terms that applies at this notice */
  clause: string;

  outcome: string;

  noticeSeconds: number;

  willBeTold: string[];

  expiresAt: string;
}

export class WaiveChargeBody {
  /**
   * Kept in the session's timeline
   * @example "The train was late."
   */
  @Omittable()
  @IsString()
  @MaxLength(1_000)
  reason?: string;
}
