import { publicId, wallTimeOf } from '@app/common';
import { deadlineOf, policyText } from '@app/offerings';
import type { BookingConfirmation } from '@app/sessions';
import { STATUS_LABELS } from '../sessions/session.views';
import type { BookingConfirmationView } from './booking-confirmation.dto';

/** Nothing but what the mail with the link told its reader: no address, no notes, no one else's data. */
export function confirmationView(confirmation: BookingConfirmation): BookingConfirmationView {
  const { session, coachName, timezone, payment } = confirmation;
  const local = (instant: Date | null): string | null =>
    instant === null ? null : wallTimeOf(instant, timezone);
  const deadline = deadlineOf(session.policyRules, session.startsAt);
  return {
    sessionId: publicId('session', session.id),
    status: session.status,
    statusLabel: STATUS_LABELS[session.status],
    offeringName: session.offeringName,
    coachName,
    startsAt: session.startsAt.toISOString(),
    endsAt: session.endsAt.toISOString(),
    timezone,
    localStart: wallTimeOf(session.startsAt, timezone),
    scheduledMinutes: (session.endsAt.getTime() - session.startsAt.getTime()) / 60_000,
    price: { amount: session.priceMinor, currency: session.currency },
    paymentStatus: session.paymentStatus,
    isPaymentDue: payment !== null,
    payUntil: session.holdExpiresAt?.toISOString() ?? null,
    localPayUntil: local(session.holdExpiresAt),
    terms: {
      policyId: publicId('policy', session.policyId),
      text: policyText(session.policyRules),
      deadlineAt: deadline?.toISOString() ?? null,
      localDeadline: local(deadline),
      acceptedAt: session.policyAcceptedAt?.toISOString() ?? null,
    },
    version: session.version,
  };
}
