import type { PolicyRules } from '@app/offerings';
import type { SessionPaying } from './series-payment-facts';
import type { PlannedOccurrence, SeriesShape } from './domain/series-plan';
import { chargeTime } from './charge-time';
import { creditsOf, paidOccurrences, type PayingContext } from './series-settlement';

const NOW = new Date('2027-06-01T08:00:00Z');
const START = '2027-06-10T08:00:00.000Z';
const HOUR_MS = 3_600_000;
const RULES: PolicyRules = {
  tiers: [
    { noticeHours: 48, refundPercent: 100 },
    { noticeHours: 24, refundPercent: 50 },
  ],
  freeRescheduleHours: 24,
  noShowChargePercent: 100,
  returnCreditOnLateCancel: false,
};
const TERMS = {
  offeringId: 'offering',
  offeringName: 'Coaching',
  policyId: 'policy',
  priceMinor: 9_000,
  platform: null,
  beforeMinutes: 0,
  afterMinutes: 0,
};

const shape = (more: Partial<SeriesShape> = {}): SeriesShape =>
  ({
    ...TERMS,
    funding: 'package',
    entitlementId: null,
    fallback: 'none',
    chargeHoursBefore: null,
    ...more,
  }) as SeriesShape;

function context(more: Partial<PayingContext> = {}, series: Partial<SeriesShape> = {}): PayingContext {
  return {
    shape: shape(series),
    rules: RULES,
    timezone: 'Europe/Berlin',
    canCharge: true,
    repays: false,
    noticeFrom: NOW,
    now: NOW,
    ...more,
  };
}

function planned(
  action: PlannedOccurrence['action'],
  { startsAt = START, ...more }: Partial<PlannedOccurrence> & { startsAt?: string } = {},
): PlannedOccurrence {
  const isOff = action === 'cancel' || action === 'skip' || action === 'pause' || action === 'void';
  return {
    originalStartsAt: START,
    newOriginalStartsAt: START,
    sessionId: action === 'book' ? null : 'session',
    added: false,
    action,
    state: 'session',
    splitOff: false,
    keptException: false,
    before: action === 'book' ? null : { startsAt: START, durationMinutes: 60 },
    after: isOff
      ? null
      : { startsAt, localStart: '', timezone: 'Europe/Berlin', gapShifted: false, durationMinutes: 60 },
    terms: action === 'book' ? null : TERMS,
    newTerms: null,
    freeToCancel: false,
    conflicts: [],
    notes: [],
    refund: isOff ? { choice: 'full', amountMinor: 0 } : null,
    paidBy: null,
    isPaidAnew: false,
    givesBack: null,
    ...more,
  };
}

const CREDIT = {
  entitlementId: 'package',
  packageName: 'Five',
  offeringIds: ['offering'],
  expiresOn: '2027-06-20',
  expiryMeaning: 'useBy' as const,
  share: null,
};
const PAYMENT = {
  id: 'payment',
  isCanceled: false,
  isUnderWay: false,
  amountMinor: 9_000,
  capturedMinor: 0,
  refundedMinor: 0,
  isDisputed: false,
  isDisputeLost: false,
  dueAt: '2027-06-08T08:00:00.000Z',
};

const session = (more: Partial<SessionPaying> = {}): SessionPaying => ({
  sessionId: 'session',
  status: 'scheduled',
  startsAt: new Date(START),
  funding: 'package',
  priceMinor: 9_000,
  currency: 'EUR',
  policyRules: RULES,
  credit: CREDIT,
  payment: null,
  ...more,
});
const charged = (more: Partial<typeof PAYMENT> = {}): SessionPaying =>
  session({ funding: 'pay_later', credit: null, payment: { ...PAYMENT, ...more } });

function outcome(
  each: PlannedOccurrence,
  present: SessionPaying | undefined,
  by: PayingContext,
  remaining = 0,
): PlannedOccurrence {
  const supply = { ...CREDIT, remaining };
  const [found] = paidOccurrences(
    [each],
    new Map(present === undefined ? [] : [['session', present]]),
    by.shape.funding === 'package' ? [supply] : [],
    by,
  );
  if (found === undefined) throw new Error('Nothing came of it.');
  return found;
}

describe('how a session of an act is paid', () => {
  it.each([
    ['by a credit', {}, {}, 1, { by: 'credit', left: 0 }],
    ['unpaid without one', {}, {}, 0, { by: 'unpaid' }],
    ['by the saved card, if the series allows it', {}, { fallback: 'saved_card' }, 0, { by: 'saved_card' }],
    [
      'unpaid where nobody can be paid',
      { canCharge: false },
      { fallback: 'saved_card' },
      0,
      { by: 'unpaid' },
    ],
    ['by the saved card alone', {}, { funding: 'pay_later' }, 5, { by: 'saved_card', paymentId: null }],
  ] as const)('when it is made: %s', (_, more, series, remaining, expected) => {
    const found = outcome(planned('book'), undefined, context(more, series), remaining);
    expect(found).toMatchObject({ isPaidAnew: true, paidBy: expected, givesBack: null });
  });

  it('a move keeps the credit while its package reaches the new time, and draws another beyond it', () => {
    const near = outcome(planned('move', { startsAt: '2027-06-20T21:00:00.000Z' }), session(), context());
    expect(near).toMatchObject({ isPaidAnew: false, paidBy: { by: 'credit', left: null }, givesBack: null });
    const beyond = planned('move', { startsAt: '2027-06-20T22:30:00.000Z' });
    expect(outcome(beyond, session(), context(), 5)).toMatchObject({
      isPaidAnew: true,
      paidBy: { by: 'unpaid' },
      givesBack: { credit: { entitlementId: 'package', outcome: 'returned' } },
    });
  });

  it('a charge moves along with its session, and is made anew for another price', () => {
    const later = planned('move', { startsAt: '2027-06-11T09:00:00.000Z' });
    const byCard = context({}, { funding: 'pay_later' });
    expect(outcome(later, charged(), byCard)).toMatchObject({
      isPaidAnew: false,
      paidBy: { by: 'saved_card', dueAt: '2027-06-09T09:00:00.000Z', paymentId: 'payment' },
    });
    const dearer = planned('edit', { newTerms: { ...TERMS, priceMinor: 12_000 } });
    expect(outcome(dearer, charged(), byCard)).toMatchObject({
      isPaidAnew: true,
      paidBy: { by: 'saved_card', paymentId: null },
      givesBack: { credit: null, paymentId: 'payment' },
    });
    const paid = outcome(dearer, charged({ capturedMinor: 9_000 }), byCard);
    expect(paid).toMatchObject({
      isPaidAnew: false,
      keptException: true,
      newTerms: { priceMinor: 9_000 },
      paidBy: { by: 'saved_card', dueAt: PAYMENT.dueAt },
    });
    expect(outcome(dearer, charged({ isUnderWay: true }), byCard)).toMatchObject({
      isPaidAnew: false,
      newTerms: { priceMinor: 9_000 },
    });
    expect(outcome(dearer, charged({ isUnderWay: true }), context({ repays: true }), 1)).toMatchObject({
      paidBy: { by: 'credit' },
    });
  });

  it('another way to pay reaches what is not paid yet, and nothing else', () => {
    const toCredits = context({ repays: true });
    expect(outcome(planned('keep'), charged(), toCredits, 1)).toMatchObject({
      action: 'edit',
      paidBy: { by: 'credit' },
      givesBack: { paymentId: 'payment' },
    });
    expect(outcome(planned('keep'), charged({ capturedMinor: 9_000 }), toCredits, 1)).toMatchObject({
      action: 'keep',
      isPaidAnew: false,
    });
    const over = session({ status: 'completed', startsAt: new Date('2027-05-01T08:00:00Z') });
    expect(outcome(planned('keep'), over, context({ repays: true }, { funding: 'pay_later' }))).toMatchObject(
      {
        action: 'keep',
        givesBack: null,
      },
    );
    const withPayment = session({ funding: 'card', credit: null });
    expect(outcome(planned('keep'), withPayment, toCredits, 1)).toMatchObject({ paidBy: { by: 'credit' } });
    expect(outcome(planned('edit'), withPayment, context(), 1)).toMatchObject({ paidBy: { by: 'unpaid' } });
  });

  it('what was charged and given back is not charged again by itself', () => {
    const back = outcome(
      planned('restore'),
      charged({ capturedMinor: 9_000, refundedMinor: 9_000 }),
      context({}, { funding: 'pay_later' }),
    );
    expect(back).toMatchObject({ isPaidAnew: true, paidBy: { by: 'unpaid' } });
  });
});

describe('what goes back of what is called off', () => {
  const before = (hours: number): Date => new Date(Date.parse(START) - hours * HOUR_MS);
  const refund = (choice: 'full' | 'policy' | 'none') => ({ refund: { choice, amountMinor: 0 } });

  it.each([
    ['full', 1, 'returned', 9_000],
    ['none', 500, 'used', 0],
    ['policy', 48, 'returned', 9_000],
    ['policy', 47, 'used', 4_500],
    ['policy', 23, 'used', 0],
  ] as const)('%s, %d hours before', (choice, hours, credit, amountMinor) => {
    const by = context({ noticeFrom: before(hours) });
    expect(outcome(planned('cancel', refund(choice)), session(), by)).toMatchObject({
      givesBack: { credit: { outcome: credit }, paymentId: null },
    });
    const money = outcome(planned('cancel', refund(choice)), charged({ capturedMinor: 9_000 }), by);
    expect(money).toMatchObject({ refund: { choice, amountMinor }, givesBack: { paymentId: 'payment' } });
  });

  it('skipped and paused ones give all back on any notice; a charge to come is let go of', () => {
    for (const action of ['skip', 'pause'] as const) {
      const found = outcome(planned(action), session(), context({ noticeFrom: before(0) }));
      expect(found.givesBack?.credit?.outcome).toBe('returned');
      expect(outcome(planned(action), charged(), context())).toMatchObject({
        refund: { amountMinor: 0 },
        givesBack: { paymentId: 'payment' },
      });
    }
    expect(outcome(planned('skip'), charged({ isCanceled: true }), context()).givesBack).toBeNull();
  });
});

it('credits are counted over an act, and where they end among what is to be paid', () => {
  const anew = (index: number, paidBy: PlannedOccurrence['paidBy']): PlannedOccurrence => ({
    ...planned('book', { startsAt: `2027-06-1${index}T08:00:00.000Z` }),
    isPaidAnew: true,
    paidBy,
  });
  const credit = { by: 'credit', entitlementId: 'package', packageName: 'Five', left: 0 } as const;
  const all = [anew(3, { by: 'unpaid' }), anew(1, credit), anew(2, credit), planned('keep')];
  expect(creditsOf(all, { funding: 'package' })).toMatchObject({ drawn: 2, endAt: 3, unpaid: 1 });
  expect(creditsOf([anew(1, { by: 'unpaid' })], { funding: 'pay_later' })).toBeNull();
  expect(creditsOf([], { funding: 'package' })).toBeNull();
});

it.each([
  [null, RULES, 48],
  [null, { ...RULES, tiers: [{ noticeHours: 24, refundPercent: 50 }] }, 24],
  [0, RULES, 0],
  [72, RULES, 72],
] as const)('a session is charged %s hours before, by %j', (hours, rules, expected) => {
  const startsAt = new Date(START);
  expect(startsAt.getTime() - chargeTime(startsAt, hours, rules).getTime()).toBe(expected * HOUR_MS);
});
