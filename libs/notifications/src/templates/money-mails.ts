import { formatMoney, type Money } from '@app/common';
import type { Block, MailText, Recipient } from './mail';
import { sessionBlock, type SessionFacts, type Side } from './session-facts';

/** @param arrivalDays business days until a refund usually shows, such as "5–7" */
export function refundStarted(
  recipient: Recipient,
  session: SessionFacts,
  amount: Money,
  arrivalDays: string,
): MailText {
  const shown = formatMoney(amount, recipient.locale);
  return {
    subject: `Refund started: ${shown}`,
    blocks: [
      {
        text: `We have started a refund of ${shown}. It usually takes ${arrivalDays} business days to appear.`,
      },
      sessionBlock(recipient, session, 'client'),
    ],
  };
}

export function refundSucceeded(
  recipient: Recipient,
  session: SessionFacts,
  amount: Money,
  arrivalDays: string,
): MailText {
  const shown = formatMoney(amount, recipient.locale);
  return {
    subject: `Refund made: ${shown}`,
    blocks: [
      {
        text: `The refund of ${shown} has been made. Your bank usually shows it ${arrivalDays} business days after the start.`,
      },
      sessionBlock(recipient, session, 'client'),
    ],
  };
}

/** What a coach needs to try a refund again. */
export interface RefundRetry {
  /** The operation that does it. */
  url: string;
  /** Stripe's word for what went wrong. */
  reason: string | null;
}

/** How the coach tries again; after a lost dispute there is nothing to try. */
export function retryBlock({ url, reason }: RefundRetry, clientName: string): Block {
  if (reason === 'dispute_lost')
    return {
      text: `The bank of ${clientName} has decided the dispute in their favour: nothing can be refunded.`,
    };
  return {
    facts: [
      ['Reason', reason ?? 'not known'],
      ['Try again', `POST ${url}`],
    ],
  };
}

export function refundFailed(
  recipient: Recipient,
  side: Side,
  session: SessionFacts,
  amount: Money,
  retry: RefundRetry,
): MailText {
  const shown = formatMoney(amount, recipient.locale);
  if (side === 'client') {
    return {
      subject: `Refund failed: ${shown}`,
      blocks: [
        {
          text: `The refund of ${shown} did not go through. ${session.coachName} has been told and can start it again; you need to do nothing.`,
        },
        sessionBlock(recipient, session, side),
      ],
    };
  }
  return {
    subject: `Refund failed: ${shown} to ${session.clientName}`,
    blocks: [
      { text: `The refund of ${shown} to ${session.clientName} did not go through.` },
      retryBlock(retry, session.clientName),
      sessionBlock(recipient, session, side),
    ],
  };
}

export function latePaymentRefunded(
  recipient: Recipient,
  side: Side,
  session: SessionFacts,
  amount: Money,
  arrivalDays: string,
): MailText {
  const shown = formatMoney(amount, recipient.locale);
  const what =
    side === 'client'
      ? `Your payment of ${shown} arrived after the time had been given back, so the session could not be booked. All of it goes back to you; this usually takes ${arrivalDays} business days.`
      : `A payment of ${shown} by ${session.clientName} arrived after the time had been given back. The session is not booked, and all of it goes back.`;
  return {
    subject: `Not booked, payment goes back: ${session.offeringName}`,
    blocks: [{ text: what }, sessionBlock(recipient, session, side)],
  };
}
