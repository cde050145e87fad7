import { parsePublicId } from '@app/common';
import { sql } from '@app/database';
import type { Answer } from '../support/http-client';
import { mark, noShowQuote, undo } from '../support/no-shows';
import { TestApp } from '../support/test-app';
import { World, type ClientWorld, type CoachWorld, type SessionSummary } from '../support/world';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

interface Offering {
  id: string;
  policyId: string;
}

/** New times after a missed session: offered in the follow-up, held, and one of them booked by who missed it. */
describe('a follow-up with new times', () => {
  let app: TestApp;
  let world: World;
  let coach: CoachWorld;
  let client: ClientWorld;
  let rival: ClientWorld;
  let paid: Offering;
  let free: Offering;

  beforeAll(async () => {
    app = await TestApp.start({ now: '2027-03-01T09:00:00Z' });
    world = new World(app);
    coach = await world.coach({ payouts: true });
    client = await world.client(coach);
    rival = await world.client(coach, { displayName: 'Rita Rival' });
    paid = await world.offering(coach);
    free = await world.offering(coach, { priceMinor: 0 });
  });
  beforeEach(async () => {
    for (const person of [coach, client, rival]) person.http = await world.signedIn(person.accountId);
  });
  afterEach(async () => {
    await app.drain();
    expect(await app.brokenInvariants()).toEqual([]);
  });
  afterAll(() => app.stop());

  let hours = 0;
  /** A full hour that much later than now, and another each time. */
  const hourAfter = (ms: number): string => {
    hours += 2;
    return new Date(
      Math.ceil((app.sandbox.now().getTime() + ms) / HOUR_MS) * HOUR_MS + hours * HOUR_MS,
    ).toISOString();
  };
  const newTimes = (count: number): string[] => Array.from({ length: count }, () => hourAfter(10 * DAY_MS));

  /** A session of the offering that its client did not come to. */
  const missed = async (of: Offering): Promise<SessionSummary> => {
    const funding = of === paid ? 'card' : 'free';
    const session = await world.book(client, of, hourAfter(HOUR_MS), { funding });
    if (of === paid) await world.pay(session);
    await app.advanceTo(new Date(Date.parse(session.startsAt) + 20 * 60_000));
    const quoted = await noShowQuote(coach, session);
    expect(quoted).toMatchObject({ status: 201 });
    expect((await mark(coach, session, { quoteId: quoted.body.id })).status).toBe(200);
    return session;
  };
  const followUp = (session: SessionSummary, more: Record<string, unknown>): Promise<Answer> =>
    coach.http.post(`/v1/sessions/${session.id}/follow-up`, { template: 'new_time', ...more });
  const offerOf = async (session: SessionSummary): Promise<Record<string, unknown>> => {
    const list = await client.http.get<{ data: Record<string, unknown>[] }>(
      `/v1/sessions/${session.id}/reschedule-proposals`,
    );
    expect(list.body.data).toHaveLength(1);
    return list.body.data[0] ?? {};
  };
  const accept = (
    offer: Record<string, unknown>,
    startsAt: string | undefined,
    headers: Record<string, string> = {},
  ): Promise<Answer> =>
    client.http.post(`/v1/reschedule-proposals/${String(offer['id'])}/accept`, { startsAt }, headers);
  const canBeBooked = async (startsAt: string): Promise<boolean> => {
    const booked = await rival.http.post<SessionSummary>('/v1/sessions', {
      offeringId: free.id,
      startsAt,
      funding: 'free',
      acceptedPolicyId: free.policyId,
    });
    return booked.status === 201;
  };
  const heldTimes = async (session: SessionSummary): Promise<number> => {
    const { count } = await app.database.one(sql<{ count: number }>`
      select count(*)::int as count from calendar_claims
      where kind = 'proposed_time' and session_id = ${parsePublicId('session', session.id)}::uuid`);
    return count;
  };
  const mailsTo = (person: { email: string }, subject: RegExp): string[] =>
    app.sandbox.mailbox
      .to(person.email)
      .filter((mail) => subject.test(mail.subject))
      .map((mail) => mail.text);
  const timelineOf = async (id: string): Promise<[string, string][]> => {
    const { body } = await coach.http.get<{ data: { kind: string; text: string }[] }>(
      `/v1/sessions/${id}/timeline`,
    );
    return body.data.map(({ kind, text }) => [kind, text]);
  };
  const nextOf = async (session: SessionSummary): Promise<SessionSummary> => {
    const { nextSessionIds } = await world.read(coach, session.id);
    expect(nextSessionIds).toHaveLength(1);
    return world.read(client, (nextSessionIds as string[])[0] ?? '');
  };

  it('A104 is one mail with the held times; by its link the client books one, which is paid like the missed session', async () => {
    const session = await missed(paid);
    const [one, two, three] = newTimes(3);
    const sent = await followUp(session, { times: [two, one, three], message: 'Shall we try again?' });
    expect(sent).toMatchObject({ status: 200, body: { status: 'no_show' } });
    await app.drain();
    const mails = mailsTo(client, /writes about your session/);
    expect(mails).toHaveLength(1);
    expect(mails[0]).toContain('> Shall we try again?');
    expect(mails[0]?.match(/^Time \d: .*\(America\/New_York\)$/gm)).toHaveLength(3);
    expect(mailsTo(client, /^Other times/)).toEqual([]);
    for (const held of [one, two, three]) expect(await canBeBooked(held ?? '')).toBe(false);

    const path = /(\/v1\/links\/\S+)/.exec(mails[0] ?? '')?.[1] ?? '';
    expect(await app.http().get(path)).toMatchObject({
      status: 200,
      body: { purpose: 'book_next', status: 'open', times: [{ startsAt: one }, { startsAt: two }, {}] },
    });
    expect(await heldTimes(session)).toBe(3);
    const taken = { status: 200, body: { status: 'accepted', chosenStartsAt: two } };
    for (let again = 0; again < 2; again += 1)
      expect(await app.http().post(path, { act: 'accept', startsAt: two })).toMatchObject(taken);
    expect(await app.http().post(path, { act: 'accept', startsAt: one })).toMatchObject({
      status: 409,
      body: { code: 'proposals.closed', proposalStatus: 'accepted' },
    });

    const next = await nextOf(session);
    expect(next).toMatchObject({
      status: 'held',
      paymentStatus: 'unpaid',
      startsAt: two,
      followsSessionId: session.id,
      offering: { id: paid.id },
      price: { amount: 9_000 },
      bookedBy: 'coach',
    });
    expect(await offerOf(session)).toMatchObject({ purpose: 'book_next', nextSessionId: next.id });
    expect(await world.read(coach, session.id)).toMatchObject({
      status: 'no_show',
      startsAt: session.startsAt,
    });
    expect(await heldTimes(session)).toBe(0);
    expect([await canBeBooked(one ?? ''), await canBeBooked(two ?? '')]).toEqual([true, false]);
    const kinds = (await timelineOf(session.id)).map(([kind]) => kind);
    expect(kinds.slice(-3)).toEqual(['times_proposed', 'follow_up_sent', 'proposal_accepted']);
    expect((await timelineOf(session.id)).at(-1)?.[1]).toMatch(
      /\(Europe\/Berlin\) was chosen by the client, and another session booked\.$/,
    );
    expect(await timelineOf(next.id)).toEqual([
      ['status_changed', 'Booked by the client: awaiting payment.'],
    ]);

    await app.drain();
    const token = /\/v1\/booking-confirmations\/([\w-]{24})/.exec(mailsTo(client, /.*/).at(-1) ?? '')?.[1];
    const confirmed = await app
      .http()
      .post<{ payment: SessionSummary['payment'] }>(`/v1/booking-confirmations/${token ?? ''}`, {
        acceptedPolicyId: paid.policyId,
      });
    expect(confirmed.status).toBe(200);
    await world.pay({ ...next, payment: confirmed.body.payment });
    expect(await world.read(client, next.id)).toMatchObject({ status: 'scheduled', paymentStatus: 'paid' });
    for (const person of [coach, client]) expect(mailsTo(person, /^Confirmed/).length).toBeGreaterThan(0);
  });

  it('A104 is accepted in the app too: a free session is scheduled at once; of two choices together one is booked', async () => {
    const session = await missed(free);
    const times = newTimes(2);
    expect((await followUp(session, { times })).status).toBe(200);
    const offer = await offerOf(session);
    expect(await accept(offer, times[0], { 'if-match': '"7"' })).toMatchObject({ status: 412 });
    expect(await accept(offer, hourAfter(10 * DAY_MS))).toMatchObject({
      status: 422,
      body: { code: 'proposals.time_not_offered' },
    });
    const answers = await Promise.all(times.map((startsAt) => accept(offer, startsAt)));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409]);
    const chosen = times[answers.findIndex(({ status }) => status === 200)];
    const next = await nextOf(session);
    expect(next).toMatchObject({ status: 'scheduled', paymentStatus: 'free', startsAt: chosen });
    const other = times.find((time) => time !== chosen) ?? '';
    expect(await canBeBooked(other)).toBe(true);
    await app.drain();
    for (const person of [coach, client])
      expect(mailsTo(person, /^Confirmed/).some((mail) => mail.includes('Coaching session'))).toBe(true);
  });

  it('A104 frees the times when it is declined, taken back, not answered, or the marking is undone', async () => {
    const ends: [string, (session: SessionSummary, offerId: string) => Promise<unknown>][] = [
      ['declined', (_, id) => client.http.post(`/v1/reschedule-proposals/${id}/decline`)],
      ['withdrawn', (_, id) => coach.http.post(`/v1/reschedule-proposals/${id}/withdraw`)],
      ['superseded', (session) => undo(coach, session)],
      ['expired', () => app.advance(48 * 3_600 + 1)],
    ];
    for (const [status, end] of ends) {
      const session = await missed(free);
      const [time] = newTimes(1);
      expect((await followUp(session, { times: [time] })).status).toBe(200);
      await app.drain();
      await end(session, String((await offerOf(session))['id']));
      for (const person of [coach, client]) person.http = await world.signedIn(person.accountId);
      rival.http = await world.signedIn(rival.accountId);
      expect(await offerOf(session)).toMatchObject({ status, nextSessionId: null });
      expect([status, await canBeBooked(time ?? '')]).toEqual([status, true]);
      expect(await accept(await offerOf(session), time)).toMatchObject({
        status: 409,
        body: { code: 'proposals.closed', proposalStatus: status },
      });
    }
    await app.drain();
    expect(mailsTo(coach, /^Declined: a new session/)).toHaveLength(1);
    expect(mailsTo(client, /^Taken back: new times/)).toHaveLength(1);
    for (const person of [coach, client]) expect(mailsTo(person, /^No answer: new times/)).toHaveLength(1);
  });

  it('A104 is refused as a whole with times that are taken, that are too many or that have passed', async () => {
    const session = await missed(free);
    const [time] = newTimes(1);
    const taken = hourAfter(10 * DAY_MS);
    expect(await canBeBooked(taken)).toBe(true);
    const refusals: [string[], number, string][] = [
      [[time ?? '', taken], 409, 'sessions.slot_taken'],
      [[time ?? '', time ?? ''], 422, 'proposals.times'],
      [[], 422, 'proposals.times'],
      [[session.startsAt], 422, 'proposals.times'],
    ];
    for (const [times, status, code] of refusals)
      expect(await followUp(session, { times })).toMatchObject({ status, body: { code } });
    expect((await followUp(session, { times: newTimes(6) })).status).toBe(400);
    const past = new Date(Date.parse(session.startsAt) - HOUR_MS).toISOString();
    expect((await followUp(session, { times: [past], override: true })).status).toBe(422);
    expect(await heldTimes(session)).toBe(0);
    expect((await world.read(coach, session.id)).allowedActions).toContain('follow_up');
    expect((await followUp(session, { times: [time] })).status).toBe(200);
    expect((await followUp(session, { times: newTimes(1) })).status).toBe(409);
  });

  it('A104 cannot be taken while the offering no longer fits or is no longer sold; the offer then stays as it was', async () => {
    const changing = await world.offering(coach, { priceMinor: 0 });
    const session = await missed(changing);
    const [time] = newTimes(1);
    await followUp(session, { times: [time] });
    const after = new Date(Date.parse(time ?? '') + HOUR_MS).toISOString();
    expect(await canBeBooked(after)).toBe(true);
    await coach.http.patch(`/v1/offerings/${changing.id}`, { durationMinutes: 90 });
    expect(await accept(await offerOf(session), time)).toMatchObject({
      status: 409,
      body: { code: 'sessions.slot_taken', alternatives: expect.any(Array) as unknown[] },
    });
    expect([(await offerOf(session))['status'], await heldTimes(session)]).toEqual(['open', 1]);
    await coach.http.patch(`/v1/offerings/${changing.id}`, { durationMinutes: 45 });
    expect((await coach.http.delete(`/v1/offerings/${changing.id}`)).status).toBeLessThan(300);
    expect(await accept(await offerOf(session), time)).toMatchObject({
      status: 409,
      body: { code: 'offerings.archived' },
    });
    expect([(await offerOf(session))['status'], await heldTimes(session)]).toEqual(['open', 1]);
    const late = await missed(changing).catch((error: unknown) => error);
    expect(String(late)).toContain('offerings.archived');
  });

  it('A104 taken, taken back and undone at once: one of them comes first, and nobody is booked twice or for nothing', async () => {
    for (let round = 0; round < 5; round += 1) {
      const session = await missed(free);
      const times = newTimes(3);
      await followUp(session, { times });
      const offer = await offerOf(session);
      const [withdrawn, undone, ...picks] = await Promise.all([
        coach.http.post(`/v1/reschedule-proposals/${String(offer['id'])}/withdraw`),
        undo(coach, session),
        ...times.map((startsAt) => accept(offer, startsAt)),
      ]);
      expect([200, 409]).toContain(withdrawn.status);
      expect(undone.status).toBe(200);
      for (const { status } of picks) expect([200, 409]).toContain(status);
      const taken = picks.filter(({ status }) => status === 200);
      const { nextSessionIds } = await world.read(coach, session.id);
      expect([taken.length, await heldTimes(session)]).toEqual([(nextSessionIds as string[]).length, 0]);
      expect(taken.length + (withdrawn.status === 200 ? 1 : 0)).toBeLessThanOrEqual(1);
    }
  });

  it('A104 is watched: an offer that was taken for nothing, or is open for a session that was not missed, is noticed', async () => {
    const session = await missed(free);
    await followUp(session, { times: newTimes(1) });
    const noticed = async (change: Promise<unknown>): Promise<boolean> => {
      await change;
      return JSON.stringify(await app.brokenInvariants()).includes('79-taken-offers-were-booked');
    };
    const undone = new Error('undone');
    for (const change of [
      sql`update sessions set follows_session_id = null`,
      sql`update sessions set no_show_by = 'coach' where status = 'no_show'`,
      sql`update follow_ups set proposal_id = null`,
    ]) {
      const breaking = app.database.transaction(async () => {
        expect(await noticed(app.database.execute(change))).toBe(true);
        throw undone;
      });
      await expect(breaking).rejects.toBe(undone);
    }
  });
});
