import * as fc from 'fast-check';
import { ruleOf, type RecurrenceRule, type RuleInput } from './rule';

/** Both hemispheres, changes at midnight and by half an hour, offsets of 45 minutes, Ramadan, and zones without changes. */
export const ZONES = [
  'Europe/Berlin',
  'Europe/London',
  'Europe/Lisbon',
  'Europe/Chisinau',
  'Atlantic/Azores',
  'America/New_York',
  'America/Los_Angeles',
  'America/St_Johns',
  'America/Havana',
  'America/Santiago',
  'America/Asuncion',
  'America/Nuuk',
  'America/Sao_Paulo',
  'Africa/Cairo',
  'Africa/Casablanca',
  'Asia/Beirut',
  'Asia/Jerusalem',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Australia/Sydney',
  'Pacific/Auckland',
  'Pacific/Chatham',
  'Pacific/Kiritimati',
] as const;

const weekday = fc.integer({ min: 1, max: 7 });
const interval = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 4 }) },
  { weight: 1, arbitrary: fc.integer({ min: 5, max: 24 }) },
);
const end = fc.oneof(
  fc.constant({}),
  fc.record({ count: fc.integer({ min: 1, max: 150 }) }),
  fc.integer({ min: 0, max: 3_650 }).map((days) => ({
    until: new Date(Date.UTC(2024, 0, 1) + days * 86_400_000).toISOString().slice(0, 10),
  })),
);
const ordinal = fc.constantFrom(1, 2, 3, 4, 5, -1, -2, -3, -4, -5);

const shape: fc.Arbitrary<Partial<RuleInput> & Pick<RuleInput, 'frequency'>> = fc.oneof(
  fc.record({
    frequency: fc.constant('daily' as const),
    weekdays: fc.oneof(fc.constant([]), fc.uniqueArray(weekday)),
  }),
  fc.record({
    frequency: fc.constant('weekly' as const),
    weekdays: fc.uniqueArray(weekday),
    weekStart: weekday,
  }),
  fc.record({ frequency: fc.constant('monthly' as const) }),
  fc.record({
    frequency: fc.constant('monthly' as const),
    monthDay: fc.oneof(fc.integer({ min: 1, max: 31 }), fc.constant(-1)),
  }),
  fc
    .record({
      frequency: fc.constant('monthly' as const),
      weekdays: fc.uniqueArray(weekday, { maxLength: 2 }),
      ordinalWeekdays: fc.array(fc.record({ ordinal, weekday }), { maxLength: 3 }),
    })
    .map((rule) => ({
      ...rule,
      ordinalWeekdays: rule.ordinalWeekdays.filter((each) => !rule.weekdays.includes(each.weekday)),
    })),
);

/** Any rule that the library knows, with or without an end, its UNTIL a date. */
export const anyRule: fc.Arbitrary<RecurrenceRule> = fc
  .tuple(shape, interval, end)
  .map(([rule, every, ending]) => ruleOf({ ...rule, ...ending, interval: every }));

/** A start in 2024 or 2025, often in the hours of the night in which clocks change; `YYYY-MM-DDTHH:mm:ss`. */
export const anyLocalStart: fc.Arbitrary<string> = fc
  .tuple(
    fc.integer({ min: 0, max: 730 }),
    fc.oneof(fc.integer({ min: 0, max: 15 }), fc.integer({ min: 0, max: 95 })),
  )
  .map(([days, quarter]) =>
    new Date(Date.UTC(2024, 0, 1) + days * 86_400_000 + quarter * 900_000).toISOString().slice(0, 19),
  );

export const anyZone = fc.constantFrom(...ZONES);
