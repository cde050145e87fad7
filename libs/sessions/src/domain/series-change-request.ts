import { SeriesRequestRefused } from './series-refusals';
import type { Funding, Platform } from '../session-record';
import type { CreditFallback } from './series-payments';
import type { ConflictRule, PlannedRefundChoice, SeriesChange, SeriesScope } from './series-plan';

/** What somebody wants to change, as JSON; instants are ISO text. */
export interface SeriesChangeRequest {
  change: SeriesChange;
  scope: SeriesScope;
  /** RECURRENCE-IDs: the one that "this" means, or those to skip or to take back. */
  occurrences: string[];
  /** `move`, `add`, and where to place what is taken back. */
  localStart?: string;
  timezone?: string;
  /** `pause`: from this instant, or now; until this one, or until it is resumed. */
  from?: string;
  until?: string;
  /** `end`: the last day, in the series' zone, on which it may take place. */
  lastDate?: string;
  offeringId?: string;
  durationMinutes?: number;
  /** `edit`: of each session, minor units. */
  price?: { amountMinor: number; currency: string };
  /** `edit`: null for the coach's own order of platforms. */
  platform?: Platform | null;
  /** `edit`: how each session is paid. */
  funding?: Funding;
  /** `edit`: the package that pays alone; null for the one that expires first. */
  entitlementId?: string | null;
  /** `edit`: what pays once credits have ended. */
  fallback?: CreditFallback;
  /** `edit`: hours before the start; null for when cancelling stops being free. */
  chargeHoursBefore?: number | null;
  /** `move`, `edit`: those that were changed by hand follow as well. */
  includeExceptions?: boolean;
  onConflict: ConflictRule;
  override: boolean;
  /** `cancel`: what goes back of what was paid for sessions to come; all of it where nothing is said. */
  refund?: PlannedRefundChoice;
  /** `cancel` by the policy: the notice is counted from this instant while the plan lives. */
  noticeFrom?: string;
  /** `cancel` including the past: what goes back for each session that took place. */
  past?: { sessionId: string; refund: 'full' | 'none' }[];
  reason?: string;
}

/** What says something for some changes only; for another it would be left aside without a word. */
const FIELDS = {
  occurrences: ['move', 'edit', 'skip', 'unskip', 'cancel'],
  localStart: ['move', 'unskip', 'add'],
  timezone: ['move', 'unskip', 'add'],
  from: ['pause'],
  until: ['pause'],
  lastDate: ['end'],
  offeringId: ['edit'],
  durationMinutes: ['edit'],
  price: ['edit'],
  platform: ['edit'],
  funding: ['edit'],
  entitlementId: ['edit'],
  fallback: ['edit'],
  chargeHoursBefore: ['edit'],
  refund: ['cancel'],
  includeExceptions: ['move', 'edit'],
  past: ['cancel'],
} as const satisfies Partial<Record<keyof SeriesChangeRequest, readonly SeriesChange[]>>;

/** @throws SeriesRequestRefused naming what is missing, or what does not belong to the change */
export function checkRequest(request: SeriesChangeRequest): void {
  const { change, scope, occurrences } = request;
  if ((change === 'skip' || change === 'unskip') && occurrences.length === 0)
    throw new SeriesRequestRefused('occurrences', 'Name the occurrences by their original starts.');
  if (new Set(occurrences).size < occurrences.length)
    throw new SeriesRequestRefused('occurrences', 'Each occurrence is named once.');
  for (const [field, changes] of Object.entries(FIELDS)) {
    const value = request[field as keyof typeof FIELDS];
    const isGiven = Array.isArray(value) ? value.length > 0 : value !== undefined;
    if (isGiven && !(changes as readonly SeriesChange[]).includes(change))
      throw new SeriesRequestRefused(field, `"${field}" says nothing for "${change}".`);
  }
  if (scope === 'all_including_past' && change !== 'cancel')
    throw new SeriesRequestRefused('scope', 'What has taken place is not changed, only cancelled.');
}
