import { isReportOpen, noShowRefund, waitingEndsAt, type NoShowFacts, type NoShowMoney } from './no-show';

const money = (changes: Partial<NoShowMoney>): NoShowMoney => ({
  by: 'client',
  priceMinor: 10_000,
  chargePercent: 100,
  capturedMinor: 10_000,
  refundedMinor: 0,
  currency: 'EUR',
  ...changes,
});

describe('what goes back when somebody did not come', () => {
  it.each<[string, Partial<NoShowMoney>, number]>([
    ['all stays by terms of 100 %', {}, 0],
    ['half goes back by terms of 50 %', { chargePercent: 50 }, 5_000],
    ['everything by terms of 0 %', { chargePercent: 0 }, 10_000],
    ['the charge is rounded half up', { priceMinor: 9_999, capturedMinor: 9_999, chargePercent: 50 }, 4_999],
    [
      'dinars are charged in tens of fils',
      { currency: 'KWD', priceMinor: 10_050, capturedMinor: 10_050, chargePercent: 50 },
      5_020,
    ],
    [
      'yen have no smaller part',
      { currency: 'JPY', priceMinor: 101, capturedMinor: 101, chargePercent: 50 },
      50,
    ],
    ['what was given back before counts', { chargePercent: 50, refundedMinor: 3_000 }, 2_000],
    ['nothing is taken back', { chargePercent: 50, refundedMinor: 8_000 }, 0],
    ['nothing was paid', { capturedMinor: 0, chargePercent: 0 }, 0],
    ['the coach did not come: all of it', { by: 'coach' }, 10_000],
    ['the coach did not come: all that is left', { by: 'coach', refundedMinor: 2_500 }, 7_500],
  ])('%s', (_, changes, expected) => {
    expect(noShowRefund(money(changes))).toBe(expected);
  });
});

describe('waiting and reporting', () => {
  const facts: NoShowFacts = {
    status: 'scheduled',
    startsAt: new Date('2027-03-28T00:55:00Z'),
    endsAt: new Date('2027-03-28T01:55:00Z'),
    waitingMinutes: 15,
    noShowBy: null,
    noShowReportedAt: null,
    followedUpAt: null,
  };

  it('A96 waits as long as the coach has set, elapsed time also across a change of the clocks', () => {
    expect(waitingEndsAt(facts).toISOString()).toBe('2027-03-28T01:10:00.000Z');
    expect(waitingEndsAt({ ...facts, waitingMinutes: 0 })).toEqual(facts.startsAt);
  });

  it('shows a report as open until the coach is marked or the session is voided', () => {
    const reported = { ...facts, noShowReportedAt: facts.endsAt };
    expect(isReportOpen(facts)).toBe(false);
    expect(isReportOpen(reported)).toBe(true);
    expect(isReportOpen({ ...reported, status: 'no_show', noShowBy: 'client' })).toBe(true);
    expect(isReportOpen({ ...reported, status: 'no_show', noShowBy: 'coach' })).toBe(false);
    expect(isReportOpen({ ...reported, status: 'cancelled' })).toBe(false);
  });
});
