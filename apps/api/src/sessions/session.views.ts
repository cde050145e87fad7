import { timezoneMismatch } from '@app/accounts';
import { publicId, wallTimeOf, type IdKind } from '@app/common';
import { assertPolicyRules, deadlineOf, policyText } from '@app/offerings';
import type { SessionDetailsRow, SessionListRow } from '@app/reporting';
import {
  allowedActions,
  freelyCancellableUntil,
  type ActionFacts,
  isReportOpen,
  waitingEndsAt,
  type ActionRole,
  type SessionAction,
} from '@app/sessions';
import type { BookedSessionView } from './booking.dto';
import type { SessionDetailsView } from './session-details.dto';
import type { MoneyView } from '../http/money.dto';
import type { MeetingOfRowView, RevenueView, SeriesOfSessionView, SessionRowView } from './session-list.dto';

export interface Reader {
  kind: ActionRole;
  /** IANA zone that local times are shown in. */
  timezone: string;
}

export const STATUS_LABELS: Record<SessionListRow['status'], string> = {
  held: 'Awaiting payment',
  scheduled: 'Scheduled',
  completed: 'Completed',
  cancelled: 'Cancelled',
  no_show: 'No-show',
};

type CommonRow = Omit<SessionListRow, 'clientSortName'>;

/** @param idOf how a public id is written; a page of rows names the same coach and offering again and again */
export function rowView(row: CommonRow, reader: Reader, idOf: PublicIdOf = publicId): SessionRowView {
  return {
    id: publicId('session', row.id),
    status: row.status,
    statusLabel: STATUS_LABELS[row.status],
    type: typeOf(row),
    seriesId: row.seriesId === null ? null : publicId('series', row.seriesId),
    series: seriesOf(row),
    entitlementId: row.entitlementId === null ? null : publicId('entitlement', row.entitlementId),
    entitlement:
      row.entitlement === null
        ? null
        : { ...row.entitlement, id: publicId('entitlement', row.entitlement.id) },
    badges: row.entitlementId === null ? [] : ['package_session'],
    startsAt: row.startsAt.toISOString(),
    endsAt: row.endsAt.toISOString(),
    timezone: reader.timezone,
    localStart: wallTimeOf(row.startsAt, reader.timezone),
    scheduledMinutes: (row.endsAt.getTime() - row.startsAt.getTime()) / 60_000,
    client: {
      id: idOf('client', row.clientId),
      displayName: row.clientName,
      photoUrl: row.clientPhotoUrl,
    },
    coach: { id: idOf('coach', row.coachId), displayName: row.coachName, photoUrl: row.coachPhotoUrl },
    offering: { id: idOf('offering', row.offeringId), name: row.offeringName },
    price: { amount: row.priceMinor, currency: row.currency },
    priceLabel: priceLabelOf(row),
    ...(reader.kind === 'client'
      ? {}
      : { net: { amount: row.netMinor, currency: row.currency }, revenue: revenueOf(row) }),
    paymentStatus: row.paymentStatus,
    funding: row.funding as SessionRowView['funding'],
    termsAcceptedAt: text(row.policyAcceptedAt),
    rating: row.rating,
    meeting: meetingOf(row),
    allowedActions: actionsOf(row, reader),
    version: row.version,
  };
}

/** What stands beside a price that is a share of another. */
export function priceLabelOf({ funding }: CommonRow): SessionRowView['priceLabel'] {
  return funding === 'package' ? 'from package' : null;
}

function revenueOf({ revenue, netMinor, currency }: CommonRow): RevenueView {
  const money = (amount: number | undefined): MoneyView => ({ amount: amount ?? 0, currency });
  return {
    gross: money(revenue?.grossMinor),
    fee: money(revenue?.feeMinor),
    refunded: money(revenue?.refundedMinor),
    net: money(netMinor),
  };
}

type PublicIdOf = (kind: IdKind, uuid: string) => string;

/** Writes each id once, for the rows of one page. */
export function rememberingIds(): PublicIdOf {
  const known = new Map<string, string>();
  return (kind, uuid) => {
    const before = known.get(kind + uuid);
    if (before !== undefined) return before;
    const id = publicId(kind, uuid);
    known.set(kind + uuid, id);
    return id;
  };
}

export function typeOf(row: CommonRow): SessionRowView['type'] {
  if (row.seriesId !== null) return 'recurring';
  return row.entitlementId !== null ? 'package' : 'single';
}

function seriesOf({ seriesId, originalStartsAt, startsAt }: CommonRow): SeriesOfSessionView | null {
  if (seriesId === null || originalStartsAt === null) return null;
  const id = publicId('series', seriesId);
  return {
    id,
    originalStartsAt: originalStartsAt.toISOString(),
    isException: startsAt.getTime() !== originalStartsAt.getTime(),
    occurrencesPath: `/v1/series/${id}/occurrences`,
  };
}

function meetingOf(row: CommonRow): MeetingOfRowView {
  return {
    state: row.meetingState as MeetingOfRowView['state'],
    platform: row.meetingPlatform as MeetingOfRowView['platform'],
    joinUrl: row.meetingJoinUrl,
  };
}

function actionsOf(row: CommonRow, reader: Reader): SessionAction[] {
  // Field by field: spreading the forty columns of each row of a page costs more than the rules themselves.
  const facts: ActionFacts = {
    status: row.status,
    outcome: row.outcome as ActionFacts['outcome'],
    startsAt: row.startsAt,
    endsAt: row.endsAt,
    waitingMinutes: row.waitingMinutes,
    noShowBy: row.noShowBy,
    noShowMarkedAt: row.noShowMarkedAt,
    noShowReportedAt: row.noShowReportedAt,
    followedUpAt: row.followedUpAt,
    policyRules: { freeRescheduleHours: row.freeRescheduleHours },
    policyAcceptedAt: row.policyAcceptedAt,
    ratedAt: row.ratedAt,
    isChargeWaivable: row.isChargeWaivable,
  };
  return allowedActions(facts, reader.kind, row.now, row.joinGraceMinutes);
}

export function detailsView(row: SessionDetailsRow, reader: Reader): SessionDetailsView {
  const rules = assertPolicyRules(row.policyRules);
  const deadline = deadlineOf(rules, row.startsAt);
  const base = rowView(row, reader);
  return {
    ...base,
    client: {
      ...base.client,
      email: row.clientEmail,
      phone: row.clientPhone,
      timezone: row.clientTimezone,
      localStart: wallTimeOf(row.startsAt, row.clientTimezone),
      timezoneMismatch: timezoneMismatch({
        timezone: row.clientTimezone,
        lastSeenTimezone: row.clientLastSeenTimezone,
      }),
      sessionCount: row.sessionCount,
      lastSessionAt: text(row.lastSessionAt),
    },
    coach: { ...base.coach, timezone: row.coachTimezone },
    meeting: {
      ...base.meeting,
      meetingId: row.meetingId,
      password: row.meetingPassword,
      dialIn: row.dialIn,
      dialInReason: row.dialInReason,
    },
    actualMinutes: null,
    preparation: {
      focus: row.preparationFocus,
      questions: row.preparationQuestions,
      background: row.preparationBackground,
    },
    goals: row.goals.map((goal) => ({ ...goal, id: publicId('goal', goal.id) })),
    policy: {
      id: publicId('policy', row.policyId),
      text: policyText(rules),
      deadlineAt: text(deadline),
      localDeadline: deadline === null ? null : wallTimeOf(deadline, reader.timezone),
      acceptedAt: text(row.policyAcceptedAt),
      freeCancellationUntil: text(freelyCancellableUntil(row)),
    },
    ratingComment: row.ratingComment,
    bookedAt: row.bookedAt.toISOString(),
    bookedBy: row.bookedBy,
    completedAt: text(row.completedAt),
    holdExpiresAt: text(row.holdExpiresAt),
    cancellation: cancellationOf(row),
    noShow: {
      by: row.noShowBy,
      markedAt: text(row.noShowMarkedAt),
      reportedAt: text(row.noShowReportedAt),
      reportOpen: isReportOpen(row),
      waitUntil: waitingEndsAt(row).toISOString(),
    },
    followsSessionId: row.followsSessionId === null ? null : publicId('session', row.followsSessionId),
    nextSessionIds: row.nextSessionIds.map((id) => publicId('session', id)),
    payment:
      row.paymentId === null
        ? null
        : {
            id: publicId('payment', row.paymentId),
            captured: { amount: row.capturedMinor ?? 0, currency: row.currency },
            refunded: { amount: row.refundedMinor ?? 0, currency: row.currency },
          },
    charge: chargeOf(row),
  };
}

/** What is charged to the saved card, if anything is; before the terms are accepted there is no payment yet. */
function chargeOf(row: SessionDetailsRow): SessionDetailsView['charge'] {
  const { charge, chargeDueAt, currency } = row;
  if (charge !== null)
    return {
      paymentId: publicId('payment', charge.paymentId),
      reason: charge.reason,
      amount: { amount: charge.amountMinor, currency },
      dueAt: new Date(charge.dueAt).toISOString(),
      state: charge.state,
      failureCode: charge.failureCode,
    };
  const isWaiting = chargeDueAt !== null && row.status === 'scheduled' && row.policyAcceptedAt === null;
  if (!isWaiting) return null;
  return {
    paymentId: null,
    reason: 'pay_later',
    amount: { amount: row.priceMinor, currency },
    dueAt: chargeDueAt.toISOString(),
    state: 'awaiting_terms',
    failureCode: null,
  };
}

function cancellationOf(row: SessionDetailsRow): SessionDetailsView['cancellation'] {
  if (row.cancelledAt === null) return null;
  return {
    by: row.cancelledBy ?? 'system',
    outcome: row.outcome ?? '',
    reasonCode: row.cancelReasonCode,
    reason: row.cancelReason,
    at: row.cancelledAt.toISOString(),
  };
}

export function bookedView(row: SessionDetailsRow, reader: Reader, warnings: string[]): BookedSessionView {
  return { ...detailsView(row, reader), warnings };
}

function text(instant: Date | null): string | null {
  return instant === null ? null : instant.toISOString();
}
