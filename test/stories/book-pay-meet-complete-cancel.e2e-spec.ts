import { TestApp } from '../support/test-app';
import { World, type ClientWorld, type CoachWorld, type SessionSummary } from '../support/world';

/** The first story: two sessions are booked and paid; one is met, completed and noted, the other cancelled and refunded. */
describe('book, pay, meet, complete, note, cancel, refund', () => {
  const start = '2027-03-01T10:00:00Z';
  let app: TestApp;
  let world: World;
  let coach: CoachWorld;
  let client: ClientWorld;
  let offering: { id: string; policyId: string };
  let session: SessionSummary;
  let other: SessionSummary;

  beforeAll(async () => {
    app = await TestApp.start({ now: '2027-02-20T09:00:00Z' });
    world = new World(app);
    coach = await world.coach({ payouts: true, zoom: true });
    client = await world.client(coach, { timezone: 'America/New_York' });
    offering = await world.offering(coach);
  });

  afterAll(() => app.stop());

  it('A177 shows free starts in the reader’s zone', async () => {
    const slots = await client.http.get<{ data: { startsAt: string; localStart: string }[] }>(
      `/v1/slots?offeringId=${offering.id}&from=2027-03-01T09:00:00Z&to=2027-03-01T12:00:00Z&timezone=America/New_York`,
    );
    expect(slots.status).toBe(200);
    expect(slots.body.data).toContainEqual(
      expect.objectContaining({ startsAt: '2027-03-01T10:00:00.000Z', localStart: '2027-03-01T05:00:00' }),
    );
  });

  it('A21 A40 A41 A42 A43 A89 holds the time until it is paid, with the client’s preparation and the accepted terms', async () => {
    session = await world.book(client, offering, start, {
      preparation: { focus: 'My first team', questions: 'How do I begin?', background: 'Lead since May' },
    });
    expect(session).toMatchObject({
      status: 'held',
      paymentStatus: 'unpaid',
      preparation: { focus: 'My first team', questions: 'How do I begin?', background: 'Lead since May' },
      policy: { id: offering.policyId, acceptedAt: expect.any(String) },
    });
    expect(session.payment?.clientSecret).toMatch(/^pi_.*_secret_/);
    const taken = await client.http.get<{ data: { startsAt: string }[] }>(
      `/v1/slots?offeringId=${offering.id}&from=2027-03-01T09:00:00Z&to=2027-03-01T12:00:00Z`,
    );
    expect(taken.body.data.map((slot) => slot.startsAt)).not.toContain('2027-03-01T10:00:00.000Z');
  });

  it('A175 A33 A34 A48 becomes scheduled by Stripe’s webhook, gets its room, and both are told', async () => {
    await world.pay(session);
    session = await world.read(client, session.id);
    expect(session).toMatchObject({
      status: 'scheduled',
      paymentStatus: 'paid',
      price: { amount: 9_000, currency: 'EUR' },
      meeting: {
        state: 'ready',
        platform: 'zoom',
        joinUrl: expect.any(String),
        meetingId: expect.any(String),
      },
    });
    expect(app.sandbox.zoom.meetings).toHaveLength(1);
    for (const person of [coach, client]) {
      const mails = app.sandbox.mailbox.to(person.email).filter((mail) => mail.icalendar !== null);
      expect(mails).toHaveLength(1);
      expect(mails[0]?.text).toContain('/j/');
    }
    const [intent] = app.sandbox.stripe.paymentIntents;
    expect(intent).toMatchObject({
      amount: 9_000,
      application_fee_amount: 900,
      transfer_data: { destination: expect.stringMatching(/^acct_/) },
    });
  });

  it('A6 A44 A45 opens the door 15 minutes before, to the host link for the coach and the guest link for the client', async () => {
    const early = await client.http.post<{ code: string; availableAt: string }>(
      `/v1/sessions/${session.id}/join`,
    );
    expect(early).toMatchObject({
      status: 409,
      body: { code: 'video.join_not_open', availableAt: '2027-03-01T09:45:00.000Z' },
    });
    await app.advanceTo('2027-03-01T09:45:00Z');
    const asClient = await client.http.post<{ url: string; platform: string }>(
      `/v1/sessions/${session.id}/join`,
    );
    const asCoach = await coach.http.post<{ url: string; platform: string }>(
      `/v1/sessions/${session.id}/join`,
    );
    expect(asClient).toMatchObject({ status: 200, body: { platform: 'zoom' } });
    expect(asCoach).toMatchObject({ status: 200, body: { platform: 'zoom' } });
    expect(asCoach.body.url).not.toBe(asClient.body.url);
  });

  it('A14 A22 A13 A29 completes by itself once it has ended, and is counted', async () => {
    await app.advanceTo('2027-03-01T11:00:01Z');
    expect(await world.read(coach, session.id)).toMatchObject({
      status: 'completed',
      client: { sessionCount: 1 },
    });
    const past = await coach.http.get<{ data: SessionSummary[] }>('/v1/sessions?view=past');
    expect(past.body.data.map((row) => row.id)).toEqual([session.id]);
  });

  it('A17 A55 A62 A66 takes a shared and a private note; the client reads only the shared one', async () => {
    const shared = await coach.http.post(`/v1/sessions/${session.id}/notes`, {
      visibility: 'shared',
      body: 'Practise the opening.',
    });
    const secret = await coach.http.post(`/v1/sessions/${session.id}/notes`, {
      visibility: 'private',
      body: 'canary-7f3a doubts',
    });
    expect([shared.status, secret.status]).toEqual([201, 201]);
    const seen = await client.http.get<{ data: unknown[] }>(`/v1/sessions/${session.id}/notes`);
    expect(seen.body.data).toHaveLength(1);
    expect(JSON.stringify(seen.body)).not.toContain('canary-7f3a');
  });

  it('A82 A87 A92 A94 A95 cancels another one by its quote, and the money goes back once, with the fee in proportion', async () => {
    other = await world.paidSession(client, offering, '2027-03-10T10:00:00Z');
    const quote = await coach.http.post<{
      id: string;
      refund: { amount: number };
      estimatedFeeReturned: { amount: number };
    }>(`/v1/sessions/${other.id}/cancellation-quotes`, { refund: 'partial', percent: 50 });
    expect(quote).toMatchObject({
      status: 201,
      body: { refund: { amount: 4_500 }, estimatedFeeReturned: { amount: 450 } },
    });
    const cancelled = await coach.http.post<SessionSummary>(`/v1/sessions/${other.id}/cancel`, {
      quoteId: quote.body.id,
      reasonCode: 'illness',
      message: 'I am so sorry.',
    });
    expect(cancelled).toMatchObject({
      status: 200,
      body: {
        status: 'cancelled',
        paymentStatus: 'refund_pending',
        cancellation: { by: 'coach', outcome: 'by_coach' },
      },
    });
    await app.drain();
    expect(app.sandbox.stripe.refunds).toMatchObject([{ amount: 4_500, status: 'succeeded' }]);
    expect(await world.read(client, other.id)).toMatchObject({
      status: 'cancelled',
      paymentStatus: 'partially_refunded',
      payment: { refunded: { amount: 4_500 } },
    });
    const subjects = app.sandbox.mailbox.to(client.email).map((mail) => mail.subject);
    expect(subjects.filter((subject) => /cancelled/i.test(subject))).toHaveLength(1);
    const told = app.sandbox.mailbox.to(client.email).filter(({ text }) => text.includes('I am so sorry.'));
    expect(told.map(({ text }) => text)).toEqual([
      expect.stringContaining('€45.00 goes back to the card you paid with'),
    ]);
    expect(subjects.filter((subject) => /refund/i.test(subject))).toHaveLength(2);
    const again = await coach.http.post<{ code: string; allowedActions: string[] }>(
      `/v1/sessions/${other.id}/cancel`,
      {},
    );
    expect(again).toMatchObject({ status: 409, body: { code: 'sessions.action_not_allowed' } });
  });

  it('A181 keeps every invariant and leaves no meeting behind', async () => {
    expect(await app.brokenInvariants()).toEqual([]);
    expect(app.sandbox.zoom.meetings).toHaveLength(1);
  });
});
