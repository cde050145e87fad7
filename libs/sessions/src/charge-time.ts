import { deadlineOf, type PolicyRules } from '@app/offerings';

const HOUR_MS = 3_600_000;
/** Before the start, where cancelling is never free by the terms. */
const CHARGE_HOURS = 24;

/** When the saved card is charged for what is paid later, as the offering says it. */
export interface ChargeTiming {
  chargeTiming: 'free_cancellation_ends' | 'before_start' | 'after_session';
  /** With `before_start`. */
  chargeHoursBefore: number | null;
}

/**
 * Business instant from which the card is charged: where the offering leaves it open, when cancelling stops being free, so
 * that nobody is charged for what can be cancelled freely (domain.md 10).
 */
export function chargeDueAt(
  { chargeTiming, chargeHoursBefore }: ChargeTiming,
  rules: PolicyRules,
  { startsAt, endsAt }: { startsAt: Date; endsAt: Date },
): Date {
  if (chargeTiming === 'after_session') return endsAt;
  return chargeTime(startsAt, chargeTiming === 'before_start' ? chargeHoursBefore : null, rules);
}

/**
 * When the card is charged for a session: so long before its start, else when cancelling stops being free.
 *
 * @param chargeHoursBefore null: by the terms
 */
export function chargeTime(startsAt: Date, chargeHoursBefore: number | null, rules: PolicyRules): Date {
  const byTerms = chargeHoursBefore === null ? deadlineOf(rules, startsAt) : null;
  return byTerms ?? new Date(startsAt.getTime() - (chargeHoursBefore ?? CHARGE_HOURS) * HOUR_MS);
}
