import { Injectable } from '@nestjs/common';
import { CoachSettings } from '@app/accounts';
import { publicId, type LocalDate } from '@app/common';
import { Entitlements, type EntitlementRecord } from '@app/packages';
import { PaymentLinks, PaymentQueries } from '@app/payments';
import type { NotificationKind, NotificationRecord } from './notification-record';
import { NotificationRows } from './notification-rows';
import { Recipients, type Addressee } from './recipients.service';
import type { MailText } from './templates/mail';
import {
  packageBought,
  packageExpired,
  packageExpiring,
  packageExtended,
  packageOffered,
  type PackageFacts,
} from './templates/package-mails';

type Written = { text: MailText } | { suppressed: string };

/** Mails about bought packages. */
@Injectable()
export class PackageMails {
  constructor(
    private readonly rows: NotificationRows,
    private readonly recipients: Recipients,
    private readonly entitlements: Entitlements,
    private readonly payments: PaymentQueries,
    private readonly links: PaymentLinks,
    private readonly settings: CoachSettings,
  ) {}

  /** The job: a client is asked to pay what their coach has sold them; nothing when they buy it themselves. */
  async tellOffered(coachId: string, entitlementId: string): Promise<void> {
    const entitlement = await this.entitlements.get(coachId, entitlementId);
    if (entitlement.soldBy !== 'coach' || entitlement.status !== 'awaiting_payment') return;
    await this.queue(entitlement, 'package_offered', ['client'], `package_offered:${entitlementId}`);
  }

  /** The job: both sides, once it is paid. */
  async tellBought(coachId: string, entitlementId: string): Promise<void> {
    const entitlement = await this.entitlements.get(coachId, entitlementId);
    await this.queue(entitlement, 'package_bought', ['client', 'coach'], `package_bought:${entitlementId}`);
  }

  /** The job: the client is told once for each expiry date; nothing once it has changed or no credit is left (A126). */
  async tellExpiry(coachId: string, entitlementId: string, expiresOn: LocalDate): Promise<void> {
    const entitlement = await this.entitlements.get(coachId, entitlementId);
    if (whyNotExpiring(entitlement, expiresOn) !== null) return;
    const effect = `package_expiring:${entitlementId}:${expiresOn}`;
    await this.queue(entitlement, 'package_expiring', ['client'], effect, expiresOn);
  }

  /** The job: once for each last day that has ended with credits left. */
  async tellExpired(coachId: string, entitlementId: string, expiresOn: LocalDate): Promise<void> {
    const entitlement = await this.entitlements.get(coachId, entitlementId);
    if (whyNot(entitlement, 'expired', expiresOn) !== null) return;
    if ((await this.entitlements.expiredCredits(coachId, entitlementId)) === 0) return;
    const effect = `package_expired:${entitlementId}:${expiresOn}`;
    await this.queue(entitlement, 'package_expired', ['client'], effect, expiresOn);
  }

  /** The job: once for each later last day; days only ever grow later. */
  async tellExtended(coachId: string, entitlementId: string, expiresOn: LocalDate): Promise<void> {
    const entitlement = await this.entitlements.get(coachId, entitlementId);
    if (whyNot(entitlement, 'active', expiresOn) !== null) return;
    const effect = `package_extended:${entitlementId}:${expiresOn}`;
    await this.queue(entitlement, 'package_extended', ['client'], effect, expiresOn);
  }

  /** Written at the moment of sending. */
  async text(row: NotificationRecord, to: Addressee): Promise<Written> {
    const { entitlementId, expiresOn } = row.payload;
    if (entitlementId === undefined) throw new Error('A message about a package names none.');
    const entitlement = await this.entitlements.get(row.coachId, entitlementId);
    if (row.kind === 'package_offered') return this.offered(entitlement, to);
    const facts = await this.facts(entitlement);
    if (facts === undefined) return { suppressed: `the package is ${entitlement.status}` };
    if (row.kind === 'package_bought') return this.bought(entitlement, facts, to);
    if (expiresOn === undefined) throw new Error('A message about a last day names none.');
    switch (row.kind) {
      case 'package_expired':
        return (
          suppressed(whyNot(entitlement, 'expired', expiresOn)) ?? {
            text: packageExpired(
              to,
              facts,
              await this.entitlements.expiredCredits(row.coachId, entitlementId),
            ),
          }
        );
      case 'package_extended':
        return suppressed(whyNot(entitlement, 'active', expiresOn)) ?? { text: packageExtended(to, facts) };
      default:
        return suppressed(whyNotExpiring(entitlement, expiresOn)) ?? { text: packageExpiring(to, facts) };
    }
  }

  private async offered(entitlement: EntitlementRecord, to: Addressee): Promise<Written> {
    const { coachId, id, status, packageName, sessionCount, priceMinor, currency } = entitlement;
    if (status !== 'awaiting_payment') return { suppressed: `the package is ${status} by now` };
    const [payment, coach] = await Promise.all([
      this.payments.ofEntitlement(coachId, id),
      this.recipients.account(coachId),
    ]);
    return {
      text: packageOffered(to, {
        packageName,
        coachName: coach.name,
        total: sessionCount,
        price: { amount: priceMinor, currency },
        payBy: entitlement.awaitsPaymentUntil,
        payUrl: `${await this.links.linkOf(coachId, payment.id)}/checkout`,
      }),
    };
  }

  private async bought(
    { coachId, id, purchasedOn }: EntitlementRecord,
    facts: PackageFacts,
    to: Addressee,
  ): Promise<Written> {
    const payment = await this.payments.ofEntitlement(coachId, id);
    if (purchasedOn === null || payment.capturedMinor === 0) return { suppressed: 'the package is not paid' };
    return {
      text: packageBought(to, to.kind === 'client' ? 'client' : 'coach', facts, {
        paid: { amount: payment.capturedMinor, currency: payment.currency },
        purchasedOn,
        paymentId: publicId('payment', payment.id),
      }),
    };
  }

  /** Undefined until it is paid. */
  private async facts(entitlement: EntitlementRecord): Promise<PackageFacts | undefined> {
    const { coachId, clientId, packageName, sessionCount, remaining, expiresOn, expiryMeaning } = entitlement;
    if (expiresOn === null) return undefined;
    const [coach, client, { timezone }] = await Promise.all([
      this.recipients.account(coachId),
      this.recipients.client(coachId, clientId),
      this.settings.get(coachId),
    ]);
    return {
      packageName,
      coachName: coach.name,
      clientName: client.name,
      coachTimezone: timezone,
      total: sessionCount,
      remaining,
      expiresOn,
      isBookBy: expiryMeaning === 'bookBy',
    };
  }

  /** @param effect names the news, so that each is told once */
  private async queue(
    { coachId, clientId, id: entitlementId }: EntitlementRecord,
    kind: NotificationKind,
    sides: readonly ('client' | 'coach')[],
    effect: string,
    expiresOn?: LocalDate,
  ): Promise<void> {
    const people = await this.recipients.sides(sides, { coachId, clientId });
    const payload = { entitlementId, ...(expiresOn === undefined ? {} : { expiresOn }) };
    await this.rows.queue(people.map((to) => ({ coachId, effect, kind, to, payload })));
  }
}

/** Why nobody is told any more that the package is in this state, with this last day. */
function whyNot(
  { status, expiresOn }: EntitlementRecord,
  wanted: 'active' | 'expired',
  told: LocalDate,
): string | null {
  if (expiresOn !== told) return 'the package is good until another day now';
  return status === wanted ? null : `the package is ${status}`;
}

function whyNotExpiring(entitlement: EntitlementRecord, told: LocalDate): string | null {
  return whyNot(entitlement, 'active', told) ?? (entitlement.remaining === 0 ? 'no credit is left' : null);
}

function suppressed(reason: string | null): Written | undefined {
  return reason === null ? undefined : { suppressed: reason };
}
