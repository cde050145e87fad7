import { formatLocal, formatMoney } from '@app/common';
import type { PageContent, PageForm } from '../http/plain-page';
import type { BookingConfirmationView, ConfirmedBookingView } from './booking-confirmation.dto';

/** What the mailed link shows in a browser, before and after the terms are accepted. */
export function confirmationPage(view: BookingConfirmationView | ConfirmedBookingView): PageContent {
  const when = formatLocal(new Date(view.startsAt), view.timezone, 'en');
  const { acceptedAt, text } = view.terms;
  const isMissing = acceptedAt === null || view.isPaymentDue;
  return {
    title: `${view.offeringName} with ${view.coachName}`,
    paragraphs: [
      `${when}, ${view.scheduledMinutes} minutes, ${formatMoney(view.price, 'en')}.`,
      `Terms: ${text}`,
      stateOf(view),
    ],
    forms: waitsFor(view.status) && isMissing ? nextSteps(view) : [],
  };
}

function stateOf({ status, statusLabel, terms, ...view }: BookingConfirmationView): string {
  const { isPaymentDue, payUntil, timezone } = view;
  if (!waitsFor(status)) return `The session: ${statusLabel.toLowerCase()}.`;
  const until = payUntil === null ? '' : ` until ${formatLocal(new Date(payUntil), timezone, 'en')}`;
  if (terms.acceptedAt === null)
    return status === 'held' ? `The time is held for you${until}.` : 'Please read the terms and accept them.';
  return isPaymentDue
    ? `You have accepted the terms. The time is held for your payment${until}.`
    : `You have accepted the terms. The session: ${statusLabel.toLowerCase()}.`;
}

/** A session that is over, or called off, waits for nobody. */
function waitsFor(status: BookingConfirmationView['status']): boolean {
  return status === 'held' || status === 'scheduled';
}

/** Accepting again is harmless: so does whoever comes back to pay. */
function nextSteps(view: BookingConfirmationView | ConfirmedBookingView): PageForm[] {
  if ('payment' in view && view.payment !== null) {
    const label = `Pay ${formatMoney(view.payment.amount, 'en')} on a page of Stripe`;
    return [{ action: view.payment.payUrl, buttons: [{ label }] }];
  }
  const label =
    view.terms.acceptedAt !== null
      ? 'Go on to pay'
      : view.isPaymentDue
        ? 'Accept the terms and go on to pay'
        : 'Accept the terms';
  return [{ fields: { acceptedPolicyId: view.terms.policyId }, buttons: [{ label }] }];
}
