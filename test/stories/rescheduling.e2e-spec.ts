import { setNow } from '../support/business-clock';
import { randomUUID } from 'node:crypto';
import { parsePublicId } from '@app/common';
import { sql } from '@app/database';
import { ProposalLinks } from '@app/sessions';
import { CalendarProgram } from '../support/calendar-program';
import type { Answer } from '../support/http-client';
import { TestApp } from '../support/test-app';
import { World, type ClientWorld, type CoachWorld, type Person, type SessionSummary } from '../support/world';

const HOUR = 3_600;
const DAY = 24 * HOUR;

let app: TestApp;
let world: World;
let coach: CoachWorld;
let client: ClientWorld;
let rival: ClientWorld;
let offering: { id: string; policyId: string };
let session: SessionSummary;

beforeAll(async () => {
  app = await TestApp.start({ now: '2027-02-20T09:00:00Z' });
  world = new World(app);
  coach = await world.coach({ payouts: true, zoom: true });
  client = await world.client(coach);
  rival = await world.client(coach, { displayName: 'Rita Rival' });
  offering = await world.offering(coach);
}, 60_000);
afterAll(() => app.stop());
beforeEach(async () => {
  for (const person of [coach, client, rival]) person.http = await world.signedIn(person.accountId);
  session = await world.paidSession(client, offering, hourAfter(10 * DAY));
});
afterEach(async () => {
  expect(await app.brokenInvariants()).toEqual([]);
});

let hours = 0;
/** A full hour so much later than now, and than every one before; nothing else of this file is there. */
function hourAfter(seconds: number): string {
  hours += 2;
  const ms = app.sandbox.now().getTime() + (seconds + hours * HOUR) * 1_000;
  return new Date(Math.ceil(ms / (HOUR * 1_000)) * HOUR * 1_000).toISOString();
}

const reschedule = (by: Person, startsAt: string, headers: Record<string, string> = {}): Promise<Answer> =>
  by.http.post(`/v1/sessions/${session.id}/reschedule`, { startsAt }, headers);
const propose = (by: Person, times: string[], more: Record<string, unknown> = {}): Promise<Answer> =>
  by.http.post(`/v1/sessions/${session.id}/reschedule-proposals`, { times, ...more });
const answer = (
  by: Person,
  proposal: Answer,
  act: string,
  body: Record<string, unknown> = {},
): Promise<Answer> => by.http.post(`/v1/reschedule-proposals/${String(proposal.body['id'])}/${act}`, body);
const terms = (by: Person): Promise<Answer> => by.http.get(`/v1/sessions/${session.id}/reschedule-terms`);
const proposals = async (): Promise<Record<string, unknown>[]> => {
  const list = await client.http.get(`/v1/sessions/${session.id}/reschedule-proposals`);
  return list.body['data'] as Record<string, unknown>[];
};
const startNow = async (): Promise<string> => (await world.read(client, session.id)).startsAt;
const bookAt = (startsAt: string): Promise<Answer> =>
  rival.http.post(
    '/v1/sessions',
    { offeringId: offering.id, startsAt, funding: 'card', acceptedPolicyId: offering.policyId },
    { 'idempotency-key': randomUUID() },
  );

/** What a move must leave as it is, or raise by one. */
async function facts(): Promise<Record<string, unknown> & { sequence: number }> {
  return app.database.one(sql`
    select s.calendar_sequence as sequence, s.payment_status as "paymentStatus", s.price_minor as price,
      (select jsonb_agg(to_jsonb(p) order by p.id) from payments p where p.coach_id = s.coach_id and p.session_id = s.id) as payments,
      (select count(*)::int from refunds r where r.coach_id = s.coach_id) as refunds,
      (select count(*)::int from ledger_entries l where l.coach_id = s.coach_id) as ledger
    from sessions s where s.id = ${parsePublicId('session', session.id)}::uuid`);
}

async function heldTimes(): Promise<number> {
  const { count } = await app.database.one(sql<{ count: number }>`
    select count(*)::int as count from calendar_claims
    where kind = 'proposed_time' and session_id = ${parsePublicId('session', session.id)}::uuid`);
  return count;
}

describe('a client with notice', () => {
  it('A80 moves the session five times in a row; id, payment, meeting and join link stay, nothing goes to Stripe', async () => {
    const before = await world.read(client, session.id);
    const factsBefore = await facts();
    const { meeting } = before as unknown as { meeting: Record<string, unknown> };
    const calls = stripeCalls();
    for (let move = 1; move <= 5; move += 1) {
      const target = hourAfter(12 * DAY);
      const moved = await reschedule(client, target);
      expect([moved.status, moved.body]).toMatchObject([200, { id: session.id, startsAt: target }]);
      await app.drain();
      expect(await facts()).toEqual({ ...factsBefore, sequence: factsBefore.sequence + move });
    }
    const after = await world.read(client, session.id);
    expect(after.payment?.id).toBe(before.payment?.id);
    expect(after).toMatchObject({ paymentStatus: before.paymentStatus, meeting });
    expect(stripeCalls()).toEqual(calls);
    expect(await bookAt(before.startsAt)).toMatchObject({ status: 201 });
  });

  it('A81 leaves one entry in calendars that are fed by mail, its sequence one higher each time', async () => {
    const earlier = app.sandbox.mailbox.messages.length;
    session = await world.paidSession(client, offering, hourAfter(11 * DAY));
    const moved: string[] = [];
    for (let move = 1; move <= 3; move += 1) {
      moved.push(hourAfter(12 * DAY));
      expect((await reschedule(client, moved.at(-1)!)).status).toBe(200);
      await app.drain();
    }
    const mails = app.sandbox.mailbox.messages.slice(earlier);
    for (const { email } of [coach, client]) {
      const calendar = new CalendarProgram();
      for (const mail of mails) if (mail.to.includes(email)) await calendar.receive(mail.raw);
      expect(calendar.uids).toHaveLength(1);
      const [sequences] = calendar.sequences.values();
      expect(sequences).toEqual([0, 1, 2, 3].map((step) => step + sequences![0]!));
      expect(calendar.shown('2028-01-01T00:00:00Z').map(([start]) => start)).toEqual(moved.slice(-1));
    }
  });

  it('A78 moves alone at 24 h + 1 s, and the terms show zero cost', async () => {
    await app.advanceTo(new Date(Date.parse(session.startsAt) - (DAY + 60) * 1_000));
    // Time runs on while it is asked: a second more for that.
    await setNow(app, Date.parse(session.startsAt) - (DAY + 2) * 1_000);
    expect(await terms(client)).toMatchObject({
      status: 200,
      body: {
        atOnce: true,
        cost: { amount: 0, currency: 'EUR' },
        movableUntil: new Date(Date.parse(session.startsAt) - DAY * 1_000).toISOString(),
      },
    });
    const target = hourAfter(5 * DAY);
    expect(await reschedule(client, target)).toMatchObject({ status: 200, body: { startsAt: target } });
  });

  it('gets no more back later than cancelling would have given when the session was moved', async () => {
    const policy = await coach.http.post<{ id: string }>('/v1/policies', {
      name: 'Half in the last week',
      rules: {
        tiers: [
          { noticeHours: 168, refundPercent: 100 },
          { noticeHours: 24, refundPercent: 50 },
        ],
        freeRescheduleHours: 24,
        noShowChargePercent: 100,
        returnCreditOnLateCancel: false,
      },
    });
    const strict = await world.offering(coach, { policyId: policy.body.id });
    session = await world.paidSession(client, strict, hourAfter(5 * DAY));
    expect((await terms(client)).body).toMatchObject({ refundCapPercent: 50, cost: { amount: 0 } });
    expect((await reschedule(client, hourAfter(20 * DAY))).status).toBe(200);
    const quote = (by: Person): Promise<Answer> =>
      by.http.post(`/v1/sessions/${session.id}/cancellation-quotes`, {});
    expect(await quote(client)).toMatchObject({ status: 201, body: { refundPercent: 50 } });
    expect(await quote(coach)).toMatchObject({ status: 201, body: { refundPercent: 100 } });
  });
});

describe('a client without the notice', () => {
  it('A71 A79 cannot move it at 24 h − 1 s but ask; it stays until the coach accepts', async () => {
    await app.advanceTo(new Date(Date.parse(session.startsAt) - (DAY - 1) * 1_000));
    const wished = [hourAfter(3 * DAY), hourAfter(3 * DAY)];
    expect(await reschedule(client, wished[0]!)).toMatchObject({
      status: 409,
      body: {
        code: 'sessions.reschedule_needs_consent',
        allowedActions: expect.arrayContaining(['propose']),
      },
    });
    expect(await terms(client)).toMatchObject({ body: { atOnce: false, byAgreement: true } });
    const asked = await propose(client, wished, { message: 'My train is late.' });
    expect(asked).toMatchObject({ status: 201, body: { status: 'open', madeBy: 'client' } });
    expect([await startNow(), await heldTimes()]).toEqual([session.startsAt, 0]);
    expect(await propose(client, wished)).toMatchObject({
      status: 409,
      body: { code: 'proposals.already_open' },
    });
    expect(await answer(client, asked, 'accept', { startsAt: wished[0] })).toMatchObject({
      status: 409,
      body: { code: 'proposals.not_yours_to_answer' },
    });
    expect(await answer(coach, asked, 'accept', { startsAt: wished[1] })).toMatchObject({
      status: 200,
      body: { status: 'accepted', chosenStartsAt: wished[1] },
    });
    expect(await startNow()).toBe(wished[1]);
  });

  it('A79 is declined, answered with other times, or not answered: then the old time stands', async () => {
    await app.advanceTo(new Date(Date.parse(session.startsAt) - (DAY - 1) * 1_000));
    const declined = await propose(client, []);
    expect(await answer(coach, declined, 'decline')).toMatchObject({
      status: 200,
      body: { status: 'declined' },
    });
    const asked = await propose(client, [hourAfter(3 * DAY)]);
    const offered = await propose(coach, [hourAfter(4 * DAY)]);
    expect(offered).toMatchObject({ status: 201, body: { madeBy: 'coach', answersId: asked.body['id'] } });
    expect((await proposals()).map(({ status }) => status)).toEqual(['open', 'answered', 'declined']);
    expect(offered.body['expiresAt']).toBe(session.startsAt);
    await app.advanceTo(session.startsAt);
    expect((await proposals())[0]).toMatchObject({ status: 'expired' });
    expect([await startNow(), await heldTimes()]).toEqual([session.startsAt, 0]);
  });
});

describe('times that the coach offers', () => {
  it('A72 are free ones, and held for the client alone until the answer', async () => {
    const [one, two] = [hourAfter(15 * DAY), hourAfter(15 * DAY)];
    const taken = await world.paidSession(rival, offering, hourAfter(15 * DAY));
    expect(await propose(coach, [one, taken.startsAt])).toMatchObject({
      status: 409,
      body: { code: 'sessions.slot_taken' },
    });
    expect(await heldTimes()).toBe(0);
    const offered = await propose(coach, [two, one], { message: 'I am away.' });
    expect(offered).toMatchObject({ status: 201, body: { message: 'I am away.', status: 'open' } });
    expect((offered.body['times'] as { startsAt: string }[]).map(({ startsAt }) => startsAt)).toEqual([
      one,
      two,
    ]);
    for (const held of [one, two])
      expect(await bookAt(held)).toMatchObject({ status: 409, body: { code: 'sessions.slot_taken' } });
    expect(await answer(client, offered, 'accept', { startsAt: hourAfter(15 * DAY) })).toMatchObject({
      status: 422,
      body: { code: 'proposals.time_not_offered' },
    });
    expect(await answer(client, offered, 'withdraw')).toMatchObject({ status: 409 });
    expect(await answer(coach, offered, 'withdraw')).toMatchObject({ body: { status: 'withdrawn' } });
    expect(await bookAt(one)).toMatchObject({ status: 201 });
    expect(await answer(client, offered, 'accept', { startsAt: two })).toMatchObject({
      status: 409,
      body: { code: 'proposals.closed', proposalStatus: 'withdrawn' },
    });
  });

  it('A76 two simultaneous picks have one winner, and the other time is free', async () => {
    const times = [hourAfter(15 * DAY), hourAfter(15 * DAY)];
    const offered = await propose(coach, times);
    const picks = await Promise.all(times.map((startsAt) => answer(client, offered, 'accept', { startsAt })));
    expect(picks.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409]);
    const winner = times[picks.findIndex(({ status }) => status === 200)]!;
    expect([await startNow(), await heldTimes()]).toEqual([winner, 0]);
    const loser = times.find((time) => time !== winner)!;
    expect(await bookAt(loser)).toMatchObject({ status: 201 });
    expect(await answer(client, offered, 'accept', { startsAt: winner })).toMatchObject({ status: 200 });
  });

  it('are free again when nobody answered, also before the worker has come by', async () => {
    const [one, two] = [hourAfter(15 * DAY), hourAfter(15 * DAY)];
    const offered = await propose(coach, [one, two]);
    await app.sandbox.advanceClock(48 * HOUR + 1);
    expect(await answer(client, offered, 'accept', { startsAt: one })).toMatchObject({
      status: 409,
      body: { code: 'proposals.closed', proposalStatus: 'expired' },
    });
    expect(await bookAt(one)).toMatchObject({ status: 201 });
    await app.sweep();
    expect((await proposals())[0]).toMatchObject({ status: 'expired' });
    expect([await startNow(), await heldTimes()]).toEqual([session.startsAt, 0]);
    expect(await bookAt(two)).toMatchObject({ status: 201 });
  });

  it('are closed when the session moves, to one of them too, and when it is cancelled', async () => {
    const [one, two] = [hourAfter(15 * DAY), hourAfter(15 * DAY)];
    await propose(coach, [one, two]);
    expect((await reschedule(coach, two)).status).toBe(200);
    expect((await proposals())[0]).toMatchObject({ status: 'superseded' });
    expect(await heldTimes()).toBe(0);
    await propose(coach, [one]);
    expect((await client.http.post(`/v1/sessions/${session.id}/cancel`, {})).status).toBe(200);
    expect((await proposals())[0]).toMatchObject({ status: 'superseded' });
    expect(await bookAt(one)).toMatchObject({ status: 201 });
  });
});

describe('the link', () => {
  it('shows and answers one offer without a password, and nothing else', async () => {
    const times = [hourAfter(15 * DAY), hourAfter(15 * DAY)];
    const offered = await propose(coach, times, { message: 'Which one?' });
    const proposalId = parsePublicId('proposal', String(offered.body['id'])) ?? '';
    const link = await app.api.get(ProposalLinks).linkOf(coach.coachId, proposalId);
    const path = new URL(link).pathname;
    const anyone = app.http();
    const shown = await anyone.get(path);
    expect(shown).toMatchObject({
      status: 200,
      body: {
        status: 'open',
        message: 'Which one?',
        startsAt: session.startsAt,
        timezone: 'America/New_York',
      },
    });
    expect(JSON.stringify(shown.body)).not.toContain('@');
    expect(await startNow()).toBe(session.startsAt);
    expect(await anyone.post(path, { act: 'accept' })).toMatchObject({ status: 400 });
    for (let again = 0; again < 2; again += 1)
      expect(await anyone.post(path, { act: 'accept', startsAt: times[1] })).toMatchObject({
        status: 200,
        body: { status: 'accepted', chosenStartsAt: times[1], startsAt: times[1] },
      });
    expect(await anyone.post(path, { act: 'decline' })).toMatchObject({
      status: 409,
      body: { code: 'proposals.closed' },
    });
    expect(await anyone.get(`${path}x`)).toMatchObject({ status: 404, body: { code: 'links.not_found' } });
    await app.advance(48 * HOUR);
    expect(await anyone.get(path)).toMatchObject({ status: 404, body: { code: 'links.not_found' } });
  });
});

/** What Stripe was asked to change, and what it told of. */
function stripeCalls(): unknown {
  const { idempotency, events, refunds, transfers } = app.sandbox.stripe;
  return [idempotency.length, events.length, refunds.length, transfers.length];
}
