import { publicId } from '@app/common';
import type { PackageChanges, PackageRecord } from '@app/packages';
import type { ChangePackageBody, PackageView } from './package.dto';

export function packageView(row: PackageRecord): PackageView {
  return {
    id: publicId('package', row.id),
    coachId: publicId('coach', row.coachId),
    name: row.name,
    sessionCount: row.sessionCount,
    price: { amount: row.priceMinor, currency: row.currency },
    offeringIds: row.offeringIds.map((id) => publicId('offering', id)),
    validityDays: row.validityDays,
    expiryMeaning: row.expiryMeaning,
    archivedAt: row.archivedAt?.toISOString() ?? null,
    version: row.version,
  };
}

/** The fields of the record that a body names. */
export function changesOf({ price, ...fields }: ChangePackageBody): PackageChanges {
  return {
    ...fields,
    ...(price === undefined ? {} : { priceMinor: price.amount, currency: price.currency }),
  };
}
