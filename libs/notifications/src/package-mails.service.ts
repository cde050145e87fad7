import { Injectable } from '@nestjs/common';
import { CoachSettings } from '@app/accounts';
import type { LocalDate } from '@app/common';
import { Entitlements, type EntitlementRecord } from '@app/packages';
import { NotificationRows } from './notification-rows';
import type { NotificationRecord } from './notification-record';
import { Recipients, type Addressee } from './recipients.service';
import type { MailText } from './templates/mail';
import { packageExpiring } from './templates/package-mails';

/** Mails about bought packages. */
@Injectable()
export class PackageMails {
  constructor(
    private readonly rows: NotificationRows,
    private readonly recipients: Recipients,
    private readonly entitlements: Entitlements,
    private readonly settings: CoachSettings,
  ) {}

  /** The job: the client is told once for each expiry date; nothing once it has changed or no credit is left (A126). */
  async tellExpiry(coachId: string, entitlementId: string, expiresOn: LocalDate): Promise<void> {
    const entitlement = await this.entitlements.get(coachId, entitlementId);
    if (outdated(entitlement, expiresOn) !== null) return;
    const to = await this.recipients.client(coachId, entitlement.clientId);
    await this.rows.queue([
      {
        coachId,
        effect: `package_expiring:${entitlementId}:${expiresOn}`,
        kind: 'package_expiring',
        to,
        payload: { entitlementId, expiresOn },
      },
    ]);
  }

  /** Written at the moment of sending. */
  async text(row: NotificationRecord, to: Addressee): Promise<{ text: MailText } | { suppressed: string }> {
    const { entitlementId, expiresOn } = row.payload;
    if (entitlementId === undefined || expiresOn === undefined)
      throw new Error('A notice of an expiry names no entitlement or no day.');
    const entitlement = await this.entitlements.get(row.coachId, entitlementId);
    const reason = outdated(entitlement, expiresOn);
    if (reason !== null) return { suppressed: reason };
    const coach = await this.recipients.account(row.coachId);
    const { timezone } = await this.settings.get(row.coachId);
    return {
      text: packageExpiring(to, {
        packageName: entitlement.packageName,
        coachName: coach.name,
        coachTimezone: timezone,
        remaining: entitlement.remaining,
        expiresOn,
        isBookBy: entitlement.expiryMeaning === 'bookBy',
      }),
    };
  }
}

/** Why the client is not told any more that it is good until that day. */
function outdated({ status, expiresOn, remaining }: EntitlementRecord, told: LocalDate): string | null {
  if (expiresOn !== told) return 'the package is good until another day now';
  if (status !== 'active') return `the package is ${status}`;
  return remaining === 0 ? 'no credit is left' : null;
}
