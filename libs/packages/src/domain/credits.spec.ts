import { creditCounts } from './credits';

describe('the credits of an entitlement', () => {
  const none = { granted: 5, adjusted: 0, expired: 0, refunded: 0, drawn: 0, drawnForGood: 0 };
  it.each([
    ['just bought', none, { total: 5, used: 0, reserved: 0, remaining: 5, expired: 0, refunded: 0 }],
    [
      'two booked, one of them over',
      { ...none, drawn: 2, drawnForGood: 1 },
      { total: 5, used: 1, reserved: 1, remaining: 3, expired: 0, refunded: 0 },
    ],
    [
      'one more given, and the rest expired',
      { ...none, adjusted: 1, drawn: 2, drawnForGood: 2, expired: 4 },
      { total: 6, used: 2, reserved: 0, remaining: 0, expired: 4, refunded: 0 },
    ],
    [
      'taken down to what is booked, the rest refunded',
      { ...none, adjusted: -1, drawn: 1, refunded: 3 },
      { total: 4, used: 0, reserved: 1, remaining: 0, expired: 0, refunded: 3 },
    ],
  ])('%s: each credit is in one place', (_name, tally, counts) => {
    expect(creditCounts(tally)).toEqual(counts);
  });
});
