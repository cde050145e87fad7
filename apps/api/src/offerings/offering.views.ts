import { publicId } from '@app/common';
import type { OfferingFields, OfferingRecord, PolicyRecord } from '@app/offerings';
import { policyView } from '../policies/policy.views';
import type { ChangeOfferingBody, OfferingView } from './offering.dto';

export function offeringView(offering: OfferingRecord, policy: PolicyRecord): OfferingView {
  const { id, name, text, rules } = policyView(policy);
  return {
    id: publicId('offering', offering.id),
    coachId: publicId('coach', offering.coachId),
    name: offering.name,
    description: offering.description,
    durationMinutes: offering.durationMinutes,
    price: { amount: offering.priceMinor, currency: offering.currency },
    fundingOptions: offering.fundingOptions,
    bufferBeforeMinutes: offering.bufferBeforeMinutes,
    bufferAfterMinutes: offering.bufferAfterMinutes,
    prepMinutes: offering.prepMinutes,
    platform: offering.platform,
    breakoutRooms: offering.breakoutRooms,
    policyId: offering.policyId === null ? null : publicId('policy', offering.policyId),
    chargeTiming: offering.chargeTiming,
    chargeHoursBefore: offering.chargeHoursBefore,
    policy: { id, name, text, rules },
    archivedAt: offering.archivedAt?.toISOString() ?? null,
    version: offering.version,
  };
}

/** The fields of the record that a body names. */
export function changesOf({ price, ...fields }: ChangeOfferingBody): Partial<OfferingFields> {
  return {
    ...fields,
    ...(price === undefined ? {} : { priceMinor: price.amount, currency: price.currency }),
  };
}
