import type { ApiClient } from '../http/api-client';
import { slotsAfter } from './booking';
import type { Cast } from './cast';

/** What the demo reads of an occurrence. */
export interface OccurrenceAnswer {
  originalStartsAt: string;
  sessionId: string | null;
  sessionStatus: string | null;
  startsAt: string | null;
}

const DAY_MS = 86_400_000;
const TIMEZONE = 'Europe/Berlin';
/** Days from the demo's beginning, on or after which the first check-in is; a Saturday's hours are short. */
const FIRST_DAY = 3;
const WEEKS = 12;
const SATURDAY = 6;

/** A check-in with Clara every week at half past four, from the demo's first week on. @returns the series' id */
export async function beginSeries({ coach, clients, practice }: Cast, began: Date): Promise<string> {
  const first = new Date(began.getTime() + FIRST_DAY * DAY_MS);
  while (first.getUTCDay() === 0 || first.getUTCDay() === SATURDAY) first.setTime(first.getTime() + DAY_MS);
  const plan = await coach.post<{ id: string }>('/v1/series/preview', {
    offeringId: practice.checkInOfferingId,
    clientId: clients.clara.id,
    localStart: `${first.toISOString().slice(0, 10)}T16:30`,
    timezone: TIMEZONE,
    rule: `FREQ=WEEKLY;COUNT=${WEEKS}`,
    onConflict: 'skip',
  });
  const { id } = await coach.post<{ id: string }>('/v1/series', { planId: plan.id });
  return id;
}

/** The occurrences of a series whose sessions are to come, the next first. */
export async function comingOccurrences(
  { coach, sandbox }: Cast,
  seriesId: string,
): Promise<OccurrenceAnswer[]> {
  const from = (await sandbox.now()).toISOString();
  const { data } = await coach.get<{ data: OccurrenceAnswer[] }>(
    `/v1/series/${seriesId}/occurrences?from=${from}`,
  );
  return data.filter(({ sessionStatus }) => sessionStatus === 'scheduled');
}

/** The next check-in is moved to another time of its day or a later one, the one after it is skipped. */
export async function changeSeries(cast: Cast, seriesId: string): Promise<void> {
  const { coach, practice } = cast;
  const [next, second] = await comingOccurrences(cast, seriesId);
  if (next?.startsAt == null || second === undefined) throw new Error('The demo has no check-ins to come.');
  const day = new Date(new Date(next.startsAt).getTime() + DAY_MS);
  const [slot] = await slotsAfter(coach, practice.checkInOfferingId, day, 4);
  if (slot === undefined) throw new Error("The demo's coach has no other time for a check-in.");
  await change(coach, seriesId, {
    change: 'move',
    scope: 'this',
    occurrences: [next.originalStartsAt],
    localStart: slot.localStart.slice(0, 16),
  });
  await change(coach, seriesId, { change: 'skip', scope: 'this', occurrences: [second.originalStartsAt] });
}

async function change(coach: ApiClient, seriesId: string, wanted: object): Promise<void> {
  const plan = await coach.post<{ id: string }>(`/v1/series/${seriesId}/change-plans`, wanted);
  await coach.post(`/v1/series-change-plans/${plan.id}/apply`);
}
