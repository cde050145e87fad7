import type { PolicyRules } from './policy-rules';

export interface PolicyPreset {
  readonly key: string;
  readonly name: string;
  readonly rules: PolicyRules;
}

/** A new coach's terms until they choose their own. */
export const DEFAULT_PRESET: PolicyPreset = {
  key: 'one_day',
  name: '24 hours',
  rules: {
    tiers: [{ noticeHours: 24, refundPercent: 100 }],
    freeRescheduleHours: 24,
    noShowChargePercent: 100,
    returnCreditOnLateCancel: false,
  },
};

/** Ready-made terms a coach can start from; the help page's example comes first. */
export const POLICY_PRESETS: readonly PolicyPreset[] = [
  {
    key: 'two_days',
    name: '48 hours, rescheduling always free',
    rules: {
      tiers: [{ noticeHours: 48, refundPercent: 100 }],
      freeRescheduleHours: 0,
      noShowChargePercent: 100,
      returnCreditOnLateCancel: false,
    },
  },
  DEFAULT_PRESET,
  {
    key: 'tiered',
    name: '48 hours full, 24 hours half',
    rules: {
      tiers: [
        { noticeHours: 48, refundPercent: 100 },
        { noticeHours: 24, refundPercent: 50 },
      ],
      freeRescheduleHours: 24,
      noShowChargePercent: 100,
      returnCreditOnLateCancel: false,
    },
  },
];
