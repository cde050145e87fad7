import { IsBoolean, IsIn, IsNotEmpty, IsString, MaxLength } from 'class-validator';
import { CONTACT_CHANNELS, MOST_TIMES } from '@app/sessions';
import { Instant, Instants, Omittable, PublicId } from '../http/fields';
import { MoneyView } from '../http/money.dto';

type Channel = 'phone' | 'email' | 'message' | 'video' | 'other';

export class NoShowQuoteBody {
  /** Who did not come; an admin marks only the coach */
  @IsIn(['client', 'coach'])
  by: 'client' | 'coach';
}

export class NoShowMessageView {
  kind: 'no_show_marked' | 'refund_started';

  to: 'client';
}

export class NoShowQuoteView {
  id: string;

  sessionId: string;

  by: 'client' | 'coach';

  /** What stays of what was paid before */
  kept: MoneyView;

  refund: MoneyView;

  /** Share of the platform's fee that goes back; an estimate, Stripe's own number is booked */
  estimatedFeeReturned: MoneyView;

  /** The payment is disputed: the refund waits for the bank's decision, and there is none once the dispute is lost */
  refundWaitsForDispute: boolean;

  /**
   * What becomes of the credit that paid the session; null where none did. `paid_back`: its package was refunded, and the
   * `refund` is its share of the price, as far as that is left. `lost`: the package has ended, so it is gone at once
   */
  credit: 'used' | 'returned' | 'paid_back' | 'lost' | null;

  /** What is charged to the saved card; null where nothing is to be paid later */
  laterCharge: MoneyView | null;

  /** The clause of the session's own terms */
  clause: string;

  /** What will be sent */
  messages: NoShowMessageView[];

  /** Marking before this takes `override` and a reason */
  waitUntil: string;

  expiresAt: string;
}

export class MarkNoShowBody {
  /** Carries out exactly what this quote said */
  @PublicId('quote')
  quoteId: string;

  /**
   * How you tried to reach the client; yours alone
   * @example "Rang twice, no answer."
   */
  @Omittable()
  @IsString()
  @IsNotEmpty()
  @MaxLength(4_000)
  note?: string;

  /** @example phone */
  @Omittable()
  @IsIn(CONTACT_CHANNELS)
  channel?: Channel;

  /** When you tried; now, unless said otherwise */
  @Omittable()
  @Instant('2026-11-20T09:05:00Z')
  contactedAt?: Date;

  /** Before the waiting time is over; needs a reason */
  @Omittable()
  @IsBoolean()
  override?: boolean;

  /** @example "The client wrote that they forgot." */
  @Omittable()
  @IsString()
  @MaxLength(1_000)
  reason?: string;
}

export class NoShowReportBody {
  /** @example "I waited for twenty minutes." */
  @Omittable()
  @IsString()
  @IsNotEmpty()
  @MaxLength(4_000)
  message?: string;
}

export class FollowUpBody {
  /** What the mail says when no words of your own are given */
  @IsIn(['missed_you', 'new_time'])
  template: 'missed_you' | 'new_time';

  /**
   * Your own words in place of the template's
   * @example "Shall we try again next week?"
   */
  @Omittable()
  @IsString()
  @IsNotEmpty()
  @MaxLength(4_000)
  message?: string;

  /** New times, 1 to 5, held for the client, who books one of them by the mailed link or in the app */
  @Omittable()
  @Instants(MOST_TIMES.coach, ['2026-12-08T14:00:00+01:00', '2026-12-10T14:00:00+01:00'])
  times?: Date[];

  /** With times: passes hours, notice, horizon and caps; never buffers or other claims */
  @Omittable()
  @IsBoolean()
  override?: boolean;
}

export class NoShowMarkingView {
  by: 'client' | 'coach';

  markedAt: string;

  markedBy: 'coach' | 'admin';

  /** Marked before the waiting time was over */
  overridden: boolean;

  reason: string | null;

  clause: string;

  kept: MoneyView;

  refund: MoneyView;

  /** What the saved card is charged with; null where nothing is */
  laterCharge: MoneyView | null;

  /** When the coach let it off */
  chargeWaivedAt: string | null;

  /** When the marking was taken back or the session voided */
  endedAt: string | null;

  endedHow: 'undone' | 'voided' | null;
}

export class NoShowReportView {
  reportedAt: string;

  message: string | null;

  isOpen: boolean;
}

export class FollowUpView {
  template: 'missed_you' | 'new_time';

  message: string;

  /** The offer of new times that went with it; read it with GET …/reschedule-proposals */
  proposalId: string | null;

  sentAt: string;
}

export class ContactAttemptView {
  at: string;

  channel: Channel;

  note: string | null;
}

export class NoShowStoryView {
  /** Oldest first; those that were taken back too */
  markings: NoShowMarkingView[];

  report: NoShowReportView | null;

  followUp: FollowUpView | null;

  /** For the coach alone; null for everybody else */
  contactAttempts: ContactAttemptView[] | null;
}
