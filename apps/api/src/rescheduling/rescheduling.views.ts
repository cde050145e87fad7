import type { Principal } from '@app/accounts';
import { publicId, wallTimeOf } from '@app/common';
import type { LinkedProposal, ProposalRecord, RescheduleTerms } from '@app/sessions';
import type { LinkView, ProposalView, ProposedTimeView, RescheduleTermsView } from './rescheduling.dto';

const MINUTE_MS = 60_000;

type Reader = Pick<Principal, 'timezone'>;

export function termsView(terms: RescheduleTerms, { timezone }: Reader): RescheduleTermsView {
  const { session, movableUntil } = terms;
  return {
    sessionId: publicId('session', session.id),
    atOnce: terms.atOnce,
    byAgreement: terms.byAgreement,
    cost: { amount: terms.costMinor, currency: session.currency },
    movableUntil: movableUntil.toISOString(),
    localMovableUntil: wallTimeOf(movableUntil, timezone),
    timezone,
    freeRescheduleHours: session.policyRules.freeRescheduleHours,
    refundCapPercent: terms.refundCapPercent,
    version: session.version,
  };
}

export function proposalView(proposal: ProposalRecord, { timezone }: Reader): ProposalView {
  const { answersId, nextSessionId } = proposal;
  return {
    id: publicId('proposal', proposal.id),
    sessionId: publicId('session', proposal.sessionId),
    purpose: proposal.purpose,
    madeBy: proposal.madeBy,
    status: proposal.status,
    message: proposal.message,
    times: timesView(proposal, timezone),
    sessionStartsAt: proposal.sessionStartsAt.toISOString(),
    chosenStartsAt: proposal.chosenStartsAt?.toISOString() ?? null,
    nextSessionId: nextSessionId === null ? null : publicId('session', nextSessionId),
    answersId: answersId === null ? null : publicId('proposal', answersId),
    timezone,
    createdAt: proposal.createdAt.toISOString(),
    expiresAt: proposal.expiresAt.toISOString(),
    closedAt: proposal.closedAt?.toISOString() ?? null,
    version: proposal.version,
  };
}

/** Nothing but what the mail with the link told its reader: no id, no address, no one else's data. */
export function linkView({ proposal, session, coachName, timezone }: LinkedProposal): LinkView {
  return {
    purpose: proposal.purpose,
    status: proposal.status,
    offeringName: session.offeringName,
    coachName,
    message: proposal.message,
    times: timesView(proposal, timezone),
    startsAt: session.startsAt.toISOString(),
    localStart: wallTimeOf(session.startsAt, timezone),
    chosenStartsAt: proposal.chosenStartsAt?.toISOString() ?? null,
    timezone,
    expiresAt: proposal.expiresAt.toISOString(),
  };
}

function timesView({ times, durationMinutes }: ProposalRecord, timezone: string): ProposedTimeView[] {
  return times.map((startsAt) => ({
    startsAt: startsAt.toISOString(),
    endsAt: new Date(startsAt.getTime() + durationMinutes * MINUTE_MS).toISOString(),
    localStart: wallTimeOf(startsAt, timezone),
  }));
}
