import { DomainError } from '@app/common';
import { POLICY_PRESETS } from './policy-presets';
import { assertPolicyRules } from './policy-validation';

const good = {
  tiers: [
    { noticeHours: 8760, refundPercent: 100 },
    { noticeHours: 24, refundPercent: 100 },
    { noticeHours: 0, refundPercent: 0 },
  ],
  freeRescheduleHours: 8760,
  noShowChargePercent: 0,
  returnCreditOnLateCancel: true,
};

function pointersOf(value: unknown): string[] {
  try {
    assertPolicyRules(value);
  } catch (error) {
    if (error instanceof DomainError && error.code === 'policies.rules_invalid') {
      expect(error.kind).toBe('rule_violation');
      return error.errors.map(({ pointer }) => pointer);
    }
    throw error;
  }
  return [];
}

describe('assertPolicyRules', () => {
  it.each([...POLICY_PRESETS.map(({ rules }) => rules), good, { ...good, tiers: [] }])(
    'takes what may be stored: %j',
    (rules) => {
      expect(assertPolicyRules(rules)).toEqual(rules);
    },
  );

  it.each<[string, unknown, string[]]>([
    ['nothing', null, ['/rules']],
    [
      'a missing field',
      { tiers: [], freeRescheduleHours: 0, noShowChargePercent: 0 },
      ['/rules/returnCreditOnLateCancel'],
    ],
    ['an unknown field', { ...good, refund: 1 }, ['/rules']],
    ['hours that are not whole', { ...good, freeRescheduleHours: 1.5 }, ['/rules/freeRescheduleHours']],
    ['more than a year', { ...good, freeRescheduleHours: 8761 }, ['/rules/freeRescheduleHours']],
    ['a percent above 100', { ...good, noShowChargePercent: 101 }, ['/rules/noShowChargePercent']],
    [
      'a negative percent',
      { ...good, tiers: [{ noticeHours: 1, refundPercent: -1 }] },
      ['/rules/tiers/0/refundPercent'],
    ],
    [
      'the same notice twice',
      {
        ...good,
        tiers: [
          { noticeHours: 24, refundPercent: 100 },
          { noticeHours: 24, refundPercent: 50 },
        ],
      },
      ['/rules/tiers/1/noticeHours'],
    ],
    [
      'more refund for less notice, and the shortest first',
      {
        ...good,
        tiers: [
          { noticeHours: 24, refundPercent: 50 },
          { noticeHours: 48, refundPercent: 100 },
        ],
      },
      ['/rules/tiers/1/noticeHours', '/rules/tiers/1/refundPercent'],
    ],
    [
      'eleven tiers',
      {
        ...good,
        tiers: Array.from({ length: 11 }, (_, index) => ({ noticeHours: 20 - index, refundPercent: 0 })),
      },
      ['/rules/tiers'],
    ],
  ])('refuses %s, and says where', (_, value, pointers) => {
    expect(pointersOf(value)).toEqual(pointers);
  });
});
