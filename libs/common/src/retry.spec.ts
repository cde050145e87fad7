import { fullJitterDelayMs } from './retry';

describe('fullJitterDelayMs', () => {
  it.each([
    [1, 1_000, 60_000, 0, 0],
    [1, 1_000, 60_000, 0.5, 500],
    [2, 1_000, 60_000, 0.5, 1_000],
    [4, 1_000, 60_000, 0.9999999, 8_000],
    [7, 1_000, 60_000, 0.9999999, 60_000],
    [5_000, 1_000, 60_000, 0.5, 30_000],
  ])('attempt %i, base %i, cap %i, random %f waits %i ms', (attempt, base, cap, random, expected) => {
    expect(fullJitterDelayMs(attempt, base, cap, () => random)).toBe(expected);
  });

  it.each([0, -1, 1.5])('refuses attempt %d', (attempt) => {
    expect(() => fullJitterDelayMs(attempt, 1, 1, () => 0)).toThrow(RangeError);
  });
});
