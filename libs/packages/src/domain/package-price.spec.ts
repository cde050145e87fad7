import { checkedPackagePrice } from './package-price';

describe('the price of a package', () => {
  it.each([
    [45_000, 'EUR', 45_000],
    [50, 'EUR', 50],
    [10_005, 'KWD', 10_010],
    [10_004, 'KWD', 10_000],
    [149_950, 'ISK', 150_000],
    [5_000, 'JPY', 5_000],
  ])('%d of %s is stored as %d: on the charge step, half up', (wanted, currency, stored) => {
    expect(checkedPackagePrice(wanted, currency, currency)).toBe(stored);
  });

  it.each([
    [0, 'EUR'],
    [49, 'EUR'],
    [49, 'JPY'],
  ])('%d of %s is below what can be charged', (wanted, currency) => {
    expect(checkedPackagePrice(wanted, currency, currency)).toMatchObject({
      code: 'price_below_minimum',
      pointer: '/price/amount',
    });
  });

  it('is in the currency of the practice', () => {
    expect(checkedPackagePrice(45_000, 'USD', 'EUR')).toMatchObject({
      code: 'currency_differs',
      pointer: '/price/currency',
    });
  });

  it.each([-1, 0.5, Number.NaN])('%d is no amount', (wanted) => {
    expect(() => checkedPackagePrice(wanted, 'EUR', 'EUR')).toThrow(RangeError);
  });
});
