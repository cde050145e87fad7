import { z } from 'zod';
import { CALL_FAULTS, FAULT_PROVIDERS, isWebhookFault, WEBHOOK_FAULTS } from '../shared/faults';
import { completeOnboarding, setRestricted } from '../stripe/accounts';
import { authenticatePaymentIntent, confirmPaymentIntent } from '../stripe/payment-confirmation';
import { findPaymentIntent } from '../stripe/payment-intents';
import { presentAccount } from '../stripe/present-connect';
import { presentPaymentIntent, presentRefund } from '../stripe/present-payments';
import { failRefund, succeedRefund } from '../stripe/refunds';
import { happen, MEETING_EVENTS } from '../zoom/meeting-events';
import { findMeeting } from '../zoom/meetings';
import { revokeUser } from '../zoom/oauth';
import { authentication, checkSecret, confirmation, nothing, parse, RETURN_URL, type Act } from './act-input';
import { STRIPE_ACTS } from './stripe-acts';

export const clockAdvance = z.strictObject({
  seconds: z
    .number()
    .int()
    .min(1)
    .max(10 * 366 * 86_400),
});

export const faultInjection = z
  .strictObject({
    provider: z.enum(FAULT_PROVIDERS),
    operation: z.string().min(1).max(200),
    kind: z.enum([...CALL_FAULTS, ...WEBHOOK_FAULTS]),
    times: z.number().int().min(1).max(10_000).default(1),
    delayMs: z.number().int().min(0).max(120_000).optional(),
  })
  .refine((fault) => isWebhookFault(fault.kind) === fault.provider.endsWith('_webhook'), {
    message:
      'webhook_… kinds belong to the providers stripe_webhook and zoom_webhook, the others to stripe, zoom and smtp',
  });

const refundFailure = z.strictObject({ reason: z.string().min(1).optional() });
const meetingEvent = z.strictObject({
  event: z.enum(MEETING_EVENTS),
  participant: z
    .strictObject({ name: z.string().min(1), email: z.string().default('') })
    .default({ name: 'Guest', email: '' }),
});
const zoomRevocation = z.strictObject({ email: z.email() });

/** What people do outside our system, by path below `/sandbox/` (JSON) and `/console/` (the pages' buttons). */
export const ACTS: Record<string, Act> = {
  ...STRIPE_ACTS,
  // What a client's browser does with the client secret and Stripe.js.
  'stripe/payment-intents/:id/confirm': ({ stripe }, id, input) => {
    const { paymentMethod, clientSecret } = parse(confirmation, input);
    const intent = findPaymentIntent(stripe, id);
    checkSecret(clientSecret, intent.client_secret);
    const confirmed = confirmPaymentIntent(stripe, intent, {
      payment_method: paymentMethod,
      return_url: RETURN_URL,
    });
    return presentPaymentIntent(confirmed, stripe);
  },
  'stripe/payment-intents/:id/authenticate': ({ stripe }, id, input) => {
    const { success } = parse(authentication, input);
    return presentPaymentIntent(
      authenticatePaymentIntent(stripe, findPaymentIntent(stripe, id), success),
      stripe,
    );
  },
  'stripe/refunds/:id/fail': ({ stripe }, id, input) =>
    presentRefund(failRefund(stripe, id, parse(refundFailure, input).reason)),
  'stripe/refunds/:id/succeed': ({ stripe }, id, input) => {
    parse(nothing, input);
    return presentRefund(succeedRefund(stripe, id));
  },
  'stripe/accounts/:id/complete-onboarding': ({ stripe }, id, input) => {
    parse(nothing, input);
    return presentAccount(completeOnboarding(stripe, id));
  },
  'stripe/accounts/:id/restrict': ({ stripe }, id, input) => {
    parse(nothing, input);
    return presentAccount(setRestricted(stripe, id, true));
  },
  'zoom/meetings/:id/events': ({ zoom }, id, input) => {
    const { event, participant } = parse(meetingEvent, input);
    const meeting = findMeeting(zoom, id);
    happen(zoom, meeting, event, participant);
    return { id: meeting.id, status: meeting.status, participants: meeting.participants };
  },
  'zoom/revoke': ({ zoom }, _id, input) => ({
    revoked: revokeUser(zoom, parse(zoomRevocation, input).email),
  }),
};
