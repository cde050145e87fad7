import type { PolicyRules } from './policy-rules';

/** From this notice (whole hours) until the next longer one, the same share goes back. */
interface Band {
  fromHours: number;
  /** Not included; null for the longest notice. */
  toHours: number | null;
  percent: number;
}

const HOUR_MS = 3_600_000;

/**
 * The terms in words, for people who book. Generated from the rules, so the two cannot differ.
 * What a missed session costs is said only where it is not what cancelling at the last moment costs.
 */
export function policyText(rules: PolicyRules): string {
  const bands = bandsOf(rules);
  const lastMinutePercent = bands.at(-1)?.percent ?? 0;
  const sentences = [...bands.map(cancellationSentence), rescheduleSentence(rules.freeRescheduleHours)];
  if (rules.noShowChargePercent !== 100 - lastMinutePercent) {
    sentences.push(noShowSentence(rules.noShowChargePercent));
  }
  if (rules.returnCreditOnLateCancel) {
    sentences.push('A session paid from a package: the credit is returned whenever you cancel.');
  }
  return sentences.join(' ');
}

/**
 * The one sentence of the terms that decides a cancellation.
 *
 * @param noticeMs milliseconds from the cancellation to the start; negative once the session has begun
 */
export function clauseAt(rules: PolicyRules, noticeMs: number): string {
  const band = bandsOf(rules).find(({ fromHours }) => noticeMs >= fromHours * HOUR_MS);
  return band === undefined ? 'Cancellations after the start: no refund.' : cancellationSentence(band);
}

/** The sentence of the terms about a client who does not come. */
export function noShowClause(rules: PolicyRules): string {
  return noShowSentence(rules.noShowChargePercent);
}

/** All notices down to the start, longest first; neighbours that give back the same share are one. */
function bandsOf({ tiers }: PolicyRules): Band[] {
  const bands: Band[] = [];
  for (const { noticeHours, refundPercent } of [...tiers, { noticeHours: 0, refundPercent: 0 }]) {
    const longer = bands.at(-1);
    if (longer?.fromHours === 0) break;
    if (longer?.percent === refundPercent) longer.fromHours = noticeHours;
    else bands.push({ fromHours: noticeHours, toHours: longer?.fromHours ?? null, percent: refundPercent });
  }
  return bands;
}

function cancellationSentence({ fromHours, toHours, percent }: Band): string {
  const refund = refundWords(percent);
  if (toHours === null) {
    return fromHours === 0
      ? `Cancellations until the start: ${refund}.`
      : `Cancellations with ${fromHours}+ hours notice: ${refund}.`;
  }
  if (fromHours === 0) return `Cancellations within ${hours(toHours)}: ${refund}.`;
  return `Cancellations with ${fromHours}+ but less than ${hours(toHours)} notice: ${refund}.`;
}

function rescheduleSentence(freeHours: number): string {
  if (freeHours === 0) return 'Rescheduling anytime is free.';
  return `Rescheduling with ${freeHours}+ hours notice is free; later the coach has to agree.`;
}

function noShowSentence(percent: number): string {
  if (percent === 0) return 'Missed sessions: no charge.';
  return percent === 100
    ? 'Missed sessions: the full price is charged.'
    : `Missed sessions: ${percent}% of the price is charged.`;
}

function refundWords(percent: number): string {
  if (percent === 100) return 'full refund';
  return percent === 0 ? 'no refund' : `${percent}% refund`;
}

function hours(count: number): string {
  return count === 1 ? '1 hour' : `${count} hours`;
}
