import { RuleViolation, type FieldError } from '@app/common';
import { z } from 'zod';
import type { PolicyRules } from './policy-rules';

const MOST_TIERS = 10;
const MOST_HOURS = 8760;

const hours = z.int().min(0).max(MOST_HOURS);
const percent = z.int().min(0).max(100);

const policyRules = z
  .strictObject({
    tiers: z.array(z.strictObject({ noticeHours: hours, refundPercent: percent })).max(MOST_TIERS),
    freeRescheduleHours: hours,
    noShowChargePercent: percent,
    returnCreditOnLateCancel: z.boolean(),
  })
  .superRefine(({ tiers }, context) => {
    tiers.forEach((tier, index) => {
      const longer = tiers[index - 1];
      if (longer === undefined) return;
      if (tier.noticeHours >= longer.noticeHours) {
        context.addIssue({
          code: 'custom',
          path: ['tiers', index, 'noticeHours'],
          message: `must be less than ${longer.noticeHours}: the longest notice comes first`,
        });
      }
      if (tier.refundPercent > longer.refundPercent) {
        context.addIssue({
          code: 'custom',
          path: ['tiers', index, 'refundPercent'],
          message: `must not be more than ${longer.refundPercent}: less notice never gives more back`,
        });
      }
    });
  });

/**
 * Rules that may be stored or shown: whole hours 0..8760, whole percents 0..100, at most ten tiers with strictly less
 * notice and never more refund from one to the next.
 *
 * @param pointer where the rules stand in the request, a JSON pointer
 * @throws RuleViolation `policies.rules_invalid` with one error per field
 */
export function assertPolicyRules(value: unknown, pointer = '/rules'): PolicyRules {
  const result = policyRules.safeParse(value);
  if (result.success) return result.data;
  const errors: FieldError[] = result.error.issues.map((issue) => ({
    pointer: [pointer, ...issue.path.map(String)].join('/'),
    code: `policies.${issue.code}`,
    detail: issue.message,
  }));
  throw new RuleViolation('policies.rules_invalid', 'These cancellation terms cannot be used.', { errors });
}
