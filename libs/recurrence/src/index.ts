export * from './invalid-rule';
export * from './weekdays';
export {
  endingOn,
  FIELD_OF_PART,
  MAX_COUNT,
  MAX_INTERVAL,
  ruleOf,
  type AnchoredRule,
  type Frequency,
  type OrdinalWeekday,
  type RecurrenceRule,
  type RuleInput,
  type SeriesStart,
} from './rule';
export * from './rule-text';
export * from './occurrences';
export * from './anchor-rule';
export * from './split-rule';
export * from './move-rule';
export * from './describe-rule';
export * from './dst-notes';
