import { z } from 'zod';
import { askForMore } from '../stripe/accounts';
import { findCharge } from '../stripe/charges';
import { expireCheckoutSession, findCheckoutSession, payCheckoutSession } from '../stripe/checkout-sessions';
import { DISPUTE_REASONS } from '../stripe/dispute-row';
import { escalateInquiry, findDispute, loseDispute, openDispute, winDispute } from '../stripe/disputes';
import { findPaymentIntent } from '../stripe/payment-intents';
import { presentCheckoutSession } from '../stripe/present-checkout';
import { presentAccount } from '../stripe/present-connect';
import { presentDispute } from '../stripe/present-dispute';
import { presentSetupIntent } from '../stripe/present-setup-intent';
import { authenticateSetupIntent, confirmSetupIntent, findSetupIntent } from '../stripe/setup-intents';
import type { StripeModel } from '../stripe/stripe-model';
import { DISABLED_REASONS } from '../stripe/stripe-rows';
import {
  authentication,
  checkSecret,
  confirmation,
  InvalidInput,
  nothing,
  parse,
  RETURN_URL,
  type Act,
} from './act-input';

const dispute = z.strictObject({
  reason: z.enum(DISPUTE_REASONS).default('fraudulent'),
  /** Minor units; absent: what was not refunded. */
  amount: z.coerce.number().int().min(1).optional(),
  inquiry: z.boolean().default(false),
});
const checkoutPayment = z.strictObject({
  paymentMethod: z.string().min(1),
  email: z.email().optional(),
});
const needs = z.strictObject({
  currentlyDue: z.array(z.string().min(1)).default([]),
  pastDue: z.array(z.string().min(1)).default([]),
  disabledReason: z.enum(DISABLED_REASONS).nullable().default(null),
});

function disputeCharge(stripe: StripeModel, chargeId: string | null, input: unknown) {
  if (chargeId === null) throw new InvalidInput('this payment has no charge to dispute');
  const { reason, amount, inquiry } = parse(dispute, input);
  const charge = findCharge(stripe, chargeId);
  return presentDispute(openDispute(stripe, charge, { reason, amount, isInquiry: inquiry }), stripe);
}

/** Saving cards, paying on a Checkout page, disputes, and what Stripe asks of a connected account. */
export const STRIPE_ACTS: Record<string, Act> = {
  'stripe/setup-intents/:id/confirm': ({ stripe }, id, input) => {
    const { paymentMethod, clientSecret } = parse(confirmation, input);
    const setup = findSetupIntent(stripe, id);
    checkSecret(clientSecret, setup.client_secret);
    const confirmed = confirmSetupIntent(stripe, setup, {
      payment_method: paymentMethod,
      return_url: RETURN_URL,
    });
    return presentSetupIntent(confirmed, stripe);
  },
  'stripe/setup-intents/:id/authenticate': ({ stripe }, id, input) => {
    const { success } = parse(authentication, input);
    return presentSetupIntent(authenticateSetupIntent(stripe, findSetupIntent(stripe, id), success), stripe);
  },
  'stripe/checkout-sessions/:id/pay': ({ stripe }, id, input) => {
    const session = findCheckoutSession(stripe, id);
    payCheckoutSession(stripe, session, parse(checkoutPayment, input));
    return presentCheckoutSession(session, stripe);
  },
  'stripe/checkout-sessions/:id/expire': ({ stripe }, id, input) => {
    parse(nothing, input);
    return presentCheckoutSession(expireCheckoutSession(stripe, findCheckoutSession(stripe, id)), stripe);
  },
  'stripe/charges/:id/dispute': ({ stripe }, id, input) => disputeCharge(stripe, id, input),
  'stripe/payment-intents/:id/dispute': ({ stripe }, id, input) =>
    disputeCharge(stripe, findPaymentIntent(stripe, id).latest_charge, input),
  'stripe/disputes/:id/win': ({ stripe }, id, input) => {
    parse(nothing, input);
    return presentDispute(winDispute(stripe, findDispute(stripe, id)), stripe);
  },
  'stripe/disputes/:id/lose': ({ stripe }, id, input) => {
    parse(nothing, input);
    return presentDispute(loseDispute(stripe, findDispute(stripe, id)), stripe);
  },
  'stripe/disputes/:id/escalate': ({ stripe }, id, input) => {
    parse(nothing, input);
    return presentDispute(escalateInquiry(stripe, findDispute(stripe, id)), stripe);
  },
  'stripe/accounts/:id/require': ({ stripe }, id, input) =>
    presentAccount(askForMore(stripe, id, parse(needs, input))),
};
