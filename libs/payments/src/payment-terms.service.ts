import { Injectable } from '@nestjs/common';
import { publicId } from '@app/common';
import { Database, sql } from '@app/database';
import { descriptorSuffix } from './domain/statement-descriptor';
import type { PaymentRecord } from './payment-record';
import type { Stripe } from './stripe-client';

/** What a payment is made with at Stripe, on a page of Checkout as well. */
export type StripeTerms = Pick<
  Stripe.PaymentIntentCreateParams,
  'application_fee_amount' | 'receipt_email' | 'statement_descriptor_suffix'
> & {
  description: string;
  metadata: Record<string, string>;
  transfer_data: { destination: string };
};

/**
 * A destination charge: the whole amount goes to the coach's account, the fee comes back from it. Stripe learns our own
 * ids, where to send its receipt, and what the card's statement is to say of the coach: no other names.
 */
@Injectable()
export class PaymentTerms {
  constructor(private readonly database: Database) {}

  async of(payment: PaymentRecord): Promise<StripeTerms> {
    const { coachName, email } = await this.database.one(sql<{ coachName: string; email: string }>`
      select a.display_name as "coachName", m.email
      from clients m join accounts a on a.id = m.coach_id
      where m.coach_id = ${payment.coachId} and m.id = ${payment.clientId}`);
    const suffix = descriptorSuffix(coachName);
    return {
      transfer_data: { destination: payment.stripeAccountId },
      // Naming a fee of nothing would be an error when it is given back.
      ...(payment.applicationFeeMinor > 0 ? { application_fee_amount: payment.applicationFeeMinor } : {}),
      receipt_email: email,
      ...(suffix === undefined ? {} : { statement_descriptor_suffix: suffix }),
      ...whatIsPaid(payment),
    };
  }
}

function whatIsPaid({
  coachId,
  id: paymentId,
  sessionId,
  entitlementId,
}: PaymentRecord): Pick<StripeTerms, 'description' | 'metadata'> {
  if (sessionId !== null) {
    return {
      description: `Session ${publicId('session', sessionId)}`,
      metadata: { coachId, paymentId, sessionId },
    };
  }
  if (entitlementId === null) throw new Error(`Payment ${paymentId} is for nothing.`);
  return {
    description: `Package ${publicId('entitlement', entitlementId)}`,
    metadata: { coachId, paymentId, entitlementId },
  };
}
