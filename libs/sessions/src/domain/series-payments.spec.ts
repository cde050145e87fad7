import {
  allocateCredits,
  creditsInWords,
  payingOf,
  type CreditSupply,
  type WantedPaying,
} from './series-payments';

const ZONE = 'Europe/Berlin';
const day = (date: string, time = '10:00:00Z'): Date => new Date(`${date}T${time}`);

const supply = (name: string, remaining: number, more: Partial<CreditSupply> = {}): CreditSupply => ({
  entitlementId: name,
  packageName: name,
  remaining,
  expiresOn: '2027-06-30',
  expiryMeaning: 'bookBy',
  ...more,
});
const names = (
  starts: readonly Date[],
  packages: readonly CreditSupply[],
): (readonly [string, number | null] | null)[] =>
  allocateCredits(starts, packages, ZONE).map((each) => each && [each.packageName, each.left]);

describe('which credit pays which session', () => {
  it('gives the next session first, from the package that comes first, until it has none left', () => {
    const starts = [day('2027-06-21'), day('2027-06-07'), day('2027-06-14'), day('2027-06-28')];
    expect(names(starts, [supply('first', 1), supply('second', 2)])).toEqual([
      ['second', 0],
      ['first', 0],
      ['second', 1],
      null,
    ]);
  });

  it('passes over a package whose last day the session does not begin by, in the zone of the coach', () => {
    const useBy = supply('use by', 5, { expiryMeaning: 'useBy', expiresOn: '2027-06-14' });
    const late = [day('2027-06-14', '21:59:59Z'), day('2027-06-14', '22:00:00Z')];
    expect(names(late, [useBy, supply('other', 1, { expiresOn: '2027-06-20' })])).toEqual([
      ['use by', 4],
      ['other', 0],
    ]);
    expect(names([day('2028-01-01')], [supply('book by', 1)])).toEqual([['book by', 0]]);
  });

  it('never gives more than there is, whatever is asked for', () => {
    const starts = Array.from({ length: 40 }, (_, index) =>
      day(`2027-06-${String(1 + (index % 28)).padStart(2, '0')}`),
    );
    for (const [a, b] of [
      [0, 0],
      [3, 4],
      [50, 1],
    ] as const) {
      const given = names(starts, [supply('a', a), supply('b', b)]);
      const count = (name: string): number => given.filter((each) => each?.[0] === name).length;
      expect(count('a')).toBeLessThanOrEqual(a);
      expect(count('b')).toBeLessThanOrEqual(b);
      expect(count('a') + count('b')).toBe(Math.min(starts.length, a + b));
    }
  });
});

describe('how a series is paid that is asked for', () => {
  const ALL = ['card', 'package', 'pay_later'] as const;

  it.each([
    [{}, ['free'], { funding: 'free', entitlementId: null, fallback: 'none', chargeHoursBefore: null }],
    [{ funding: 'package' }, ALL, { funding: 'package', fallback: 'none' }],
    [
      { funding: 'package', entitlementId: 'one', fallback: 'saved_card', chargeHoursBefore: 5 },
      ALL,
      { entitlementId: 'one', fallback: 'saved_card', chargeHoursBefore: 5 },
    ],
    [{ funding: 'pay_later', chargeHoursBefore: 0 }, ALL, { funding: 'pay_later', chargeHoursBefore: 0 }],
  ] as const)('takes %j', (wanted, sold, expected) => {
    expect(payingOf(wanted, sold)).toMatchObject(expected);
  });

  it.each<[WantedPaying, readonly ('card' | 'package' | 'pay_later' | 'free')[], string]>([
    [{}, ALL, 'series.funding_unavailable'],
    [{ funding: 'card' }, ALL, 'series.funding_unavailable'],
    [{ funding: 'package' }, ['card'], 'series.funding_unavailable'],
    [{ funding: 'package', fallback: 'saved_card' }, ['package'], 'series.request'],
    [{ funding: 'pay_later', fallback: 'saved_card' }, ALL, 'series.request'],
    [{ funding: 'pay_later', entitlementId: 'one' }, ALL, 'series.request'],
    [{ funding: 'package', chargeHoursBefore: 5 }, ALL, 'series.request'],
    [{ chargeHoursBefore: 5 }, ['free'], 'series.request'],
  ])('refuses %j of what is sold by %j', (wanted, sold, code) => {
    expect(() => payingOf(wanted, sold)).toThrow(expect.objectContaining({ code }));
  });
});

it('credits are told in words, one and many', () => {
  const none = {
    drawn: 0,
    returned: 0,
    paidBack: 0,
    used: 0,
    endAt: null,
    unpaid: 0,
    onSavedCard: 0,
    isDisputed: false,
  };
  expect(creditsInWords({ ...none, drawn: 5, endAt: 6, unpaid: 1 })).toBe(
    '5 sessions paid by credits; credits end at occurrence 6; 1 session unpaid',
  );
  expect(creditsInWords({ ...none, returned: 1, used: 2 })).toBe('1 credit returned; 2 credits used up');
  expect(creditsInWords({ ...none, endAt: 1, unpaid: 2, isDisputed: true })).toBe(
    'credits end at occurrence 1; the other credits wait for a bank: their package is disputed; 2 sessions unpaid',
  );
  expect(creditsInWords({ ...none, paidBack: 2 })).toBe('2 credits paid back in money');
  expect(creditsInWords({ ...none, endAt: 1, onSavedCard: 3 })).toBe(
    'credits end at occurrence 1; 3 sessions on the saved card',
  );
});
