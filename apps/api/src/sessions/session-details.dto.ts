import { OmitType } from '@nestjs/swagger';
import { MoneyView } from '../http/money.dto';
import { DialInNumberView } from '../video/video.dto';
import { MeetingOfRowView, PersonView, SessionRowView } from './session-list.dto';

export class ClientOfSessionView extends PersonView {
  /** @example client@demo.test */
  email: string;

  phone: string | null;

  /** @example Europe/Berlin */
  timezone: string;

  /**
   * The start on the client's clock
   * @example 2026-12-01T04:00:00
   */
  localStart: string;

  /** The client's device was last seen in another zone */
  timezoneMismatch: boolean;

  /**
   * Completed sessions with this coach
   * @example 3
   */
  sessionCount: number;

  /** Start of the latest completed session before this one */
  lastSessionAt: string | null;
}

export class CoachOfSessionView extends PersonView {
  /** @example Europe/Berlin */
  timezone: string;
}

export class MeetingOfSessionView extends MeetingOfRowView {
  meetingId: string | null;

  password: string | null;

  dialIn: DialInNumberView[];

  /** Why there are no numbers */
  dialInReason: string | null;
}

export class PreparationView {
  focus: string | null;

  questions: string | null;

  background: string | null;
}

export class GoalOfSessionView {
  id: string;

  title: string;

  status: string;

  progressPercent: number;

  remark: string;
}

export class PolicyOfSessionView {
  id: string;

  /** The terms that apply to this booking, whatever the coach changed since */
  text: string;

  /** Until when cancelling gives everything back */
  deadlineAt: string | null;

  /** The same as wall time in `timezone` */
  localDeadline: string | null;

  acceptedAt: string | null;

  /** Your coach moved this session of a series, or made it dearer: until then it is cancelled free of charge */
  freeCancellationUntil: string | null;
}

export class CancellationView {
  by: string;

  outcome: string;

  reasonCode: string | null;

  reason: string | null;

  at: string;
}

export class NoShowOfSessionView {
  /** Who did not come; null while nobody was marked */
  by: 'client' | 'coach' | null;

  markedAt: string | null;

  /** When the client reported that the coach did not come */
  reportedAt: string | null;

  /** The report waits for an answer */
  reportOpen: boolean;

  /** From here on the session can be marked as missed without giving a reason */
  waitUntil: string;
}

export class PaymentOfSessionView {
  /** @example pay_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  id: string;

  captured: MoneyView;

  refunded: MoneyView;

  /** What Stripe.js confirms the payment with; only for the client, while payment is due and the terms are accepted */
  clientSecret?: string | null;
}

export class ChargeOfSessionView {
  /**
   * Null until the client has accepted the terms
   * @example pay_01kaxbt6r8e9tbm3v0c1d2e3f4
   */
  paymentId: string | null;

  /** What the client owes it for */
  reason: 'pay_later' | 'no_show' | 'late_cancellation';

  amount: MoneyView;

  /** From when on the card may be charged */
  dueAt: string;

  /** `planned`: waits for its time or the next attempt. `given_up`: somebody has to do something */
  state: 'awaiting_terms' | 'planned' | 'requested' | 'needs_action' | 'given_up' | 'settled';

  /** Why the last attempt failed */
  failureCode: string | null;
}

export class SessionDetailsView extends OmitType(SessionRowView, ['client', 'coach', 'meeting'] as const) {
  client: ClientOfSessionView;

  coach: CoachOfSessionView;

  meeting: MeetingOfSessionView;

  /** Minutes that both were in the room; null while unknown */
  actualMinutes: number | null;

  preparation: PreparationView;

  goals: GoalOfSessionView[];

  policy: PolicyOfSessionView;

  ratingComment: string | null;

  bookedAt: string;

  bookedBy: string;

  completedAt: string | null;

  /** When an unpaid hold gives the time back */
  holdExpiresAt: string | null;

  cancellation: CancellationView | null;

  noShow: NoShowOfSessionView;

  /** The session that this one was booked after */
  followsSessionId: string | null;

  /** What was booked after this one, by “book next” or by an offer in a follow-up */
  nextSessionIds: string[];

  payment: PaymentOfSessionView | null;

  /** What is charged to the saved card; null where nothing is */
  charge: ChargeOfSessionView | null;
}
