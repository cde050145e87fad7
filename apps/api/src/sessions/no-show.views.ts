import { publicId } from '@app/common';
import type { FollowUp, NoShowMarking, NoShowStory } from '@app/sessions';
import type { FollowUpView, NoShowMarkingView, NoShowStoryView } from './no-show.dto';

export function noShowStoryView({
  markings,
  report,
  followUp,
  contactAttempts,
}: NoShowStory): NoShowStoryView {
  return {
    markings: markings.map(markingView),
    report: report === null ? null : { ...report, reportedAt: report.reportedAt.toISOString() },
    followUp: followUp === null ? null : followUpView(followUp),
    contactAttempts: contactAttempts?.map(({ at, ...rest }) => ({ at: at.toISOString(), ...rest })) ?? null,
  };
}

function followUpView({ proposalId, sentAt, ...rest }: FollowUp): FollowUpView {
  return {
    ...rest,
    proposalId: proposalId === null ? null : publicId('proposal', proposalId),
    sentAt: sentAt.toISOString(),
  };
}

function markingView(marking: NoShowMarking): NoShowMarkingView {
  const {
    by,
    markedBy,
    overridden,
    reason,
    clause,
    keptMinor,
    refundMinor,
    currency,
    endedHow,
    laterChargeMinor,
  } = marking;
  return {
    by,
    markedAt: marking.markedAt.toISOString(),
    markedBy,
    overridden,
    reason,
    clause,
    kept: { amount: keptMinor, currency },
    refund: { amount: refundMinor, currency },
    laterCharge: laterChargeMinor === 0 ? null : { amount: laterChargeMinor, currency },
    chargeWaivedAt: marking.chargeWaivedAt?.toISOString() ?? null,
    endedAt: marking.endedAt?.toISOString() ?? null,
    endedHow,
  };
}
