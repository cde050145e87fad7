import { parsePublicId } from '@app/common';
import { ProposalLinks, ProposalSweeps } from '@app/sessions';
import { setTimeout as delay } from 'node:timers/promises';
import { HttpClient } from '../support/http-client';
import type { SessionSummary } from '../support/world';
import { HOUR_MS, iso, wasDone, type Act, type Arena, type Race } from './arena';
import { by } from './rival-practice';

/** A session with two times that the coach offers for it, held for the client. */
interface Offer {
  session: SessionSummary;
  proposalId: string;
  times: [string, string];
  /** Where the coach may move it instead: a time for each side. */
  otherTimes: [string, string];
  linkPath: string;
  expiresAt: string;
}

interface ProposalBody {
  id: string;
  madeBy: 'coach' | 'client';
  status: string;
  chosenStartsAt: string | null;
  expiresAt: string;
}

/** How long before the end the last answer is sent. */
const LAST_MOMENT_MS = 30;

async function offered({ app, world, planned }: Arena, blockMs: number): Promise<Offer> {
  const { coach, client, offering } = planned;
  const at = (halfHours: number): string => iso(blockMs + (halfHours * HOUR_MS) / 2);
  const session = await world.book(client, offering, at(0), { funding: 'free' });
  const times: [string, string] = [at(1), at(2)];
  const path = `/v1/sessions/${session.id}/reschedule-proposals`;
  const made = await coach.http.post<ProposalBody>(path, { times });
  expect([made.status, made.body]).toEqual([201, made.body]);
  const { id: proposalId, expiresAt } = made.body;
  const uuid = parsePublicId('proposal', proposalId) ?? '';
  const link = await app.api.get(ProposalLinks).linkOf(coach.coachId, uuid);
  const linkPath = new URL(link).pathname;
  return { session, proposalId, times, otherTimes: [at(3), at(48)], linkPath, expiresAt };
}

const accepts: Act<Offer> = async (arena, { proposalId, times }, url) => {
  const wanted = { startsAt: times[arena.sideOf(url)] };
  const path = `/v1/reschedule-proposals/${proposalId}/accept`;
  return wasDone(await by(arena.planned.client, url).post(path, wanted));
};

const ACTS: Record<string, Act<Offer>> = {
  'client accepts': accepts,
  'client accepts by the link': async (arena, { linkPath, times }, url) =>
    wasDone(await new HttpClient(url).post(linkPath, { act: 'accept', startsAt: times[arena.sideOf(url)] })),
  'client declines': async ({ planned }, { proposalId }, url) =>
    wasDone(await by(planned.client, url).post(`/v1/reschedule-proposals/${proposalId}/decline`)),
  'coach withdraws': async ({ planned }, { proposalId }, url) =>
    wasDone(await by(planned.coach, url).post(`/v1/reschedule-proposals/${proposalId}/withdraw`)),
  'client cancels': async ({ planned }, { session }, url) =>
    wasDone(await by(planned.client, url).post(`/v1/sessions/${session.id}/cancel`)),
  'coach moves': async (arena, { session, otherTimes }, url) => {
    const wanted = { startsAt: otherTimes[arena.sideOf(url)] };
    return wasDone(await by(arena.planned.coach, url).post(`/v1/sessions/${session.id}/reschedule`, wanted));
  },
};

/** Whatever is done to the proposal, the coach may move the session afterwards, and the client may cancel it. */
const THEN_MOVED_OR_CANCELLED = Object.keys(ACTS).flatMap((act): [string, string][] => [
  [act, 'coach moves'],
  ...(act === 'client cancels' ? [] : [[act, 'client cancels'] as [string, string]]),
]);

/** The offer is closed, taken once at most, and the session stands where the last move put it. */
async function endedOnce({ world, planned }: Arena, { session, proposalId }: Offer): Promise<void> {
  const path = `/v1/sessions/${session.id}`;
  const { http } = planned.coach;
  const proposals = await http.get<{ data: ProposalBody[] }>(`${path}/reschedule-proposals`);
  const proposal = proposals.body.data.find(({ id }) => id === proposalId);
  expect(['accepted', 'declined', 'withdrawn', 'expired', 'superseded']).toContain(proposal?.status);
  const timeline = await http.get<{ data: { kind: string }[] }>(`${path}/timeline`);
  const of = (kind: string): number => timeline.body.data.filter((entry) => entry.kind === kind).length;
  expect(of('proposal_accepted')).toBe(proposal?.status === 'accepted' ? 1 : 0);
  const { startsAt } = await world.read(planned.coach, session.id);
  if (of('moved') === 0) expect(startsAt).toBe(session.startsAt);
  if (of('moved') === 1 && proposal?.status === 'accepted') expect(startsAt).toBe(proposal.chosenStartsAt);
}

/** A session for which nobody has proposed anything yet. */
interface Unmoved {
  session: SessionSummary;
  /** For each side one: to be offered, to be wished for, and to move to. */
  offered: [string, string];
  wished: [string, string];
  free: [string, string];
}

const proposes =
  (who: 'coach' | 'client', what: 'offered' | 'wished'): Act<Unmoved> =>
  async (arena, prize, url) => {
    const path = `/v1/sessions/${prize.session.id}/reschedule-proposals`;
    const times = [prize[what][arena.sideOf(url)]];
    return wasDone(await by(arena.planned[who], url).post(path, { times }));
  };
const moves =
  (who: 'coach' | 'client'): Act<Unmoved> =>
  async (arena, { session, free }, url) => {
    const wanted = { startsAt: free[arena.sideOf(url)] };
    return wasDone(await by(arena.planned[who], url).post(`/v1/sessions/${session.id}/reschedule`, wanted));
  };
const PROPOSING: Record<string, Act<Unmoved>> = {
  'coach offers times': proposes('coach', 'offered'),
  'client asks for times': proposes('client', 'wished'),
  'coach moves': moves('coach'),
  'client moves': moves('client'),
  'client cancels': async ({ planned }, { session }, url) =>
    wasDone(await by(planned.client, url).post(`/v1/sessions/${session.id}/cancel`)),
};

/** Whatever was proposed or moved, another move is lawful afterwards, also a proposal after a move, and cancelling. */
const AFTER_PROPOSING = Object.keys(PROPOSING).flatMap((act): [string, string][] => [
  [act, 'coach moves'],
  [act, 'client moves'],
  ...(act === 'client cancels' ? [] : [[act, 'client cancels'] as [string, string]]),
]);

export const PROPOSING_RACE: Race<Unmoved> = {
  title: 'a session for which times are proposed',
  prepare: async (arena) => {
    const blockMs = await arena.nextBlock();
    const at = (halfHours: number): string => iso(blockMs + (halfHours * HOUR_MS) / 2);
    const { client, offering } = arena.planned;
    const session = await arena.world.book(client, offering, at(0), { funding: 'free' });
    return { session, offered: [at(1), at(2)], wished: [at(49), at(50)], free: [at(3), at(48)] };
  },
  acts: PROPOSING,
  // The coach's offer answers the client's request.
  inTurn: [['client asks for times', 'coach offers times'], ...AFTER_PROPOSING],
  after: async ({ planned, world }, { session }) => {
    const path = `/v1/sessions/${session.id}/reschedule-proposals`;
    const { body } = await planned.coach.http.get<{ data: ProposalBody[] }>(path);
    const open = body.data.filter(({ status }) => status === 'open');
    const { status } = await world.read(planned.coach, session.id);
    expect(open.length).toBeLessThanOrEqual(status === 'cancelled' ? 0 : 1);
    // A client may have only some requests open at once.
    for (const { id, madeBy } of open)
      expect(wasDone(await planned[madeBy].http.post(`/v1/reschedule-proposals/${id}/withdraw`))).toBe(true);
  },
};

export const PROPOSAL_RACES: Race<Offer>[] = [
  {
    title: 'times that the coach offers',
    prepare: async (arena) => offered(arena, await arena.nextBlock()),
    acts: ACTS,
    inTurn: [
      // The same once more is harmless.
      ['client declines', 'client declines'],
      ['coach withdraws', 'coach withdraws'],
      ...THEN_MOVED_OR_CANCELLED,
    ],
    after: endedOnce,
  },
  {
    title: 'times that run out',
    prepare: async (arena) => {
      const offer = await offered(arena, await arena.nextBlock());
      await arena.moveClockTo(Date.parse(offer.expiresAt) - 1_000);
      return offer;
    },
    acts: {
      'client accepts at the last moment': async (arena, offer, url) => {
        await delay(Math.max(0, Date.parse(offer.expiresAt) - arena.now - LAST_MOMENT_MS));
        return accepts(arena, offer, url);
      },
      'worker lets them run out': async ({ app, planned }) => {
        const sweeps = app.worker.get(ProposalSweeps);
        for (const end = Date.now() + 1_500; Date.now() < end; await delay(1))
          if ((await sweeps.expireDue(100, planned.coach.coachId)) > 0) return true;
        return false;
      },
    },
    isLeftOut: (first, second) => first === second,
    inTurn: [],
    after: endedOnce,
  },
];
