import type { Platform } from '../session-record';
import type { CreditsOfPlan, GivenBack, OccurrencePayment, SeriesPaying } from './series-payments';

export type SeriesState = 'active' | 'paused' | 'ended' | 'cancelled';
export type OccurrenceState = 'session' | 'skipped' | 'paused' | 'unscheduled';

export const SERIES_CHANGES = [
  'move',
  'edit',
  'pause',
  'resume',
  'end',
  'skip',
  'unskip',
  'add',
  'cancel',
] as const;
export type SeriesChange = (typeof SERIES_CHANGES)[number];

export const SERIES_SCOPES = ['this', 'this_and_following', 'all_future', 'all_including_past'] as const;
export type SeriesScope = (typeof SERIES_SCOPES)[number];

/** What becomes of an occurrence whose time is taken: nothing at all is done, it is left out, or the coach places it. */
export const CONFLICT_RULES = ['fail', 'skip', 'keep_unscheduled'] as const;
export type ConflictRule = (typeof CONFLICT_RULES)[number];

/** What a session is sold as; amounts in minor units of the series' currency. */
export interface OccurrenceTerms {
  offeringId: string;
  offeringName: string;
  policyId: string;
  priceMinor: number;
  /** Null: the coach's own order of platforms. */
  platform: Platform | null;
  beforeMinutes: number;
  afterMinutes: number;
}

/**
 * What happens to an occurrence. `book`: a session is made. `edit`: its start stays, something else of it changes. `restore`: the session that was skipped or paused comes back.
 * `void`: a past session is cancelled after the event. `omit`: it will not take place, and no session did so far.
 */
export type PlannedAction =
  | 'book'
  | 'keep'
  | 'move'
  | 'edit'
  | 'restore'
  | 'cancel'
  | 'void'
  | 'skip'
  | 'pause'
  | 'omit';

/** Plain JSON: instants are ISO text, wall times are of the series' zone. */
export interface PlannedTime {
  startsAt: string;
  localStart: string;
  timezone: string;
  gapShifted: boolean;
  durationMinutes: number;
}

export interface PlannedNote {
  party: 'coach' | 'client';
  kind: string;
  text: string;
}

export interface PlannedOccurrence {
  /** RECURRENCE-ID before the act; for a new one, its own. */
  originalStartsAt: string;
  /** RECURRENCE-ID after the act: another where the whole rule moves. */
  newOriginalStartsAt: string;
  sessionId: string | null;
  added: boolean;
  action: PlannedAction;
  /** What the occurrence is afterwards. */
  state: OccurrenceState;
  /** Belongs to the series that is split off. */
  splitOff: boolean;
  /** Something of it was changed by hand, and stays as it is. */
  keptException: boolean;
  before: { startsAt: string; durationMinutes: number } | null;
  /** Null where it takes no time any more. */
  after: PlannedTime | null;
  /** What its session is sold as before the act; null where there is none. */
  terms: OccurrenceTerms | null;
  /** What it is sold as from now on; null where nothing of that changes, and for a new one, which is as its series. */
  newTerms: OccurrenceTerms | null;
  /** The coach moves it, or makes it dearer: the client may cancel it freely for some days (domain.md 10). */
  freeToCancel: boolean;
  conflicts: { code: string; text: string; sessionId?: string }[];
  notes: PlannedNote[];
  /** For a session that is cancelled: what goes back, minor units, and by whose choice. */
  refund: { choice: PlannedRefundChoice; amountMinor: number } | null;
  /** How its session is paid after the act; null for what is free, does not take place, or was not looked at. */
  paidBy: OccurrencePayment | null;
  /** That payment is made by the act: a credit is drawn, or a charge planned. */
  isPaidAnew: boolean;
  /** What paid it until now, and does so no longer. */
  givesBack: GivenBack | null;
}

/** What goes back of what was paid for sessions that are cancelled. */
export const PLANNED_REFUND_CHOICES = ['full', 'policy', 'none'] as const;
export type PlannedRefundChoice = (typeof PLANNED_REFUND_CHOICES)[number];

/** A series as it is after the act. */
export interface SeriesShape extends OccurrenceTerms, SeriesPaying {
  state: SeriesState;
  rule: string;
  localStart: string;
  timezone: string;
  durationMinutes: number;
  currency: string;
  materialisedUntil: string;
  pausedFrom: string | null;
  pausedUntil: string | null;
}

/** Why a plan cannot be carried out as it is. */
export type PlanBlock = 'conflicts' | 'past_unconfirmed';

/** Everything that an act does: the occurrences listed here are those that each of its effects reads. */
export interface SeriesPlanContent {
  change: 'create' | SeriesChange;
  scope: SeriesScope;
  /** The series itself afterwards. */
  series: SeriesShape;
  /** "This and all future": the series that goes on from there. */
  splitOff: SeriesShape | null;
  occurrences: PlannedOccurrence[];
  blockedBy: PlanBlock[];
  /** What the client's credits do; null where no credit is drawn or given back. */
  credits: CreditsOfPlan | null;
  /** `bookedMinor`: what is to be paid in money for new sessions. `dearerMinor`: what the sessions that change cost more than before; below 0 where they cost less. */
  money: {
    currency: string;
    bookedMinor: number;
    dearerMinor: number;
    refundMinor: number;
    /** A part of the refund waits for a bank's decision. */
    refundWaitsForDispute: boolean;
  };
  /** One digest each, whatever the number of sessions. */
  mails: { to: 'coach' | 'client'; kind: 'series_digest' }[];
}

/** Actions that need the coach's time. */
export function takesTime({ action }: Pick<PlannedOccurrence, 'action'>): boolean {
  return action === 'book' || action === 'move' || action === 'edit' || action === 'restore';
}

/** Actions that give a session's time back. */
export function givesTimeBack({ action }: Pick<PlannedOccurrence, 'action'>): boolean {
  return action === 'cancel' || action === 'skip' || action === 'pause' || action === 'void';
}

/** What becomes of an occurrence that has no time, by the rule that was chosen. */
export function withoutTime(planned: PlannedOccurrence, rule: ConflictRule): PlannedOccurrence {
  if (rule === 'fail') return planned;
  const leave = { ...planned, after: null, newTerms: null, freeToCancel: false };
  if (planned.action === 'move' || planned.action === 'edit')
    return {
      ...leave,
      action: 'skip',
      state: rule === 'skip' ? 'skipped' : 'unscheduled',
      refund: { choice: 'full', amountMinor: 0 },
    };
  if (rule === 'keep_unscheduled') return { ...leave, action: 'omit', state: 'unscheduled' };
  return { ...leave, action: 'omit', state: 'skipped' };
}
