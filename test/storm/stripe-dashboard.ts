import { parsePublicId } from '@app/common';
import { stripeClient } from '../../apps/sandbox/src/testing';
import type { TestApp } from '../support/test-app';

type Intent = TestApp['sandbox']['stripe']['paymentIntents'][number];

const MOST_TRIES = 5;

/** Payments as they are at Stripe, whatever the product knows of them. */
export class StripeDashboard {
  constructor(private readonly app: TestApp) {}

  /** The PaymentIntent that took the money, of those that were made for a payment. */
  paidIntentOf(paymentId: string): string | undefined {
    return this.intentsOf(paymentId).find(({ status }) => status === 'succeeded')?.id;
  }

  /**
   * The same is paid once more, as if Stripe had not been able to cancel the PaymentIntent that a page has replaced.
   *
   * @returns whether Stripe took it
   */
  async payAgain(paymentId: string): Promise<boolean> {
    const first = this.intentsOf(paymentId).find(({ metadata }) => metadata['checkout'] !== undefined);
    const account = first?.transfer_data?.destination;
    if (first === undefined || typeof account !== 'string') return false;
    const { coachId = '', paymentId: id = '' } = first.metadata;
    const stripe = stripeClient(this.app.sandbox, { maxNetworkRetries: MOST_TRIES });
    const second = await stripe.paymentIntents
      .create({
        amount: first.amount,
        currency: first.currency,
        application_fee_amount: first.application_fee_amount ?? 0,
        automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
        transfer_data: { destination: account },
        metadata: { coachId, paymentId: id },
        payment_method: 'pm_card_visa',
        confirm: true,
      })
      .catch(() => undefined);
    return second?.status === 'succeeded';
  }

  private intentsOf(paymentId: string): Intent[] {
    const id = parsePublicId('payment', paymentId);
    return this.app.sandbox.stripe.paymentIntents.filter(({ metadata }) => metadata['paymentId'] === id);
  }
}
