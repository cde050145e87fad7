import { SessionSweeps } from '@app/sessions';
import { noShowQuote } from '../support/no-shows';
import { movesOf } from '../support/history';
import type { SessionSummary } from '../support/world';
import { HOUR_MS, iso, wasDone, type Act, type Arena, type Race } from './arena';
import { by } from './rival-practice';

/** A session that runs, or is over, with what was quoted for it. */
interface Missable {
  session: SessionSummary;
  noShowQuoteId: string;
  voidQuoteId: string;
  /** Changes of its status before the race. */
  changes: number;
}

const MINUTE_MS = 60_000;
/** Of the offering. */
const SESSION_MINUTES = 30;

const ACTS: Record<string, Act<Missable>> = {
  'coach marks a no-show': async ({ running }, { session, noShowQuoteId }, url) => {
    const wanted = { quoteId: noShowQuoteId, override: true, reason: 'In a race.' };
    return wasDone(await by(running.coach, url).post(`/v1/sessions/${session.id}/no-show`, wanted));
  },
  'coach undoes it': async ({ running }, { session }, url) =>
    wasDone(await by(running.coach, url).delete(`/v1/sessions/${session.id}/no-show`)),
  'coach completes': async ({ running }, { session }, url) =>
    wasDone(await by(running.coach, url).post(`/v1/sessions/${session.id}/complete`)),
  'worker completes': async ({ app }) => (await app.worker.get(SessionSweeps).completeDue(100)) > 0,
  'coach cancels': async ({ running }, { session }, url) =>
    wasDone(await by(running.coach, url).post(`/v1/sessions/${session.id}/cancel`)),
  'coach voids': async ({ running }, { session, voidQuoteId }, url) =>
    wasDone(await by(running.coach, url).post(`/v1/sessions/${session.id}/cancel`, { quoteId: voidQuoteId })),
};

function only(...names: string[]): Record<string, Act<Missable>> {
  return Object.fromEntries(Object.entries(ACTS).filter(([name]) => names.includes(name)));
}

async function begunSession(arena: Arena): Promise<Missable> {
  const { coach, client, offering } = arena.running;
  const startMs = Math.ceil(arena.now / HOUR_MS + 1) * HOUR_MS;
  const session = await arena.world.book(client, offering, iso(startMs), { funding: 'free' });
  await arena.moveClockTo(startMs + MINUTE_MS);
  const { body } = await noShowQuote(coach, session);
  return counted(arena, { session, noShowQuoteId: body.id, voidQuoteId: '', changes: 0 });
}

async function endedSession(arena: Arena): Promise<Missable> {
  const prize = await begunSession(arena);
  await arena.moveClockTo(Date.parse(prize.session.startsAt) + SESSION_MINUTES * MINUTE_MS);
  const { body } = await noShowQuote(arena.running.coach, prize.session);
  return { ...prize, noShowQuoteId: body.id };
}

async function missedSession(arena: Arena): Promise<Missable> {
  const prize = await begunSession(arena);
  expect(await ACTS['coach marks a no-show']?.(arena, prize, arena.urls[0])).toBe(true);
  const path = `/v1/sessions/${prize.session.id}/cancellation-quotes`;
  const { body } = await arena.running.coach.http.post<{ id: string }>(path, {});
  return counted(arena, { ...prize, voidQuoteId: body.id });
}

async function counted({ app }: Arena, prize: Missable): Promise<Missable> {
  return { ...prize, changes: (await movesOf(app, prize.session.id)).length };
}

/** As many changes of its status as acts were done. */
async function changedOnceEach(
  { app }: Arena,
  { session, changes }: Missable,
  done: readonly [boolean, boolean],
): Promise<void> {
  const made = (await movesOf(app, session.id)).slice(changes);
  // What runs out of time while it is swept is completed by the worker.
  const byRivals = made.slice(0, done.filter(Boolean).length);
  expect(made.slice(byRivals.length).every(({ by: who }) => who === 'worker')).toBe(true);
  expect(byRivals).toHaveLength(done.filter(Boolean).length);
}

export const NO_SHOW_RACES: Race<Missable>[] = [
  {
    title: 'a session that runs',
    prepare: begunSession,
    acts: only('coach marks a no-show', 'coach completes', 'coach cancels'),
    inTurn: [['coach completes', 'coach marks a no-show']],
    after: changedOnceEach,
  },
  {
    title: 'a session at its end',
    prepare: endedSession,
    acts: only('coach marks a no-show', 'coach completes', 'worker completes', 'coach cancels'),
    inTurn: [
      ['coach completes', 'coach marks a no-show'],
      ['worker completes', 'coach marks a no-show'],
    ],
    after: changedOnceEach,
  },
  {
    title: 'a session that was missed',
    prepare: missedSession,
    acts: only('coach undoes it', 'coach voids'),
    inTurn: [],
    after: changedOnceEach,
  },
];
