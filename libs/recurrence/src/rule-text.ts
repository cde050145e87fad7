import { instantOf } from '@app/common';
import { InvalidRule } from './invalid-rule';
import { ruleOf, type Frequency, type RecurrenceRule, type RuleInput, type SeriesStart } from './rule';
import { weekdayCode, weekdayOfCode, type Weekday } from './weekdays';

const MAX_TEXT_LENGTH = 200;
const NUMBER = /^\d{1,6}$/;
const SIGNED_NUMBER = /^[+-]?\d{1,2}$/;
const BYDAY_ENTRY = /^(?<ordinal>[+-]?\d{1,2})?(?<code>[A-Z]{2})$/;
const UNTIL = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?$/;
const FREQUENCIES: Readonly<Record<string, Frequency | undefined>> = {
  DAILY: 'daily',
  WEEKLY: 'weekly',
  MONTHLY: 'monthly',
};
const SUPPORTED = ['FREQ', 'INTERVAL', 'BYDAY', 'BYMONTHDAY', 'COUNT', 'UNTIL', 'WKST'] as const;
type SupportedPart = (typeof SUPPORTED)[number];

/**
 * Reads the text of an RRULE, with or without "RRULE:" before it, letters of either case. Understood are FREQ (DAILY,
 * WEEKLY, MONTHLY), INTERVAL, BYDAY, BYMONTHDAY (one day), COUNT, UNTIL and WKST; each at most once.
 * @throws InvalidRule naming the part that is malformed, unknown, repeated, out of range or against another
 */
export function parseRule(text: string): RecurrenceRule {
  const parts = partsOf(text);
  const freq = parts.get('FREQ');
  if (freq === undefined) throw new InvalidRule('malformed', 'FREQ', 'a rule needs a FREQ');
  const frequency = FREQUENCIES[freq];
  if (!frequency) throw new InvalidRule('unsupported', 'FREQ', 'FREQ is DAILY, WEEKLY or MONTHLY');
  const weekStart = parts.get('WKST');
  const until = parts.get('UNTIL');
  return ruleOf({
    frequency,
    ...numberPart(parts, 'INTERVAL', 'interval', NUMBER),
    ...numberPart(parts, 'COUNT', 'count', NUMBER),
    ...numberPart(parts, 'BYMONTHDAY', 'monthDay', SIGNED_NUMBER),
    ...byDay(parts.get('BYDAY')),
    ...(weekStart === undefined ? {} : { weekStart: weekdayNamed('WKST', weekStart) }),
    ...(until === undefined ? {} : { until: untilFromText(until) }),
  });
}

/** The canonical text: parts in one order, nothing that is the default. `parseRule` reads back an equal rule. */
export function ruleText(rule: RecurrenceRule): string {
  return textWithUntil(rule, rule.until && rule.until.replaceAll(/[-:]/g, ''));
}

/**
 * The text for a calendar, where DTSTART has the series' zone: RFC 5545 (3.3.10) then wants UNTIL as an instant in UTC.
 * @throws InvalidTime for an unknown zone
 */
export function calendarRuleText(rule: RecurrenceRule, start: SeriesStart): string {
  const { until } = rule;
  if (!until || until.endsWith('Z')) return ruleText(rule);
  const wallTime = until.includes('T') ? until : `${until}T23:59:59`;
  const instant = instantOf(wallTime, start.timezone).instant.toISOString();
  return textWithUntil(rule, `${instant.slice(0, 19).replaceAll(/[-:]/g, '')}Z`);
}

function textWithUntil(rule: RecurrenceRule, until: string | undefined): string {
  const { interval, monthDay, count, weekStart } = rule;
  const days = [
    ...rule.weekdays.map(weekdayCode),
    ...rule.ordinalWeekdays.map(({ ordinal, weekday }) => `${ordinal}${weekdayCode(weekday)}`),
  ];
  return [
    `FREQ=${rule.frequency.toUpperCase()}`,
    interval > 1 && `INTERVAL=${interval}`,
    days.length > 0 && `BYDAY=${days.join(',')}`,
    monthDay !== undefined && `BYMONTHDAY=${monthDay}`,
    count !== undefined && `COUNT=${count}`,
    until && `UNTIL=${until}`,
    weekStart !== 1 && `WKST=${weekdayCode(weekStart)}`,
  ]
    .filter((part) => part)
    .join(';');
}

function partsOf(text: string): Map<SupportedPart, string> {
  if (text.length > MAX_TEXT_LENGTH) {
    throw new InvalidRule('out_of_range', 'RRULE', `a rule has at most ${MAX_TEXT_LENGTH} characters`);
  }
  const parts = new Map<SupportedPart, string>();
  for (const each of text
    .toUpperCase()
    .replace(/^RRULE:/, '')
    .split(';')) {
    const [, name, value] = /^([A-Z-]{1,20})=([A-Z0-9,+-]+)$/.exec(each) ?? [];
    if (name === undefined || value === undefined) {
      throw new InvalidRule('malformed', 'RRULE', 'a rule is NAME=VALUE, with ";" between its parts');
    }
    const part = SUPPORTED.find((supported) => supported === name);
    if (!part) throw new InvalidRule('unsupported', name, `${name} is not supported in a rule`);
    if (parts.has(part)) throw new InvalidRule('repeated', part, `${part} is there twice`);
    parts.set(part, value);
  }
  return parts;
}

function numberPart<Field extends 'interval' | 'count' | 'monthDay'>(
  parts: ReadonlyMap<SupportedPart, string>,
  part: SupportedPart,
  field: Field,
  form: RegExp,
): Partial<Record<Field, number>> {
  const value = parts.get(part);
  if (value === undefined) return {};
  if (value.includes(',')) throw new InvalidRule('unsupported', part, `${part} takes one number only`);
  if (!form.test(value)) throw new InvalidRule('malformed', part, `${part} is a whole number`);
  const fields: Partial<Record<Field, number>> = {};
  fields[field] = Number(value);
  return fields;
}

function byDay(value: string | undefined): Pick<RuleInput, 'weekdays' | 'ordinalWeekdays'> {
  const weekdays: Weekday[] = [];
  const ordinalWeekdays: { ordinal: number; weekday: Weekday }[] = [];
  for (const entry of value?.split(',') ?? []) {
    const { ordinal, code } = BYDAY_ENTRY.exec(entry)?.groups ?? {};
    if (!code) throw new InvalidRule('malformed', 'BYDAY', 'BYDAY has weekdays such as TU, 2TU or -1FR');
    const weekday = weekdayNamed('BYDAY', code);
    if (ordinal === undefined) weekdays.push(weekday);
    else ordinalWeekdays.push({ ordinal: Number(ordinal), weekday });
  }
  return { weekdays, ordinalWeekdays };
}

function weekdayNamed(part: SupportedPart, code: string): Weekday {
  const weekday = weekdayOfCode(code);
  if (!weekday) throw new InvalidRule('malformed', part, 'a weekday is one of MO, TU, WE, TH, FR, SA, SU');
  return weekday;
}

function untilFromText(value: string): string {
  const [, year, month, day, hour, minute, second, utc] = UNTIL.exec(value) ?? [];
  if (year === undefined) {
    throw new InvalidRule('malformed', 'UNTIL', 'UNTIL is 20260630, 20260630T180000 or 20260630T160000Z');
  }
  const date = `${year}-${month}-${day}`;
  return hour === undefined ? date : `${date}T${hour}:${minute}:${second}${utc}`;
}
