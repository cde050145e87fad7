import { formatMoney, type LocalDate, type Money } from '@app/common';
import type { MailText, Recipient } from './mail';
import { timeFor, type Side } from './session-facts';

/** What mails say about a package. */
export interface PackageFacts {
  packageName: string;
  coachName: string;
  clientName: string;
  /** IANA name; the last day is a day there. */
  coachTimezone: string;
  /** Sessions that were bought. */
  total: number;
  remaining: number;
  /** The last good day. */
  expiresOn: LocalDate;
  /** Sessions only have to be booked by then, not to begin. */
  isBookBy: boolean;
}

export function packageExpiring(recipient: Recipient, facts: PackageFacts): MailText {
  const sessions = counted(facts.remaining);
  return {
    subject: `${sessions} left of ${facts.packageName}: good until ${dayOf(facts.expiresOn, recipient.locale)}`,
    blocks: [
      { text: `You have ${sessions} left with ${facts.coachName}. ${whatToDo(facts, facts.remaining)}` },
      { facts: [['Package', facts.packageName], ['Left', sessions], goodUntil(recipient, facts)] },
    ],
  };
}

/** What was paid for a package. Stripe mails the client a receipt of its own. */
export interface PackageReceipt {
  paid: Money;
  purchasedOn: LocalDate;
  /** Our number of the payment. */
  paymentId: string;
}

export function packageBought(
  recipient: Recipient,
  side: Side,
  facts: PackageFacts,
  receipt: PackageReceipt,
): MailText {
  const sessions = counted(facts.total);
  const paid = formatMoney(receipt.paid, recipient.locale);
  const isClient = side === 'client';
  return {
    subject: isClient
      ? `Your package ${facts.packageName}: ${sessions}`
      : `${facts.clientName} has bought ${facts.packageName}`,
    blocks: [
      {
        text: isClient
          ? `Thank you. You have ${sessions} with ${facts.coachName} now. ${whatToDo(facts, facts.total)}`
          : `${facts.clientName} has paid ${paid} for ${sessions}.`,
      },
      {
        facts: [
          ['Package', facts.packageName],
          isClient ? ['Coach', facts.coachName] : ['Client', facts.clientName],
          ['Sessions', String(facts.total)],
          ['Paid', paid],
          ['On', dayOf(receipt.purchasedOn, recipient.locale)],
          ['Payment', receipt.paymentId],
          goodUntil(recipient, facts),
        ],
      },
    ],
  };
}

export function packageExpired(recipient: Recipient, facts: PackageFacts, lost: number): MailText {
  const sessions = counted(lost);
  return {
    subject: `${facts.packageName} has expired`,
    blocks: [
      {
        text: `The last day of your package has ended, and ${sessions} that you had left can no longer be booked. What was booked before stays booked. ${facts.coachName} can extend the package.`,
      },
      { facts: [['Package', facts.packageName], ['Expired', sessions], goodUntil(recipient, facts)] },
    ],
  };
}

export function packageExtended(recipient: Recipient, facts: PackageFacts): MailText {
  const sessions = counted(facts.remaining);
  return {
    subject: `${facts.packageName}: good until ${dayOf(facts.expiresOn, recipient.locale)} now`,
    blocks: [
      {
        text: `${facts.coachName} has extended your package. You have ${sessions} left. ${facts.remaining > 0 ? whatToDo(facts, facts.remaining) : ''}`.trim(),
      },
      { facts: [['Package', facts.packageName], ['Left', sessions], goodUntil(recipient, facts)] },
    ],
  };
}

/** A package that a coach asks a client to pay. */
export interface OfferedPackage {
  packageName: string;
  coachName: string;
  total: number;
  price: Money;
  payBy: Date;
  payUrl: string;
}

export function packageOffered(recipient: Recipient, offered: OfferedPackage): MailText {
  return {
    subject: `${offered.packageName} from ${offered.coachName}: please pay`,
    blocks: [
      {
        text: `${offered.coachName} has put together ${counted(offered.total)} for you. They are yours once you have paid; until then nothing is charged.`,
      },
      {
        facts: [
          ['Package', offered.packageName],
          ['Sessions', String(offered.total)],
          ['Price', formatMoney(offered.price, recipient.locale)],
          ['Pay by', timeFor(recipient, offered.payBy)],
        ],
      },
      { link: { label: 'Pay', url: offered.payUrl } },
    ],
  };
}

function counted(sessions: number): string {
  return sessions === 1 ? '1 session' : `${sessions} sessions`;
}

function whatToDo({ isBookBy }: PackageFacts, sessions: number): string {
  if (sessions === 1)
    return isBookBy
      ? 'Book it by the day below; it may take place later.'
      : 'It has to begin by the day below.';
  return isBookBy
    ? 'Book them by the day below; they may take place later.'
    : 'They have to begin by the day below.';
}

function goodUntil({ locale }: Recipient, { expiresOn, coachTimezone }: PackageFacts): [string, string] {
  return ['Good until', `${dayOf(expiresOn, locale)}, end of the day (${coachTimezone})`];
}

/** A date is the same everywhere: UTC only keeps it from moving. */
function dayOf(date: LocalDate, locale: string): string {
  return new Intl.DateTimeFormat(locale, {
    timeZone: 'UTC',
    weekday: 'long',
    year: 'numeric',
    month: 'long',
    day: 'numeric',
  }).format(new Date(`${date}T00:00:00Z`));
}
