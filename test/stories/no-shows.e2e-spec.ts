import { announcedOf, movesOf } from '../support/history';
import { refundsAtStripe } from '../support/stripe-news';
import { TestApp } from '../support/test-app';
import { World, type ClientWorld, type CoachWorld, type Person, type SessionSummary } from '../support/world';
import { mark, noShowQuote, undo } from '../support/no-shows';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * HOUR_MS;

interface Story {
  markings: { by: string; endedHow: string | null; overridden: boolean; reason: string | null }[];
  report: { isOpen: boolean; message: string } | null;
  followUp: { message: string } | null;
  contactAttempts: { at: string; channel: string; note: string }[] | null;
}

/** Sessions that somebody missed: what they cost, who is told, and how a mistake is put right. */
describe('no-shows', () => {
  let app: TestApp;
  let world: World;
  let coach: CoachWorld;
  let client: ClientWorld;
  let admin: Person;
  let offering: { id: string; policyId: string };
  let half: { id: string; policyId: string };
  let next = Date.parse('2027-03-01T10:00:00Z');

  beforeAll(async () => {
    app = await TestApp.start({ now: '2027-02-20T09:00:00Z' });
    world = new World(app);
    coach = await world.coach({ payouts: true, zoom: true });
    client = await world.client(coach);
    admin = await world.admin();
    offering = await world.offering(coach);
    half = await world.offering(coach, { policyId: await policyOf(50) });
  });
  afterEach(async () => {
    await app.drain();
    expect(await app.brokenInvariants()).toEqual([]);
  });
  afterAll(() => app.stop());

  /** Terms that charge this share of the price for a missed session. */
  const policyOf = async (noShowChargePercent: number): Promise<string> => {
    const policy = await coach.http.post<{ id: string }>('/v1/policies', {
      name: `Missed sessions cost ${noShowChargePercent} %`,
      rules: {
        tiers: [{ noticeHours: 24, refundPercent: 100 }],
        freeRescheduleHours: 24,
        noShowChargePercent,
        returnCreditOnLateCancel: false,
      },
    });
    expect([policy.status, policy.body]).toEqual([201, policy.body]);
    return policy.body.id;
  };
  /** A paid session that begins at a time of its own; the client secret is kept, and so Stripe's id of the payment. */
  const paid = async (of = offering): Promise<SessionSummary> => {
    next += DAY_MS;
    const held = await world.book(client, of, new Date(next).toISOString());
    await world.pay(held);
    return { ...(await world.read(client, held.id)), payment: held.payment };
  };
  const startOf = (session: SessionSummary): number => Date.parse(session.startsAt);
  const mailsTo = (person: Person, subject: RegExp): string[] =>
    app.sandbox.mailbox
      .to(person.email)
      .filter((mail) => subject.test(mail.subject))
      .map((mail) => mail.text);
  const storyOf = async (person: Person, session: SessionSummary): Promise<Story> => {
    const answer = await person.http.get<Story>(`/v1/sessions/${session.id}/no-show`);
    expect(answer.status).toBe(200);
    return answer.body;
  };
  const countOf = async (): Promise<number> => {
    const answer = await coach.http.get<{ sessionCount: number }>(`/v1/clients/${client.clientId}`);
    return answer.body.sessionCount;
  };

  it('A96 A97 A101 A102 A103 A105 waits, quotes, marks by the quote, keeps the coach’s tries to themselves, and tells the client once', async () => {
    const changing = await world.offering(coach, { policyId: half.policyId });
    const session = await paid(changing);
    const other = await coach.http.patch(`/v1/offerings/${changing.id}`, { policyId: await policyOf(100) });
    expect(other.status).toBe(200);
    expect((await noShowQuote(coach, session)).status).toBe(409);
    await app.advanceTo(new Date(startOf(session) + 9 * MINUTE_MS));
    // The terms of today are others by now; those of the booking count.
    const quoted = await noShowQuote(coach, session);
    expect(quoted).toMatchObject({
      status: 201,
      body: {
        by: 'client',
        kept: { amount: 4_500, currency: 'EUR' },
        refund: { amount: 4_500 },
        estimatedFeeReturned: { amount: 450 },
        credit: null,
        laterCharge: null,
        clause: 'Missed sessions: 50% of the price is charged.',
        messages: [{ kind: 'no_show_marked' }, { kind: 'refund_started' }],
        waitUntil: new Date(startOf(session) + 10 * MINUTE_MS).toISOString(),
      },
    });
    expect(await mark(coach, session, { quoteId: quoted.body.id })).toMatchObject({
      status: 409,
      body: { code: 'no_shows.still_waiting' },
    });
    expect(await mark(coach, session, { quoteId: quoted.body.id, override: true })).toMatchObject({
      status: 422,
      body: { code: 'no_shows.reason_required' },
    });
    await app.advanceTo(new Date(startOf(session) + 10 * MINUTE_MS));
    const marked = await mark(coach, session, {
      quoteId: quoted.body.id,
      channel: 'phone',
      note: 'canary-5d1e rang twice',
      contactedAt: new Date(startOf(session) + 5 * MINUTE_MS).toISOString(),
    });
    expect(marked).toMatchObject({
      status: 200,
      body: { status: 'no_show', paymentStatus: 'refund_pending', noShow: { by: 'client' } },
    });
    await app.drain();
    expect(refundsAtStripe(app, session)).toEqual([4_500]);
    expect(await world.read(coach, session.id)).toMatchObject({
      status: 'no_show',
      paymentStatus: 'partially_refunded',
      net: { amount: 4_050 },
      policy: {
        id: half.policyId,
        text: expect.stringContaining('Missed sessions: 50% of the price is charged.'),
      },
    });
    const [mail, ...others] = mailsTo(client, /^Missed/);
    expect(others).toEqual([]);
    expect(mail).toContain('45');
    expect(mail).toContain('Missed sessions: 50% of the price is charged.');
    expect(mail).not.toContain('canary-5d1e');
    expect((await storyOf(coach, session)).contactAttempts).toEqual([
      {
        at: new Date(startOf(session) + 5 * MINUTE_MS).toISOString(),
        channel: 'phone',
        note: 'canary-5d1e rang twice',
      },
    ]);
    for (const person of [client, admin]) expect((await storyOf(person, session)).contactAttempts).toBeNull();
    // It stays joinable until the end, and completes no more.
    expect(marked.body.allowedActions).toContain('join');
    await app.advanceTo(new Date(startOf(session) + 2 * HOUR_MS));
    expect((await world.read(coach, session.id)).status).toBe('no_show');
  });

  it('A96 marks before the waiting time is over with a reason, and the client who comes after all finds it undone', async () => {
    const session = await paid();
    await app.advanceTo(new Date(startOf(session)));
    const quoted = await noShowQuote(coach, session);
    const reason = 'The client wrote that they forgot.';
    expect(await mark(coach, session, { quoteId: quoted.body.id, override: true, reason })).toMatchObject({
      status: 200,
      body: { status: 'no_show', paymentStatus: 'paid' },
    });
    await app.drain();
    expect(await undo(coach, session)).toMatchObject({
      status: 200,
      body: { status: 'scheduled', paymentStatus: 'paid', noShow: { by: null, markedAt: null } },
    });
    await app.drain();
    expect(mailsTo(client, /^Not missed after all/)).toHaveLength(1);
    expect(await storyOf(coach, session)).toMatchObject({
      markings: [{ by: 'client', overridden: true, reason, endedHow: 'undone' }],
    });
    expect(mailsTo(coach, /^Confirmed/).length).toBeGreaterThan(0);
    await app.advanceTo(new Date(startOf(session) + HOUR_MS + 1_000));
    expect((await world.read(coach, session.id)).status).toBe('completed');
    expect(refundsAtStripe(app, session)).toEqual([]);
    expect(await announcedOf(app, session.id)).toEqual(
      expect.arrayContaining(['session_no_show', 'no_show_undone', 'session_completed']),
    );
  });

  it('A29 A97 A100 marks one that completed by itself within 7 days of its end, and counts right through marking and undoing', async () => {
    const [first, second] = [await paid(half), await paid()];
    const end = startOf(second) + HOUR_MS;
    await app.advanceTo(new Date(end + 1_000));
    const before = await countOf();
    expect((await world.read(coach, second.id)).status).toBe('completed');
    const early = await noShowQuote(coach, first);
    expect((await mark(coach, first, { quoteId: early.body.id })).status).toBe(200);
    expect(await countOf()).toBe(before - 1);
    expect(await undo(coach, first)).toMatchObject({ status: 200, body: { status: 'completed' } });
    expect(await countOf()).toBe(before);
    await app.drain();
    // What was given back stays given back.
    expect(refundsAtStripe(app, first)).toEqual([4_500]);
    await app.advanceTo(new Date(end + 7 * DAY_MS - 60_000));
    const quoted = await noShowQuote(coach, second);
    expect(quoted.status).toBe(201);
    await app.advanceTo(new Date(end + 7 * DAY_MS + 1_000));
    expect((await mark(coach, second, { quoteId: quoted.body.id })).status).toBe(409);
    expect((await noShowQuote(coach, second)).status).toBe(409);
    next = Math.max(next, end + 8 * DAY_MS);
  });

  it('A100 undoes within 7 days of the marking and no later', async () => {
    const session = await paid();
    await app.advanceTo(new Date(startOf(session) + 2 * HOUR_MS));
    const quoted = await noShowQuote(coach, session);
    expect((await mark(coach, session, { quoteId: quoted.body.id })).status).toBe(200);
    await app.advance((7 * DAY_MS) / 1_000 + 1);
    expect(await undo(coach, session)).toMatchObject({
      status: 409,
      body: { code: 'sessions.action_not_allowed' },
    });
    next += 8 * DAY_MS;
  });

  it('is reported by the client, told to coach and platform, and refunded in full when the coach is marked', async () => {
    const session = await paid();
    const report = (): ReturnType<typeof client.http.post> =>
      client.http.post(`/v1/sessions/${session.id}/no-show-reports`, {
        message: 'I waited for twenty minutes.',
      });
    await app.advanceTo(new Date(startOf(session) + 9 * MINUTE_MS));
    expect((await report()).status).toBe(409);
    await app.advanceTo(new Date(startOf(session) + 10 * MINUTE_MS));
    expect(await report()).toMatchObject({ status: 200, body: { noShow: { reportOpen: true, by: null } } });
    expect((await report()).status).toBe(409);
    await app.drain();
    for (const person of [coach, admin])
      expect(mailsTo(person, /^Reported as missed/)[0]).toContain('I waited for twenty minutes.');
    expect(mailsTo(client, /^Reported as missed/)).toEqual([]);
    expect(await noShowQuote(admin, session, 'client')).toMatchObject({
      status: 422,
      body: { code: 'no_shows.not_yours' },
    });
    const quoted = await noShowQuote(admin, session, 'coach');
    expect(quoted.body).toMatchObject({ kept: { amount: 0 }, refund: { amount: 9_000 } });
    expect(await mark(coach, session, { quoteId: quoted.body.id })).toMatchObject({ status: 404 });
    expect(await mark(admin, session, { quoteId: quoted.body.id })).toMatchObject({
      status: 200,
      body: { status: 'no_show', noShow: { by: 'coach', reportOpen: false } },
    });
    await app.drain();
    expect(refundsAtStripe(app, session)).toEqual([9_000]);
    expect((await world.read(client, session.id)).paymentStatus).toBe('refunded');
    expect(mailsTo(client, /^Missed/).at(-1)).toContain('full refund');
  });

  it('sends one follow-up to a client who missed it, and the next session is booked after it', async () => {
    const session = await paid();
    await app.advanceTo(new Date(startOf(session) + 20 * MINUTE_MS));
    const quoted = await noShowQuote(coach, session);
    await mark(coach, session, { quoteId: quoted.body.id });
    const send = (): ReturnType<typeof coach.http.post> =>
      coach.http.post(`/v1/sessions/${session.id}/follow-up`, { template: 'new_time' });
    expect((await send()).status).toBe(200);
    expect((await send()).status).toBe(409);
    await app.drain();
    expect(mailsTo(client, /writes about your session/)).toEqual([
      expect.stringContaining('Shall we find another time?'),
    ]);
    next += DAY_MS;
    const booked = await coach.http.post<SessionSummary>(`/v1/sessions/${session.id}/book-next`, {
      startsAt: new Date(next).toISOString(),
    });
    expect(booked).toMatchObject({
      status: 201,
      body: { status: 'held', followsSessionId: session.id, offering: { id: offering.id } },
    });
  });

  it('voids what is over by a quote alone: its refund is chosen, the missed one no longer is, the count is right', async () => {
    const [missed, completed] = [await paid(half), await paid()];
    await app.advanceTo(new Date(startOf(completed) + HOUR_MS + 1_000));
    const before = await countOf();
    const quoted = await noShowQuote(coach, missed);
    await mark(coach, missed, { quoteId: quoted.body.id });
    expect(await coach.http.post(`/v1/sessions/${completed.id}/cancel`, {})).toMatchObject({
      status: 409,
      body: { code: 'sessions.quote_required' },
    });
    expect((await client.http.post(`/v1/sessions/${completed.id}/cancel`, {})).status).toBe(409);
    for (const [session, refund] of [
      [missed, 'full'],
      [completed, 'none'],
    ] as const) {
      const made = await coach.http.post<{ id: string; outcome: string }>(
        `/v1/sessions/${session.id}/cancellation-quotes`,
        { refund },
      );
      expect(made).toMatchObject({ status: 201, body: { outcome: 'retroactive' } });
      expect(
        await coach.http.post(`/v1/sessions/${session.id}/cancel`, { quoteId: made.body.id }),
      ).toMatchObject({
        status: 200,
        body: { status: 'cancelled', cancellation: { outcome: 'retroactive', by: 'coach' } },
      });
    }
    await app.drain();
    expect(refundsAtStripe(app, missed)).toEqual([4_500, 4_500]);
    expect(refundsAtStripe(app, completed)).toEqual([]);
    expect(await countOf()).toBe(before - 2);
    expect(await storyOf(coach, missed)).toMatchObject({ markings: [{ endedHow: 'voided' }] });
    expect((await movesOf(app, missed.id)).map(({ to }) => to)).toEqual([
      'held',
      'scheduled',
      'completed',
      'no_show',
      'cancelled',
    ]);
  });

  it('gives way to what happened between quote and marking', async () => {
    const session = await paid(half);
    await app.advanceTo(new Date(startOf(session) + 20 * MINUTE_MS));
    const quoted = await noShowQuote(coach, session);
    const { payment } = await world.read(coach, session.id);
    await coach.http.post(`/v1/payments/${payment?.id ?? ''}/refunds`, {
      amount: { amount: 1_000, currency: 'EUR' },
    });
    const stale = await mark(coach, session, { quoteId: quoted.body.id });
    expect(stale).toMatchObject({
      status: 409,
      body: { code: 'quotes.stale', quote: { kept: { amount: 4_500 }, refund: { amount: 3_500 } } },
    });
    const { id: quoteId } = stale.body['quote'] as { id: string };
    expect((await mark(coach, session, { quoteId })).status).toBe(200);
    expect((await mark(coach, session, { quoteId })).status).toBe(409);
    await app.drain();
    expect(new Set(refundsAtStripe(app, session))).toEqual(new Set([1_000, 3_500]));
  });
});
