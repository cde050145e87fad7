import { retryTime } from './retry-time';

describe('when to ask again after a 429', () => {
  const cases: [string | null, string, string][] = [
    ['1', '2026-06-30T10:00:00.000Z', '2026-06-30T10:00:01.000Z'],
    ['120', '2026-06-30T10:00:00.000Z', '2026-06-30T10:02:00.000Z'],
    ['Tue, 30 Jun 2026 10:05:00 GMT', '2026-06-30T10:00:00.000Z', '2026-06-30T10:05:00.000Z'],
    ['2026-07-01T00:00:00Z', '2026-06-30T10:00:00.000Z', '2026-07-01T00:00:00.000Z'],
    // Zoom's daily limit comes without a header, or with one that is over.
    [null, '2026-06-30T10:00:00.000Z', '2026-07-01T00:00:00.000Z'],
    [null, '2026-06-30T00:00:00.000Z', '2026-07-01T00:00:00.000Z'],
    [null, '2026-06-30T23:59:59.999Z', '2026-07-01T00:00:00.000Z'],
    ['2026-06-29T00:00:00Z', '2026-06-30T10:00:00.000Z', '2026-07-01T00:00:00.000Z'],
    ['soon', '2026-06-30T10:00:00.000Z', '2026-07-01T00:00:00.000Z'],
  ];
  it.each(cases)('Retry-After %s at %s: %s', (header, now, expected) => {
    expect(retryTime(header, new Date(now)).toISOString()).toBe(expected);
  });
});
