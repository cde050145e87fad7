import type { ApiClient } from '../http/api-client';
import { until } from '../http/until';
import { book, payFor, slotsAfter, untilSession, type SessionAnswer, type Wish } from './booking';
import type { Cast } from './cast';
import type { ClientName } from './people';
import type { Practice } from './practice';
import { saveCard } from './saved-card';
import { beginSeries } from './series';

/** Days of the demo's past: the clock starts so many days ago. */
export const PAST_DAYS = 21;

const DAY_SECONDS = 86_400;

/** Rows that the examples of the API's document point to. */
export interface History {
  /** Scheduled, paid, ahead. */
  upcoming: SessionAnswer;
  noteId: string;
  refundId: string;
  /** Clara's weekly check-ins. */
  seriesId: string;
  /** Noor did not come to it; it was free. */
  missed: SessionAnswer;
  /** Noor did not come to it either, and her card was gone when it was to be charged. */
  unpaid: SessionAnswer;
  /** By the coach, half of the price back; the client's bank sends it back. */
  cancelledByCoach: SessionAnswer;
}

interface Booking {
  /** Days from the demo's beginning; the first slot of that day or a later one. */
  day: number;
  /** Which of that time's slots: people like different hours. */
  place: 'first' | 'middle' | 'last';
  wish: Wish;
  /** One of Stripe's test cards; a plain one if absent. */
  card?: string;
}

/** Three weeks of a practice: booked, held, noted, cancelled; then the next sessions lie ahead. */
export async function liveThroughHistory(cast: Cast): Promise<History> {
  const { now, offsetSeconds: beganAhead } = await cast.sandbox.clock();
  const began = new Date(now);
  const plan = planOf(cast.practice);
  const seriesId = await beginSeries(cast, began);
  // One after the other: late in the day few times are left, and two who choose at once would take the same.
  const clara = await bookAll(cast, began, 'clara', plan.clara);
  const ben = await bookAll(cast, began, 'ben', plan.ben);
  const card = await saveCard(cast, 'noor');
  const noor = await bookAll(cast, began, 'noor', plan.noor);
  await cast.clients.noor.client.delete(`/v1/payment-methods/${card}`);
  const [, claraFirst, claraSecond, claraCancels, upcoming] = clara;
  const [benFirst, benCancelled] = ben;
  const [, unpaid, missed] = noor;
  if (
    !claraFirst ||
    !claraSecond ||
    !claraCancels ||
    !upcoming ||
    !benFirst ||
    !benCancelled ||
    !unpaid ||
    !missed
  ) {
    throw new Error('The demo booked less than it meant to.');
  }

  await advanceTo(cast, beganAhead + DAY_SECONDS * 5);
  const noteId = await note(cast, claraFirst.id, 'shared', FIRST_NOTE);
  await note(cast, claraFirst.id, 'private', PRIVATE_NOTE);
  await note(cast, benFirst.id, 'private', BEN_NOTE);

  await advanceTo(cast, beganAhead + DAY_SECONDS * 10);
  await note(cast, claraSecond.id, 'shared', SECOND_NOTE);
  await cancelByQuote(
    cast.clients.clara.client,
    claraCancels.id,
    {},
    { reason: 'I am travelling that day.' },
  );
  await cancelByQuote(
    cast.coach,
    benCancelled.id,
    { refund: 'partial', percent: 50 },
    { message: 'Sorry, I have to move my week. Half is on me.' },
  );
  await refunded(cast, claraCancels.id);

  await advanceTo(cast, beganAhead + DAY_SECONDS * 17);
  await advanceTo(cast, beganAhead + DAY_SECONDS * PAST_DAYS);
  await holdForNoor(cast);
  const { data: refunds } = await cast.coach.get<{ data: { id: string }[] }>(
    `/v1/refunds?sessionId=${claraCancels.id}`,
  );
  const refund = refunds[0];
  if (refund === undefined) throw new Error('The demo has no refund.');
  await markMissed(cast, missed.id);
  await markMissed(cast, unpaid.id);
  return { upcoming, noteId, refundId: refund.id, seriesId, missed, unpaid, cancelledByCoach: benCancelled };
}

function planOf(practice: Practice): Record<ClientName, Booking[]> {
  const { policyId } = practice;
  const session: Wish = { offeringId: practice.sessionOfferingId, policyId, funding: 'card' };
  const intro: Wish = { offeringId: practice.introOfferingId, policyId, funding: 'free' };
  const deepDive: Wish = { offeringId: practice.deepDiveOfferingId, policyId, funding: 'card' };
  return {
    clara: [
      { day: 1, place: 'first', wish: intro },
      { day: 2, place: 'first', wish: { ...session, preparation: CLARAS_PREPARATION } },
      { day: 7, place: 'first', wish: session },
      { day: 13, place: 'first', wish: session },
      {
        day: PAST_DAYS + 2,
        place: 'first',
        wish: { ...session, preparation: { focus: 'How the first weeks went' } },
      },
      { day: PAST_DAYS + 9, place: 'first', wish: session },
    ],
    ben: [
      { day: 1, place: 'middle', wish: deepDive, card: 'pm_card_createDispute' },
      { day: 14, place: 'middle', wish: deepDive, card: 'pm_card_refundFail' },
      { day: PAST_DAYS + 4, place: 'middle', wish: deepDive },
    ],
    noor: [
      { day: 1, place: 'last', wish: intro },
      { day: PAST_DAYS - 6, place: 'last', wish: { ...deepDive, funding: 'pay_later' } },
      { day: PAST_DAYS - 4, place: 'middle', wish: intro },
    ],
  };
}

async function bookAll(
  cast: Cast,
  began: Date,
  name: ClientName,
  bookings: Booking[],
): Promise<SessionAnswer[]> {
  const { client } = cast.clients[name];
  const booked: SessionAnswer[] = [];
  for (const { day, place, wish, card } of bookings) {
    const from = new Date(began.getTime() + day * DAY_SECONDS * 1_000);
    const slots = await slotsAfter(client, wish.offeringId, from, 4);
    const firstDay = slots.filter(
      ({ localStart }) => localStart.slice(0, 10) === slots[0]?.localStart.slice(0, 10),
    );
    const slot = firstDay.at({ first: 0, middle: Math.floor(firstDay.length / 2), last: -1 }[place]);
    if (slot === undefined)
      throw new Error(`The demo's coach has no free time ${day} days from ${began.toISOString()}.`);
    const session = await book(client, wish, slot.startsAt);
    booked.push(
      wish.funding === 'card' ? await payFor(client, cast.sandbox, session, cast.signal, card) : session,
    );
  }
  return booked;
}

/** Moves business time so far ahead of the machine's, and waits until the worker has completed what ended before it. */
async function advanceTo({ admin, coach, sandbox, signal }: Cast, secondsAhead: number): Promise<void> {
  // A mail that is under way must not arrive days later.
  await until('nothing is under way', 60, signal, async () => {
    const { data } = await admin.peek<{ data: unknown[] }>('/v1/admin/outbox?state=open&limit=1');
    return data.length === 0 ? true : undefined;
  });
  const { offsetSeconds } = await sandbox.clock();
  await sandbox.advanceClock(secondsAhead - offsetSeconds);
  const now = await sandbox.now();
  await until(`what ended before ${now.toISOString()} is completed`, 60, signal, async () => {
    const { data } = await coach.peek<{ data: SessionAnswer[] }>('/v1/sessions?view=upcoming&limit=100');
    return data.every(({ endsAt }) => new Date(endsAt) > now) ? true : undefined;
  });
}

async function note(
  { coach }: Cast,
  sessionId: string,
  visibility: 'shared' | 'private',
  content: object,
): Promise<string> {
  const { id } = await coach.post<{ id: string }>(`/v1/sessions/${sessionId}/notes`, {
    visibility,
    ...content,
  });
  return id;
}

async function cancelByQuote(
  person: ApiClient,
  sessionId: string,
  choice: object,
  words: object,
): Promise<void> {
  const { id } = await person.post<{ id: string }>(`/v1/sessions/${sessionId}/cancellation-quotes`, choice);
  await person.post(`/v1/sessions/${sessionId}/cancel`, { quoteId: id, ...words });
}

/** A no-show of its client, after a call that nobody answered. */
async function markMissed({ coach }: Cast, sessionId: string): Promise<void> {
  const quote = await coach.post<{ id: string }>(`/v1/sessions/${sessionId}/no-show-quotes`, {
    by: 'client',
  });
  await coach.post(`/v1/sessions/${sessionId}/no-show`, {
    quoteId: quote.id,
    channel: 'phone',
    note: 'Called twice, nobody answered.',
  });
}

async function refunded({ coach, signal }: Cast, sessionId: string): Promise<void> {
  await untilSession(
    coach,
    sessionId,
    'the refund has succeeded',
    signal,
    ({ paymentStatus }) => paymentStatus === 'refunded',
  );
}

/** The coach books for a client, who has two days to pay. */
async function holdForNoor({ coach, clients, practice, sandbox }: Cast): Promise<void> {
  const from = new Date((await sandbox.now()).getTime() + 5 * DAY_SECONDS * 1_000);
  const slot = (await slotsAfter(coach, practice.sessionOfferingId, from, 4)).at(-1);
  if (slot === undefined) throw new Error("The demo's coach has no free time next week.");
  await coach.post('/v1/sessions', {
    offeringId: practice.sessionOfferingId,
    clientId: clients.noor.id,
    startsAt: slot.startsAt,
    funding: 'card',
  });
}

const CLARAS_PREPARATION = {
  focus: 'The talk with my team next week',
  questions: 'How do I begin it? What if nobody says anything?',
  background: 'I took over the team in May; two people wanted the post themselves.',
};
const FIRST_NOTE = {
  body: 'Clara wants to lead without doing everything herself. We rehearsed the opening of the talk with her team.',
  keyPoints: '- Begin with what goes well\n- One question to everybody, then wait',
  insights: 'Silence is an answer, too.',
};
const PRIVATE_NOTE = {
  body: 'She avoids naming the conflict with her deputy. Come back to it when she brings it up herself.',
  observations: 'Fast speech whenever the deputy is mentioned.',
};
const SECOND_NOTE = {
  body: 'The talk went well. Next step: hand over the weekly meeting.',
  keyPoints: '- Hand over one thing a week',
};
const BEN_NOTE = {
  body: 'Decided against the offer, for good reasons. He may still need somebody to say so to.',
};
