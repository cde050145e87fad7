import { formatLocal, formatMoney } from '@app/common';
import type { PageContent } from '../http/plain-page';
import type { SeriesConfirmationView } from './series-terms.dto';

const PAID: Record<SeriesConfirmationView['funding'], string> = {
  free: 'Free.',
  package: 'Each is paid by a credit of your package.',
  pay_later: 'Each is charged to your saved card before it starts.',
};

/** What the mailed link shows in a browser, before and after the terms are accepted. */
export function seriesTermsPage(view: SeriesConfirmationView): PageContent {
  const { state, terms, nextStartsAt, timezone, funding, price, durationMinutes } = view;
  const next = nextStartsAt === null ? [] : [`Next: ${formatLocal(new Date(nextStartsAt), timezone, 'en')}.`];
  const cost = funding === 'pay_later' ? `${formatMoney(price, 'en')} a session. ` : '';
  return {
    title: `${view.offeringName} with ${view.coachName}`,
    paragraphs: [
      `${view.description}, ${durationMinutes} minutes. ${cost}${PAID[funding]}`,
      ...next,
      `Terms: ${terms.text}`,
      stateOf(view),
    ],
    forms:
      terms.acceptedAt === null && isToCome(state)
        ? [{ fields: { acceptedPolicyId: terms.policyId }, buttons: [{ label: 'Accept the terms' }] }]
        : [],
  };
}

function stateOf({ state, terms }: SeriesConfirmationView): string {
  if (!isToCome(state)) return `The series is ${state}.`;
  return terms.acceptedAt === null
    ? 'Accepting them counts for all sessions of the series.'
    : 'You have accepted the terms.';
}

function isToCome(state: SeriesConfirmationView['state']): boolean {
  return state === 'active' || state === 'paused';
}
