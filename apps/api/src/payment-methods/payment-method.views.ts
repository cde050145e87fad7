import type { Principal } from '@app/accounts';
import { publicId } from '@app/common';
import type { CardSetupRecord, SavedCardRecord } from '@app/payments';
import type { CardSetupView, PaymentMethodView } from './payment-method.dto';

/** Without the client secret: the interceptor reads it from Stripe after the commit. */
export function cardSetupView(row: CardSetupRecord): CardSetupView {
  return { id: publicId('cardSetup', row.id), coachId: publicId('coach', row.coachId), clientSecret: null };
}

/** The coach sees that there is a card, and since when it was agreed to. */
export function paymentMethodView(row: SavedCardRecord, reader: Principal): PaymentMethodView {
  const isCoach = reader.kind === 'coach';
  return {
    id: publicId('paymentMethod', row.id),
    coachId: publicId('coach', row.coachId),
    clientId: publicId('client', row.clientId),
    brand: row.brand,
    last4: row.last4,
    ...(isCoach ? {} : { expiryMonth: row.expiryMonth, expiryYear: row.expiryYear }),
    isDefault: row.isDefault,
    consent: {
      givenAt: row.consentGivenAt.toISOString(),
      ...(isCoach ? {} : { text: row.consentText, policyId: publicId('policy', row.consentPolicyId) }),
    },
    savedAt: row.createdAt.toISOString(),
    version: row.version,
  };
}
