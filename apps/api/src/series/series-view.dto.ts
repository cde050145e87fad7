import { MoneyView } from '../http/money.dto';

export class SeriesTermsView {
  state: 'active' | 'paused' | 'ended' | 'cancelled';

  /** RFC 5545 */
  rule: string;

  localStart: string;

  timezone: string;

  offeringId: string;

  offeringName: string;

  durationMinutes: number;

  platform: 'zoom' | 'google_meet' | 'microsoft_teams' | null;

  policyId: string;

  price: MoneyView;

  pausedFrom: string | null;

  pausedUntil: string | null;

  /** How each session is paid: by credits, or on the saved card (`pay_later`) */
  funding: 'free' | 'package' | 'pay_later';

  /** `package`: this one alone pays; null: the one that expires first */
  entitlementId: string | null;

  /** `package`: what pays once credits have ended: nothing, so that sessions are unpaid, or the saved card */
  fallback: 'none' | 'saved_card';

  /** Hours before the start at which the card is charged; null: when cancelling stops being free */
  chargeHoursBefore: number | null;
}

export class SeriesView extends SeriesTermsView {
  id: string;

  clientId: string;

  /** The rule in words */
  description: string;

  onConflict: 'fail' | 'skip' | 'keep_unscheduled';

  horizonDays: number;

  /** Every occurrence before this instant is in the list of occurrences */
  materialisedUntil: string;

  /** Since then sessions are made without a credit, and both were told; null while credits pay */
  creditsEndedAt: string | null;

  /** When the client agreed to the terms, for all its sessions; null while that is open */
  termsAcceptedAt: string | null;

  /** The series that this one goes on with */
  splitFrom: string | null;

  createdAt: string;

  version: number;
}

export class SeriesPageView {
  data: SeriesView[];

  nextCursor: string | null;

  hasMore: boolean;
}

export class OccurrenceReasonView {
  code: string;

  text: string;
}

export class OccurrenceView {
  /** RECURRENCE-ID: the start that the rule gave it */
  originalStartsAt: string;

  state: 'session' | 'skipped' | 'paused' | 'unscheduled';

  /** Added by hand; the rule does not give it */
  added: boolean;

  sessionId: string | null;

  sessionStatus: 'held' | 'scheduled' | 'completed' | 'cancelled' | 'no_show' | null;

  startsAt: string | null;

  endsAt: string | null;

  localStart: string | null;

  timezone: string | null;

  gapShifted: boolean;

  /** Its time was changed by hand */
  isException: boolean;

  price: MoneyView | null;

  /** Until then its client cancels it free of charge: the coach moved it, or made it dearer */
  freeCancellationUntil: string | null;

  /** Why it could not be placed; for the coach */
  reasons: OccurrenceReasonView[];
}

export class OccurrencePageView {
  data: OccurrenceView[];

  nextCursor: string | null;

  hasMore: boolean;
}

/** What a session is sold as */
export class OccurrenceTermsView {
  offeringId: string;

  policyId: string;

  price: MoneyView;

  /** Null: your own order of platforms */
  platform: 'zoom' | 'google_meet' | 'microsoft_teams' | null;
}

export class PlannedTimeView extends OccurrenceTermsView {
  startsAt: string;

  localStart: string;

  timezone: string;

  /** The wall time does not exist that day and was moved forward */
  gapShifted: boolean;

  durationMinutes: number;
}

export class PlannedBeforeView extends OccurrenceTermsView {
  startsAt: string;

  durationMinutes: number;
}

export class PlannedConflictView {
  code: string;

  text: string;

  sessionId: string | null;
}

export class PlannedNoteView {
  party: 'coach' | 'client';

  kind: string;

  text: string;
}

export class PlannedRefundView extends MoneyView {
  choice: 'full' | 'policy' | 'none';
}

/** How a session is paid after the act */
export class PlannedPaymentView {
  by: 'credit' | 'saved_card' | 'unpaid';

  /** The act draws the credit, or plans the charge */
  isNew: boolean;

  /** The package whose credit pays it */
  entitlementId: string | null;

  packageName: string | null;

  /** Credits of that package after this one; null for one that was drawn before */
  creditsLeft: number | null;

  /** When the saved card is charged */
  dueAt: string | null;
}

/** The credit that paid a session which does not take place, or is paid otherwise from now on */
export class PlannedCreditView {
  entitlementId: string;

  packageName: string;

  /** `paid_back`: the package was refunded before, and the `refund` has its share of the price, as far as that is left */
  outcome: 'returned' | 'used' | 'paid_back';
}

export class PlannedOccurrenceView {
  originalStartsAt: string;

  newOriginalStartsAt: string;

  sessionId: string | null;

  added: boolean;

  action: 'book' | 'keep' | 'move' | 'edit' | 'restore' | 'cancel' | 'void' | 'skip' | 'pause' | 'omit';

  /** What the occurrence is afterwards */
  state: 'session' | 'skipped' | 'paused' | 'unscheduled';

  splitOff: boolean;

  /** Something of it was changed by hand, and stays so */
  keptException: boolean;

  before: PlannedBeforeView | null;

  after: PlannedTimeView | null;

  /** It moves or gets dearer: the client may cancel it free of charge for 7 days */
  freeToCancel: boolean;

  conflicts: PlannedConflictView[];

  /** What clock changes do to somebody's local time */
  notes: PlannedNoteView[];

  refund: PlannedRefundView | null;

  /** Null for what is free, or does not take place */
  payment: PlannedPaymentView | null;

  /** What becomes of the credit that it held; null where it held none, or keeps it */
  credit: PlannedCreditView | null;
}

/** What the client's credits do; counts of sessions */
export class PlanCreditsView {
  drawn: number;

  returned: number;

  /** Of packages that were refunded before: their shares of the price go back in money */
  paidBack: number;

  used: number;

  /** The first occurrence that no credit is left for, counted from 1; null: enough are left */
  endAt: number | null;

  /** Sessions that nothing pays */
  unpaid: number;

  /** Sessions that the saved card pays instead */
  onSavedCard: number;

  /** More credits are there, and pay for nothing while their package is disputed */
  isDisputed: boolean;

  /** @example "5 sessions paid by credits; credits end at occurrence 6; 1 session unpaid" */
  text: string;
}

export class PlanMoneyView {
  /** What is to be paid in money for new sessions; a credit costs none */
  booked: MoneyView;

  /** What the changed sessions cost more than before; below 0 where they cost less */
  dearer: MoneyView;

  /** With the shares of refunded packages */
  refund: MoneyView;

  /** A part of the refund is disputed: it waits for the bank's decision, and there is none once the dispute is lost */
  refundWaitsForDispute: boolean;
}

export class PlanMailView {
  to: 'coach' | 'client';

  kind: 'series_digest';
}

export class SeriesPlanView {
  id: string;

  seriesId: string | null;

  change: 'create' | 'move' | 'edit' | 'pause' | 'resume' | 'end' | 'skip' | 'unskip' | 'add' | 'cancel';

  scope: 'this' | 'this_and_following' | 'all_future' | 'all_including_past';

  /** The series afterwards */
  series: SeriesTermsView;

  /** The series that goes on from the change on, when it is split */
  splitOff: SeriesTermsView | null;

  occurrences: PlannedOccurrenceView[];

  /** Why it cannot be carried out as it is; empty when it can */
  blockedBy: ('conflicts' | 'past_unconfirmed')[];

  /** Null where no credit is drawn or given back */
  credits: PlanCreditsView | null;

  money: PlanMoneyView;

  /** One digest each, whatever the number of sessions */
  mails: PlanMailView[];

  expiresAt: string;
}
