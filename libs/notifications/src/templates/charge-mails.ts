import { formatMoney, type Money } from '@app/common';
import type { Block, MailText, Recipient } from './mail';
import { sessionBlock, type SessionFacts, type Side } from './session-facts';

export type ChargeNews = 'payment_failed' | 'payment_action_required';

/** What a mail says of a charge that took no money. */
export interface ChargeFacts {
  news: ChargeNews;
  amount: Money;
  owedFor: 'pay_later' | 'no_show' | 'late_cancellation';
  /** Stripe's word for what went wrong; for the coach. */
  code: string | null;
  /** Where the client pays. */
  payUrl: string;
  /** The operation by which the coach has the card tried again. */
  retryUrl: string;
}

const OWED_FOR: Record<ChargeFacts['owedFor'], string> = {
  pay_later: 'the session',
  no_show: 'the missed session',
  late_cancellation: 'the session that was cancelled late',
};

export function chargeMail(
  recipient: Recipient,
  side: Side,
  session: SessionFacts,
  facts: ChargeFacts,
): MailText {
  const shown = formatMoney(facts.amount, recipient.locale);
  const { subject, blocks } =
    side === 'client' ? forClient(facts, session, shown) : forCoach(facts, session, shown);
  return { subject, blocks: [...blocks, sessionBlock(recipient, session, side)] };
}

/** To the client, whom the coach lets off what they owe. */
export function chargeWaived(
  recipient: Recipient,
  session: SessionFacts,
  amount: Money,
  owedFor: ChargeFacts['owedFor'],
  isUnderWay: boolean,
): MailText {
  const shown = formatMoney(amount, recipient.locale);
  return {
    subject: `Nothing to pay: ${session.coachName} waives ${shown}`,
    blocks: [
      {
        text: `${session.coachName} waives the ${shown} that you owed for ${OWED_FOR[owedFor]}. ${isUnderWay ? 'A charge of your card is under way; if it succeeds, all of it goes back.' : 'Your card is not charged for it.'}`,
      },
      sessionBlock(recipient, session, 'client'),
    ],
  };
}

function forClient(facts: ChargeFacts, session: SessionFacts, shown: string): MailText {
  const what = OWED_FOR[facts.owedFor];
  if (facts.news === 'payment_action_required') {
    return {
      subject: `Please confirm your payment: ${shown}`,
      blocks: [
        {
          text: `Your bank wants you to confirm the payment of ${shown} for ${what} with ${session.coachName}. Nothing was taken yet.`,
        },
        { link: { label: 'Confirm the payment', url: facts.payUrl } },
      ],
    };
  }
  const why =
    facts.code === 'no_saved_card'
      ? `You owe ${session.coachName} ${shown} for ${what}, and there is no saved card that could be charged.`
      : `The payment of ${shown} for ${what} with ${session.coachName} did not go through on your saved card.`;
  return {
    subject: `Payment failed: ${shown}`,
    blocks: [{ text: why }, { link: { label: 'Pay with a card', url: facts.payUrl } }],
  };
}

function forCoach(facts: ChargeFacts, session: SessionFacts, shown: string): MailText {
  const what = OWED_FOR[facts.owedFor];
  if (facts.news === 'payment_action_required') {
    return {
      subject: `Payment waits for ${session.clientName}: ${shown}`,
      blocks: [
        {
          text: `The bank of ${session.clientName} wants the payment of ${shown} for ${what} confirmed. They were sent a link; you need to do nothing.`,
        },
      ],
    };
  }
  const blocks: Block[] = [
    {
      text: `${shown} for ${what} could not be charged to ${session.clientName}. They were sent a link to pay by; the card is not tried again by itself.`,
    },
    {
      facts: [
        ['Reason', facts.code ?? 'not known'],
        ['Try the card again', `POST ${facts.retryUrl}`],
      ],
    },
  ];
  return { subject: `Payment failed: ${shown} from ${session.clientName}`, blocks };
}
