import { slotsAfter, type SessionAnswer, type Slot } from './booking';
import type { Cast } from './cast';
import type { History } from './history';
import { CLIENTS, codeIn } from './people';
import { changeSeries, comingOccurrences } from './series';

/** What is under way when the demo begins: the examples of the API's document go on from there. */
export interface OpenMatters {
  /** Clara's last check-in: over since some days. */
  completedId: string;
  noShowQuoteId: string;
  /** Booked by the coach for Clara, and not paid yet. */
  heldId: string;
  /** Codes of links in Clara's mails, and of the invitation of somebody new. */
  tokens: Record<'booking' | 'series' | 'times' | 'join' | 'invitation', string>;
  /** Invited a moment ago; nothing is booked for them. */
  invitedClientId: string;
  /** Of the coach, for a check-in. */
  proposalId: string;
  offeredTime: string;
  /** A check-in to come that nothing was done to. */
  nextOccurrence: string;
  /** Each can be carried out for ten minutes. */
  previewPlanId: string;
  changePlanId: string;
  /** Free for an hour, and for a check-in. */
  freeTimes: string[];
  freeWallTime: string;
  checkInOfferingId: string;
  clientId: string;
}

const NEWCOMER = { email: 'lee@demo.test', displayName: 'Lee Lindqvist', timezone: 'Europe/Stockholm' };
const DAY_MS = 86_400_000;
/** Days ahead for what is booked and offered, apart from what was booked before. */
const HOLD_DAY = 12;
const OFFER_DAY = 15;
const FREE_DAY = 18;

export async function openMatters(cast: Cast, { seriesId }: History): Promise<OpenMatters> {
  const { coach, clients, practice } = cast;
  await changeSeries(cast, seriesId);
  const completedId = await lastCheckIn(cast, seriesId);
  const quote = await coach.post<{ id: string }>(`/v1/sessions/${completedId}/no-show-quotes`, {
    by: 'client',
  });
  const held = await holdForClara(cast);
  const invited = await coach.post<{ id: string }>('/v1/clients', NEWCOMER);
  const coming = await comingOccurrences(cast, seriesId);
  const [, offered, untouched] = coming;
  if (offered?.sessionId == null || untouched === undefined)
    throw new Error('The demo has too few check-ins to come.');
  const times = (await freeSlots(cast, practice.checkInOfferingId, OFFER_DAY)).slice(0, 2);
  const proposal = await coach.post<{ id: string }>(
    `/v1/sessions/${offered.sessionId}/reschedule-proposals`,
    { times: times.map(({ startsAt }) => startsAt), message: 'I am at a conference that day, sorry.' },
  );
  const free = await freeSlots(cast, practice.sessionOfferingId, FREE_DAY);
  const freeWallTime = free[0]?.localStart.slice(0, 16) ?? '';
  const preview = await coach.post<{ id: string }>('/v1/series/preview', {
    offeringId: practice.checkInOfferingId,
    clientId: clients.clara.id,
    localStart: freeWallTime,
    timezone: 'Europe/Berlin',
    rule: 'FREQ=WEEKLY;COUNT=2',
    onConflict: 'skip',
  });
  const changePlan = await coach.post<{ id: string }>(`/v1/series/${seriesId}/change-plans`, {
    change: 'skip',
    scope: 'this',
    occurrences: [untouched.originalStartsAt],
  });
  return {
    completedId,
    noShowQuoteId: quote.id,
    heldId: held.id,
    tokens: {
      booking: await linkCode(cast, 'booking-confirmations'),
      series: await linkCode(cast, 'series-confirmations'),
      times: await linkCode(cast, 'links'),
      join: await linkCode(cast, 'j'),
      invitation: await invitationCode(cast),
    },
    invitedClientId: invited.id,
    proposalId: proposal.id,
    offeredTime: times[0]?.startsAt ?? '',
    nextOccurrence: untouched.originalStartsAt,
    previewPlanId: preview.id,
    changePlanId: changePlan.id,
    freeTimes: free.slice(0, 2).map(({ startsAt }) => startsAt),
    freeWallTime,
    checkInOfferingId: practice.checkInOfferingId,
    clientId: clients.clara.id,
  };
}

async function freeSlots({ coach, sandbox }: Cast, offeringId: string, day: number): Promise<Slot[]> {
  const from = new Date((await sandbox.now()).getTime() + day * DAY_MS);
  const slots = await slotsAfter(coach, offeringId, from, 4);
  if (slots.length < 2) throw new Error(`The demo's coach has no free time ${day} days ahead.`);
  return slots;
}

async function lastCheckIn({ coach }: Cast, seriesId: string): Promise<string> {
  const { data } = await coach.get<{ data: SessionAnswer[] }>(
    `/v1/sessions?view=past&status=completed&seriesId=${seriesId}&limit=1`,
  );
  const [last] = data;
  if (last === undefined) throw new Error('No check-in of the demo took place.');
  return last.id;
}

async function holdForClara(cast: Cast): Promise<SessionAnswer> {
  const { coach, clients, practice } = cast;
  const [slot] = await freeSlots(cast, practice.sessionOfferingId, HOLD_DAY);
  return coach.post<SessionAnswer>('/v1/sessions', {
    offeringId: practice.sessionOfferingId,
    clientId: clients.clara.id,
    startsAt: slot?.startsAt,
    funding: 'card',
  });
}

async function invitationCode({ sandbox }: Cast): Promise<string> {
  const mail = await sandbox.mail(NEWCOMER.email, 'the invitation', (found) => codeIn(found) !== undefined);
  return codeIn(mail) ?? '';
}

/** The code in the newest of Clara's mails that has a link of this kind. */
async function linkCode({ sandbox }: Cast, kind: string): Promise<string> {
  const link = new RegExp(`/${kind}/([\\w-]{20,})`);
  const mail = await sandbox.mail(CLIENTS.clara.email, `a link of ${kind}`, ({ text }) => link.test(text));
  return link.exec(mail.text)?.[1] ?? '';
}
