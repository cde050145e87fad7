import { formatMoney, type Money } from '@app/common';
import type { Block, MailText, Recipient } from './mail';
import { retryBlock, type RefundRetry } from './money-mails';
import type { Side } from './session-facts';

export interface RefundedPackageFacts {
  packageName: string;
  coachName: string;
  clientName: string;
}

export type PackageRefundNews = 'refund_started' | 'refund_succeeded';

/** @param arrivalDays business days until a refund usually shows, such as "5–7" */
export function packageRefund(
  recipient: Recipient,
  news: PackageRefundNews,
  facts: RefundedPackageFacts,
  amount: Money,
  arrivalDays: string,
): MailText {
  const shown = formatMoney(amount, recipient.locale);
  const started = news === 'refund_started';
  return {
    subject: `${started ? 'Refund started' : 'Refund made'}: ${shown}`,
    blocks: [
      {
        text: started
          ? `We have started a refund of ${shown} for your package. It usually takes ${arrivalDays} business days to appear.`
          : `The refund of ${shown} for your package has been made. Your bank usually shows it ${arrivalDays} business days after the start.`,
      },
      packageBlock(facts, 'client'),
    ],
  };
}

export function packageRefundFailed(
  recipient: Recipient,
  side: Side,
  facts: RefundedPackageFacts,
  amount: Money,
  retry: RefundRetry,
): MailText {
  const shown = formatMoney(amount, recipient.locale);
  if (side === 'client') {
    return {
      subject: `Refund failed: ${shown}`,
      blocks: [
        {
          text: `The refund of ${shown} did not go through. ${facts.coachName} has been told and can start it again; you need to do nothing.`,
        },
        packageBlock(facts, side),
      ],
    };
  }
  return {
    subject: `Refund failed: ${shown} to ${facts.clientName}`,
    blocks: [
      { text: `The refund of ${shown} to ${facts.clientName} did not go through.` },
      retryBlock(retry, facts.clientName),
      packageBlock(facts, side),
    ],
  };
}

function packageBlock({ packageName, coachName, clientName }: RefundedPackageFacts, side: Side): Block {
  return {
    facts: [['Package', packageName], side === 'client' ? ['Coach', coachName] : ['Client', clientName]],
  };
}
