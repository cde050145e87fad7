import { IsBoolean, IsIn, IsString, MaxLength } from 'class-validator';
import { MOST_TIMES } from '@app/sessions';
import { Instant, Instants, Omittable } from '../http/fields';
import { MoneyView } from '../http/money.dto';

export class RescheduleBody {
  /** A start that GET /v1/slots offers */
  @Instant('2026-12-01T14:00:00+01:00')
  startsAt: Date;

  /** Lets a coach pass hours, notice, horizon and caps; never buffers or other claims */
  @Omittable()
  @IsBoolean()
  override?: boolean;
}

export class ProposalBody {
  /** Of a coach 1 to 5, held until the answer; of a client up to 3 wishes, which hold nothing */
  @Instants(MOST_TIMES.coach, ['2026-12-01T14:00:00+01:00', '2026-12-02T14:00:00+01:00'])
  times: Date[];

  /**
   * Words to the other side, sent with the mail
   * @example "I am at a conference that day, sorry."
   */
  @Omittable()
  @IsString()
  @MaxLength(2_000)
  message?: string;

  /** Lets a coach pass hours, notice, horizon and caps; never buffers or other claims */
  @Omittable()
  @IsBoolean()
  override?: boolean;
}

export class AcceptProposalBody {
  /** One of the proposed times */
  @Instant('2026-12-01T14:00:00+01:00')
  startsAt: Date;
}

export class LinkAnswerBody {
  @IsIn(['accept', 'decline'])
  act: 'accept' | 'decline';

  /** With `accept`: one of the proposed times */
  @Omittable()
  @Instant('2026-12-01T14:00:00+01:00')
  startsAt?: Date;
}

export class RescheduleTermsView {
  /** @example ses_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  sessionId: string;

  /** May you move the session yourself, now? */
  atOnce: boolean;

  /** May you propose other times, or ask for some, to the other side? */
  byAgreement: boolean;

  /** What moving costs: nothing, whenever it happens */
  cost: MoneyView;

  /** Until when a client needs nobody's consent */
  movableUntil: string;

  /** The same as wall time in `timezone` */
  localMovableUntil: string;

  /**
   * The reader's
   * @example Europe/Berlin
   */
  timezone: string;

  /** The notice that the terms of the booking ask for */
  freeRescheduleHours: number;

  /** What cancelling gives a client back at most once the session was moved, percent; null: as the terms say */
  refundCapPercent: number | null;

  /** Of the session */
  version: number;
}

export class ProposedTimeView {
  /** @example 2026-12-01T13:00:00.000Z */
  startsAt: string;

  /** @example 2026-12-01T14:00:00.000Z */
  endsAt: string;

  /**
   * Wall time in `timezone`
   * @example 2026-12-01T14:00:00
   */
  localStart: string;
}

export class ProposalView {
  /** @example prp_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  id: string;

  /** @example ses_01kaxbt6r8e9tbm3v0c1d2e3f4 */
  sessionId: string;

  /** What taking a time does: the session moves there, or where it was missed another one is booked after it */
  purpose: 'move' | 'book_next';

  madeBy: 'coach' | 'client';

  status: 'open' | 'answered' | 'accepted' | 'declined' | 'withdrawn' | 'expired' | 'superseded';

  message: string | null;

  times: ProposedTimeView[];

  /** The session's time when this was made; it stands until another is accepted */
  sessionStartsAt: string;

  chosenStartsAt: string | null;

  /** What was booked by taking a time; only of `book_next` */
  nextSessionId: string | null;

  /** The client's request that these times answer */
  answersId: string | null;

  /**
   * The reader's
   * @example Europe/Berlin
   */
  timezone: string;

  createdAt: string;

  /** Until when it takes an answer */
  expiresAt: string;

  closedAt: string | null;

  version: number;
}

export class ProposalListView {
  /** Newest first, at most 50 */
  data: ProposalView[];
}

/** What the mail with the link told its reader, and nothing else */
export class LinkView {
  /** What taking a time does: the session moves there, or where it was missed another one is booked after it */
  purpose: ProposalView['purpose'];

  status: ProposalView['status'];

  /** @example "Coaching session" */
  offeringName: string;

  /** @example "Carla Coach" */
  coachName: string;

  message: string | null;

  times: ProposedTimeView[];

  /** The session's time as it is now */
  startsAt: string;

  /** The same as wall time in `timezone` */
  localStart: string;

  chosenStartsAt: string | null;

  /**
   * The client's
   * @example America/New_York
   */
  timezone: string;

  /** Until when the link works */
  expiresAt: string;
}
