export * from './availability.errors';
export * from './availability.module';
export * from './availability.questions';
export * from './availability.service';
export * from './claims';
export * from './date-overrides.service';
export type { BookingRules, BusySpan, FreeTimeFacts, NeededTime, TimeOffSpan } from './domain/calendar';
export { freeStarts, isFree, nearestFreeStarts, whyNotFree } from './domain/free-time';
export {
  isClaim,
  isPassableByCoach,
  publicReasons,
  type PassableCode,
  type PublicReason,
  type Reason,
  type ReasonCode,
} from './domain/free-time-rules';
export { whyNotFreeTogether, type WantedStart } from './domain/free-together';
export type { Span } from './domain/spans';
export type { MinuteInterval, WeeklyInterval } from './domain/working-hours';
export * from './offering-hours.service';
export * from './practice-zone.service';
export * from './time-off.service';
export * from './weekly-hours.service';
