import type { Principal } from '@app/accounts';
import { publicReasons, type Reason, type Slots } from '@app/availability';
import { parseInstant, publicId, startOfLocalDay, wallTimeOf } from '@app/common';
import type { SlotExplanationView, SlotListView, SlotReasonView, SlotTimesQuery } from './slot.dto';

const TWO_WEEKS_MS = 14 * 86_400_000;

/** The range that is asked about; a date is its beginning in the zone. @throws InvalidTime */
export function askedRange(query: SlotTimesQuery, timezone: string, now: Date): { from: Date; to: Date } {
  const from = query.from === undefined ? now : instantOf(query.from, timezone);
  const to = query.to === undefined ? new Date(from.getTime() + TWO_WEEKS_MS) : instantOf(query.to, timezone);
  return { from, to };
}

export function slotListView(
  offeringId: string,
  timezone: string,
  { coachTimezone, slots }: Slots,
): SlotListView {
  return {
    offeringId: publicId('offering', offeringId),
    timezone,
    coachTimezone,
    data: slots.map(({ startsAt, endsAt, localStart }) => ({
      startsAt: startsAt.toISOString(),
      endsAt: endsAt.toISOString(),
      localStart,
    })),
  };
}

/** A client reads neither whose session it is nor what the coach does instead. */
export function explanationView(
  principal: Principal,
  asked: { offeringId: string; startsAt: Date; timezone: string },
  reasons: readonly Reason[],
): SlotExplanationView {
  return {
    offeringId: publicId('offering', asked.offeringId),
    startsAt: asked.startsAt.toISOString(),
    timezone: asked.timezone,
    localStart: wallTimeOf(asked.startsAt, asked.timezone),
    free: reasons.length === 0,
    reasons: principal.kind === 'client' ? publicReasons(reasons) : reasons.map(fullReason),
  };
}

function instantOf(text: string, timezone: string): Date {
  return text.includes('T') ? parseInstant(text) : startOfLocalDay(text, timezone);
}

function fullReason({ code, text, sessionId }: Reason): SlotReasonView {
  return { code, text, ...(sessionId === undefined ? {} : { sessionId: publicId('session', sessionId) }) };
}
