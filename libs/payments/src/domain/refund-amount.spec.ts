import { refundAmount, RefundAmountRefused } from './refund-amount';

describe('A85 the amount that is given back', () => {
  it.each([
    // asked, left, currency, given
    [1, 10_000, 'EUR', 1],
    [9_999, 10_000, 'EUR', 9_999],
    [10_000, 10_000, 'EUR', 10_000],
    [1, 500, 'JPY', 1],
    [500, 500, 'JPY', 500],
    // Dinars are charged in tens of fils: half up.
    [1_234, 10_000, 'KWD', 1_230],
    [1_235, 10_000, 'KWD', 1_240],
    [5, 10_000, 'KWD', 10],
    // Whole crowns.
    [149, 100_000, 'ISK', 100],
    [150, 100_000, 'ISK', 200],
    // All that is left, though it is off the step.
    [1_234, 1_234, 'KWD', 1_234],
    [3, 3, 'KWD', 3],
  ])('%i of %i %s → %i', (asked, left, currency, given) => {
    expect(refundAmount(asked, left, currency)).toBe(given);
  });

  it.each([
    ['nothing', 0, 10_000, 'EUR'],
    ['less than nothing', -1, 10_000, 'EUR'],
    ['a part of a cent', 0.5, 10_000, 'EUR'],
    ['not a number', Number.NaN, 10_000, 'EUR'],
    ['beyond the safe integers', 2 ** 53, 10_000, 'EUR'],
    ['more than is left', 10_001, 10_000, 'EUR'],
    ['what rounds to nothing', 4, 10_000, 'KWD'],
    ['what rounds beyond the rest', 8, 9, 'KWD'],
    ['anything of a payment that is gone', 1, 0, 'EUR'],
  ])('refuses %s (%d of %i %s)', (_, asked, left, currency) => {
    expect(() => refundAmount(asked, left, currency)).toThrow(RefundAmountRefused);
  });

  it('says what could be given back', () => {
    try {
      refundAmount(10_001, 10_000, 'EUR');
    } catch (error) {
      expect(error).toMatchObject({ refundableMinor: 10_000 });
    }
    expect.assertions(1);
  });
});
