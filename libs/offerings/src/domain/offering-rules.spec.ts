import { checkedPrice, isPriceFault, resolved, type FundingOption } from './offering-rules';

describe('checkedPrice', () => {
  it.each<[number, string, FundingOption[], number]>([
    [9_000, 'EUR', ['card'], 9_000],
    [50, 'EUR', ['card'], 50],
    [0, 'EUR', ['free'], 0],
    [5_000, 'JPY', ['card', 'package'], 5_000],
    [1_005, 'KWD', ['card'], 1_010],
    [1_004, 'KWD', ['card'], 1_000],
    [12_350, 'ISK', ['card'], 12_400],
    [12_349, 'ISK', ['card'], 12_300],
  ])('stores %d %s for %j as %d', (priceMinor, currency, fundingOptions, stored) => {
    expect(checkedPrice({ priceMinor, currency, fundingOptions }, currency)).toEqual({
      priceMinor: stored,
      currency,
      fundingOptions,
    });
  });

  it('names each way to pay once, in one order', () => {
    expect(
      checkedPrice(
        { priceMinor: 100, currency: 'EUR', fundingOptions: ['package', 'card', 'package'] },
        'EUR',
      ),
    ).toMatchObject({ fundingOptions: ['card', 'package'] });
  });

  it.each<[number, string, FundingOption[], string, string]>([
    [49, 'EUR', ['card'], 'price_below_minimum', '/price/amount'],
    [1, 'EUR', ['free'], 'price_below_minimum', '/price/amount'],
    [4, 'KWD', ['card'], 'price_below_minimum', '/price/amount'],
    [9_000, 'USD', ['card'], 'currency_differs', '/price/currency'],
    [9_000, 'EUR', ['card', 'free'], 'free_and_priced', '/fundingOptions'],
    [0, 'EUR', ['card'], 'free_and_priced', '/fundingOptions'],
    [0, 'EUR', ['free', 'package'], 'free_and_priced', '/fundingOptions'],
    [9_000, 'EUR', [], 'price_without_funding', '/fundingOptions'],
    [0, 'EUR', [], 'price_without_funding', '/fundingOptions'],
  ])('refuses %d %s for %j: %s', (priceMinor, currency, fundingOptions, code, pointer) => {
    const result = checkedPrice(
      { priceMinor, currency, fundingOptions },
      currency === 'USD' ? 'EUR' : currency,
    );
    expect(isPriceFault(result) && [result.code, result.pointer]).toEqual([code, pointer]);
  });

  it.each([-1, 1.5, Number.NaN])('takes no %d', (priceMinor) => {
    expect(() => checkedPrice({ priceMinor, currency: 'EUR', fundingOptions: ['card'] }, 'EUR')).toThrow(
      RangeError,
    );
  });
});

describe('resolved', () => {
  const coach = { bufferBeforeMinutes: 5, bufferAfterMinutes: 10, prepMinutes: 15 };

  it("A159 keeps the coach's buffer and the preparation free before the start, one after the other", () => {
    const own = {
      durationMinutes: 60,
      bufferBeforeMinutes: null,
      bufferAfterMinutes: null,
      prepMinutes: null,
    };
    expect(resolved(own, coach)).toEqual({ durationMinutes: 60, beforeMinutes: 20, afterMinutes: 10 });
  });

  it("A157 lets an offering's own minutes override the coach's, also with 0", () => {
    const own = { durationMinutes: 45, bufferBeforeMinutes: 0, bufferAfterMinutes: 30, prepMinutes: null };
    expect(resolved(own, coach)).toEqual({ durationMinutes: 45, beforeMinutes: 15, afterMinutes: 30 });
    expect(resolved({ ...own, prepMinutes: 0 }, coach).beforeMinutes).toBe(0);
  });
});
