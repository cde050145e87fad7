import { formatMoney, type Money } from '@app/common';
import type { Block, MailText, Recipient } from './mail';
import { sessionBlock, timeFor, type SessionFacts } from './session-facts';

/** What a mail says of a dispute. */
export interface DisputeFacts {
  clientName: string;
  amount: Money;
  /** Stripe's word, such as `product_not_received`. */
  reason: string;
  /** Only an inquiry so far: no money has moved. */
  isInquiry: boolean;
  /** Null where nothing can be said any more. */
  evidenceDueAt: Date | null;
  /** The operation that gives all that is known in one file. */
  evidenceUrl: string;
  /** Null where a package was paid. */
  session: SessionFacts | null;
}

export type DisputeEnd = 'won' | 'lost' | 'warning_closed' | 'prevented';

export function disputeOpened(recipient: Recipient, facts: DisputeFacts): MailText {
  const shown = formatMoney(facts.amount, recipient.locale);
  const what = facts.isInquiry
    ? `The bank of ${facts.clientName} asks about a payment of ${shown}. No money has moved yet; a refund or a good answer may end it.`
    : `The bank of ${facts.clientName} has taken back ${shown} of a payment. Until it is decided the amount is taken from the coach's transfers, and the payment cannot be refunded.`;
  return {
    subject: `${facts.isInquiry ? 'A bank asks about a payment' : 'Payment disputed'}: ${shown} from ${facts.clientName}`,
    blocks: [
      { text: what },
      {
        facts: [
          ['Reason', facts.reason],
          ...(facts.evidenceDueAt === null
            ? []
            : [['Answer at Stripe by', timeFor(recipient, facts.evidenceDueAt)] as const]),
          ['What we have on record', `GET ${facts.evidenceUrl}`],
        ],
      },
      ...sessionBlocks(recipient, facts),
    ],
  };
}

const ENDS: Record<DisputeEnd, { subject: string; text: (shown: string) => string }> = {
  won: {
    subject: 'Dispute won',
    text: (shown) => `The dispute of ${shown} was won: the coach gets the amount back.`,
  },
  lost: {
    subject: 'Dispute lost',
    text: (shown) =>
      `The dispute of ${shown} was lost: the client keeps the money, and nothing more can be refunded.`,
  },
  warning_closed: {
    subject: 'Inquiry closed',
    text: (shown) => `The bank's inquiry about ${shown} is closed. No money has moved.`,
  },
  prevented: { subject: 'Dispute prevented', text: (shown) => `The dispute of ${shown} was prevented.` },
};

export function disputeClosed(recipient: Recipient, facts: DisputeFacts, end: DisputeEnd): MailText {
  const shown = formatMoney(facts.amount, recipient.locale);
  const { subject, text } = ENDS[end];
  return {
    subject: `${subject}: ${shown} from ${facts.clientName}`,
    blocks: [{ text: text(shown) }, ...sessionBlocks(recipient, facts)],
  };
}

function sessionBlocks(recipient: Recipient, { session }: DisputeFacts): Block[] {
  return session === null ? [] : [sessionBlock(recipient, session, 'coach')];
}
