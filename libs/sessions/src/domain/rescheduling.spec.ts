import { mayReschedule } from './rescheduling';

const HOUR_MS = 3_600_000;
const START = Date.parse('2027-03-28T00:30:00Z');

describe('mayReschedule', () => {
  it.each([
    ['client', 24, 24 * HOUR_MS, true],
    ['client', 24, 24 * HOUR_MS - 1, false],
    ['client', 0, 1, true],
    ['client', 0, 0, false],
    ['coach', 24, 1, true],
    ['coach', 24, 0, false],
    ['admin', 24, 48 * HOUR_MS, false],
  ] as const)(
    'a %s with %d free hours and %d ms of notice: %s',
    (role, freeRescheduleHours, noticeMs, may) => {
      const facts = {
        status: 'scheduled',
        startsAt: new Date(START),
        policyRules: { freeRescheduleHours },
      } as const;
      expect(mayReschedule(facts, role, new Date(START - noticeMs))).toBe(may);
    },
  );
});
