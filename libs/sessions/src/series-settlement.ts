import { refundPercentAt, type PolicyRules } from '@app/offerings';
import { chargeTime } from './charge-time';
import type { SessionPaying } from './series-payment-facts';
import { refundDue } from './domain/cancellation';
import {
  allocateCredits,
  creditsInWords,
  reaches,
  type CreditsOfPlan,
  type CreditSupply,
  type GivenBack,
  type OccurrencePayment,
} from './domain/series-payments';
import { creditOutcomeShown, withShares } from './series-shares';
import { givesTimeBack, type PlannedOccurrence, type SeriesShape } from './domain/series-plan';
import { creditOfCancellation } from './domain/session-credit';

/** What decides how the sessions of an act are paid. */
export interface PayingContext {
  /** The series as it is after the act. */
  shape: SeriesShape;
  /** Its terms of cancelling. */
  rules: PolicyRules;
  /** The coach's. */
  timezone: string;
  /** The coach has an account that charges go to. */
  canCharge: boolean;
  /** The act asks for another way to pay: what is not paid yet is paid so from now on. */
  repays: boolean;
  /** From when the notice of what is cancelled counts. */
  noticeFrom: Date;
  now: Date;
}

/**
 * How each session of an act is paid afterwards, and what was paid for those that do not take place: credits by the next
 * session first, else the saved card or nothing (domain.md 10, 11). What was paid in money already stays as it is.
 *
 * @param present by session
 * @param supply credits that can be drawn, in the order in which they are
 */
export function paidOccurrences(
  occurrences: readonly PlannedOccurrence[],
  present: ReadonlyMap<string, SessionPaying>,
  supply: readonly CreditSupply[],
  context: PayingContext,
): PlannedOccurrence[] {
  const settled = withShares(
    occurrences.map((each) => settle(each, present.get(each.sessionId ?? ''), context)),
    present,
  );
  const wanting = settled.flatMap((planned) =>
    planned.isPaidAnew && planned.after !== null
      ? [{ planned, startsAt: new Date(planned.after.startsAt) }]
      : [],
  );
  const credits = allocateCredits(
    wanting.map(({ startsAt }) => startsAt),
    supply,
    context.timezone,
  );
  const payments = new Map(
    wanting.map(({ planned, startsAt }, index) => {
      const wasPaid = wasPaidBefore(present.get(planned.sessionId ?? ''));
      return [planned, credits[index] ?? withoutCredit(startsAt, wasPaid, context)];
    }),
  );
  return settled.map((each) => ({ ...each, paidBy: payments.get(each) ?? each.paidBy }));
}

/** What the credits do in an act, some of them waiting for a bank; null where it has nothing to do with any. */
export function creditsOf(
  occurrences: readonly PlannedOccurrence[],
  { funding }: Pick<SeriesShape, 'funding'>,
  isDisputed = false,
): CreditsOfPlan | null {
  const anew = occurrences
    .filter((each) => each.isPaidAnew && each.after !== null)
    .sort((a, b) => ((a.after?.startsAt ?? '') < (b.after?.startsAt ?? '') ? -1 : 1));
  const paidBy = (by: OccurrencePayment['by']): number =>
    anew.filter((each) => each.paidBy?.by === by).length;
  const given = occurrences.flatMap(({ givesBack }) => givesBack?.credit ?? []).map(creditOutcomeShown);
  const outcome = (wanted: (typeof given)[number]): number => given.filter((each) => each === wanted).length;
  const end = anew.findIndex((each) => each.paidBy?.by !== 'credit');
  const isByCredit = funding === 'package';
  const facts = {
    drawn: paidBy('credit'),
    returned: outcome('returned'),
    paidBack: outcome('paid_back'),
    used: outcome('used'),
    endAt: isByCredit && end >= 0 ? end + 1 : null,
    unpaid: isByCredit ? paidBy('unpaid') : 0,
    onSavedCard: isByCredit ? paidBy('saved_card') : 0,
    isDisputed: isByCredit && end >= 0 && isDisputed,
  };
  const isNothing = facts.endAt === null && facts.drawn + given.length === 0;
  return isNothing ? null : { ...facts, text: creditsInWords(facts) };
}

function settle(
  planned: PlannedOccurrence,
  present: SessionPaying | undefined,
  context: PayingContext,
): PlannedOccurrence {
  const { action, after } = planned;
  if (givesTimeBack(planned)) return present === undefined ? planned : calledOff(planned, present, context);
  if (after === null) return planned;
  if (action === 'book' || action === 'restore') {
    const isFree = context.shape.funding === 'free' && (present === undefined || present.funding === 'free');
    return { ...planned, isPaidAnew: !isFree };
  }
  const isToCome = present?.status === 'scheduled' && present.startsAt > context.now;
  if (!isToCome || (action === 'keep' && !context.repays)) return planned;
  if (isCharged(present, context)) return atOldPrice(planned, present);
  if (staysPaid(planned, present, context))
    return { ...planned, paidBy: paymentAfter(planned, present, context) };
  return {
    ...planned,
    action: action === 'keep' ? 'edit' : action,
    isPaidAnew: true,
    givesBack: givenBack(present, 'returned'),
  };
}

function calledOff(
  planned: PlannedOccurrence,
  present: SessionPaying,
  { noticeFrom }: PayingContext,
): PlannedOccurrence {
  const { policyRules, startsAt, priceMinor, currency, payment } = present;
  const choice = planned.refund?.choice ?? 'full';
  const policyPercent = refundPercentAt(policyRules, startsAt.getTime() - noticeFrom.getTime());
  const { capturedMinor = 0, refundedMinor = 0, isDisputeLost = false } = payment ?? {};
  const amountMinor =
    capturedMinor === 0 || isDisputeLost
      ? 0
      : refundDue({
          by: 'coach',
          choice,
          priceMinor,
          capturedMinor,
          refundedMinor,
          currency,
          policyPercent,
          refundCapPercent: null,
        });
  const outcome = creditOfCancellation(choice, policyPercent, policyRules.returnCreditOnLateCancel);
  const back = givenBack(present, outcome);
  const waitsForDispute = amountMinor > 0 && payment?.isDisputed === true;
  return { ...planned, refund: { choice, amountMinor }, givesBack: back && { ...back, waitsForDispute } };
}

function givenBack(
  { credit, payment }: SessionPaying,
  outcome: NonNullable<GivenBack['credit']>['outcome'],
): GivenBack | null {
  const paymentId = payment === null || payment.isCanceled ? null : payment.id;
  if (credit === null && paymentId === null) return null;
  const { entitlementId = '', packageName = '' } = credit ?? {};
  return {
    credit: credit && { entitlementId, packageName, outcome, shareMinor: null },
    paymentId,
    waitsForDispute: false,
  };
}

function capturedOf({ payment }: SessionPaying): number {
  return payment === null || payment.isCanceled ? 0 : payment.capturedMinor;
}

/** A session is charged once: what was taken for it, and given back, is not taken again by itself. */
function wasPaidBefore(present: SessionPaying | undefined): boolean {
  return present !== undefined && capturedOf(present) > 0;
}

/** The money is there, or is on its way to where it is wanted. */
function isCharged(present: SessionPaying, { shape }: PayingContext): boolean {
  return capturedOf(present) > 0 || (present.payment?.isUnderWay === true && shape.funding === 'pay_later');
}

/** What was charged for a session is its price. */
function atOldPrice(each: PlannedOccurrence, { payment }: SessionPaying): PlannedOccurrence {
  const { terms, newTerms } = each;
  const dueAt = payment?.dueAt ?? null;
  const planned: PlannedOccurrence =
    payment === null || dueAt === null
      ? each
      : { ...each, paidBy: { by: 'saved_card', dueAt, paymentId: payment.id } };
  if (terms === null || newTerms === null || terms.priceMinor === newTerms.priceMinor) return planned;
  return { ...planned, newTerms: { ...newTerms, priceMinor: terms.priceMinor }, keptException: true };
}

/** Whether what pays a session now still does after the act. */
function staysPaid(
  { after, newTerms, terms }: PlannedOccurrence,
  { credit, payment, funding, priceMinor }: SessionPaying,
  { shape, repays, timezone }: PayingContext,
): boolean {
  const { offeringId, ...sold } = newTerms ?? terms ?? shape;
  if (credit !== null) {
    const isWanted =
      shape.funding === 'package' && [null, credit.entitlementId].includes(shape.entitlementId);
    const start = new Date(after?.startsAt ?? 0);
    return (
      (isWanted || !repays) && credit.offeringIds.includes(offeringId) && reaches(credit, start, timezone)
    );
  }
  if (payment !== null && !payment.isCanceled) {
    const isSamePrice = payment.amountMinor === sold.priceMinor;
    return isSamePrice && (!repays || shape.funding === 'pay_later');
  }
  if (funding === 'pay_later') return !repays || shape.funding === 'pay_later';
  const isFree = funding === 'free' && priceMinor === 0 && sold.priceMinor === 0;
  return isFree ? shape.funding === 'free' || !repays : !repays;
}

/** A charge moves along with its session; where the act names another time before the start, it moves to that. */
function paymentAfter(
  { before, after }: PlannedOccurrence,
  { credit, payment, funding }: SessionPaying,
  context: PayingContext,
): OccurrencePayment | null {
  if (credit !== null) {
    const { entitlementId, packageName } = credit;
    return { by: 'credit', entitlementId, packageName, left: null };
  }
  if (payment !== null && !payment.isCanceled && payment.dueAt !== null && after !== null) {
    const startsAt = new Date(after.startsAt);
    const movedMs = before === null ? 0 : startsAt.getTime() - Date.parse(before.startsAt);
    const dueAt = context.repays
      ? chargeTime(startsAt, context.shape.chargeHoursBefore, context.rules)
      : new Date(Date.parse(payment.dueAt) + movedMs);
    return { by: 'saved_card', dueAt: dueAt.toISOString(), paymentId: payment.id };
  }
  // Its terms are not accepted yet: the charge is planned once they are.
  if (funding === 'pay_later' && after !== null) return onSavedCard(new Date(after.startsAt), context);
  return funding === 'free' ? null : { by: 'unpaid' };
}

function onSavedCard(startsAt: Date, { shape, rules }: PayingContext): OccurrencePayment {
  const dueAt = chargeTime(startsAt, shape.chargeHoursBefore, rules).toISOString();
  return { by: 'saved_card', dueAt, paymentId: null };
}

function withoutCredit(startsAt: Date, wasPaid: boolean, context: PayingContext): OccurrencePayment | null {
  const { shape, canCharge } = context;
  if (shape.funding === 'free') return null;
  const mayCharge = shape.funding === 'pay_later' || shape.fallback === 'saved_card';
  if (!mayCharge || !canCharge || wasPaid) return { by: 'unpaid' };
  return onSavedCard(startsAt, context);
}
