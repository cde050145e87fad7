import { creditOfCancellation } from './session-credit';

describe('the credit of a cancelled session', () => {
  it.each([
    ['policy', 100, false, 'returned'],
    ['policy', 99, false, 'used'],
    ['policy', 0, false, 'used'],
    ['policy', 0, true, 'returned'],
    ['full', 0, false, 'returned'],
    ['none', 100, true, 'used'],
  ] as const)('%s at %d %%, kind to late ones: %s: %s', (choice, percent, isKind, outcome) => {
    expect(creditOfCancellation(choice, percent, isKind)).toBe(outcome);
  });
});
