import type { Random } from '../support/random';

/** Stands in JSON for text that JSON.stringify would not write, such as a number beyond every range. */
const RAW = /"@raw:([^"]*)@"/g;
const raw = (text: string): string => `@raw:${text}@`;

const STRINGS: readonly string[] = [
  '',
  ' ',
  'x'.repeat(20_000),
  '🦄'.repeat(5_000),
  'e' + '\u0301'.repeat(500),
  '\u202Egnp.exe',
  '\u2066hidden\u2069',
  'nul\u0000byte',
  'half \ud800 pair',
  '\ufeffmark',
  'line\r\nBcc: everybody@demo.test',
  'name\nX-Injected: yes',
  '=HYPERLINK("http://127.0.0.1/","click")',
  '+1+cmd|/c calc',
  "@SUM(1;1)'",
  "' or '1'='1",
  "'; drop table accounts; --",
  '$1',
  '${7*7}{{7*7}}<%= 7*7 %>',
  '<script>alert(1)</script>',
  '[click](javascript:alert(1))',
  '../../../../etc/passwd',
  '%00%0d%0a',
  'NaN',
  'Infinity',
  '-0',
  '1e400',
  '0x1F',
  'null',
  'undefined',
  '[object Object]',
  'true',
  '__proto__',
  'constructor',
  'toString',
  '0000-00-00',
  '2027-02-30T10:00:00Z',
  '2027-03-28T02:30:00[Europe/Berlin]',
  '+275760-09-13T00:00:00Z',
  '-271821-04-20T00:00:00Z',
  '99999-01-01T00:00:00+00:00',
  '1970-01-01T00:00:00Z',
  '2027-03-01T10:00:00',
  '24:01',
  'Mars/Olympus_Mons',
  '../Europe/Berlin',
  'XXX',
  'http://169.254.169.254/latest/meta-data/',
  'file:///etc/hosts',
  'a@b',
  `${'a'.repeat(250)}@demo.test`,
  '((((((((((((((((((((((((a+)+)+)+)+)+)+$',
];

const NUMBERS: readonly unknown[] = [
  0,
  -1,
  -0.0001,
  0.1,
  1.5,
  2 ** 31,
  2 ** 53,
  1e21,
  5e-324,
  raw('9007199254740993'),
  raw('-9223372036854775809'),
  raw('1e400'),
  raw('-1e400'),
];

/** As it stands in the text of a request: an own member of that name, not a prototype. */
const parsed = (text: string): unknown => JSON.parse(text) as unknown;

const OTHERS: readonly unknown[] = [
  null,
  true,
  false,
  [],
  {},
  [[[[]]]],
  { $ne: null },
  { $gt: '' },
  { length: 1_000_000_000 },
  { toString: 'x', valueOf: 'y' },
  ['a', 'b'],
  [null, null],
  Array.from({ length: 2_000 }, () => 'x'),
  parsed('{"__proto__":{"polluted":true}}'),
  parsed('{"constructor":{"prototype":{"polluted":true}}}'),
  parsed(`${'['.repeat(100)}${']'.repeat(100)}`),
  parsed(`${'{"a":'.repeat(100)}1${'}'.repeat(100)}`),
];

/** Members that no request has: of the prototype, or of what the server keeps to itself. */
export const UNKNOWN_MEMBERS = [
  '__proto__',
  'constructor',
  'prototype',
  'coachId',
  'role',
  'kind',
  'version',
  'status',
  'priceMinor',
  'refundedMinor',
  'createdAt',
  'password_hash',
];

export function hostileValue(random: Random): unknown {
  return random.pick(random.pick([STRINGS, STRINGS, NUMBERS, OTHERS]));
}

export function hostileString(random: Random): string {
  return random.pick(STRINGS);
}

/** Latin letters and signs that a header can carry. */
export function hostileHeader(random: Random): string {
  return random.pick([
    '',
    '"',
    '"-1"',
    '"99999999999999999999"',
    'W/"1"',
    '*',
    '"1", "2"',
    '"1',
    "' or 1=1 --",
    'x'.repeat(256),
    'a b',
    'é',
    '{"$ne":null}',
    '%00',
    '\t',
    '"\\u0000"',
  ]);
}

/** JSON text of a value with its raw parts. */
export function jsonText(value: unknown): string {
  return (JSON.stringify(value) ?? 'null').replaceAll(RAW, '$1');
}
