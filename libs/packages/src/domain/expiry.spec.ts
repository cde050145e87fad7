import { addLocalDays, endOfLocalDay } from '@app/common';
import { expiryDate, isExpired, isExpiringSoon } from './expiry';

describe('the expiry of a package', () => {
  it.each([
    ['2027-01-01', 90, '2027-04-01'],
    ['2027-02-01', 28, '2027-03-01'],
    ['2028-02-01', 28, '2028-02-29'],
    ['2027-12-31', 1, '2028-01-01'],
  ])('bought on %s for %d days it is good until %s', (purchasedOn, days, expiresOn) => {
    expect(expiryDate(purchasedOn, days)).toBe(expiresOn);
  });

  it('ends with the local day, also on the day of a clock change', () => {
    expect(endOfLocalDay('2027-03-28', 'Europe/Berlin').toISOString()).toBe('2027-03-28T22:00:00.000Z');
    expect(isExpired('2027-03-28', '2027-03-28')).toBe(false);
    expect(isExpired('2027-03-29', '2027-03-28')).toBe(true);
  });

  it.each([1, 14])(
    'is near from %d days before until the end of the last day, while credits are left',
    (days) => {
      const expiresOn = '2027-03-15';
      const near = Array.from({ length: 20 }, (_, daysBefore) => daysBefore - 1).filter((daysBefore) =>
        isExpiringSoon(addLocalDays(expiresOn, -daysBefore), expiresOn, 1, days),
      );
      expect(near).toEqual(Array.from({ length: days + 1 }, (_, daysBefore) => daysBefore));
      expect(isExpiringSoon(expiresOn, expiresOn, 0, days)).toBe(false);
    },
  );
});
