import { atStripe, openSetup, saveCard } from '../support/saved-cards';
import { PayLaterWorld, type ChargedSession } from '../support/pay-later';
import type { SessionSummary } from '../support/world';

const HOUR_MS = 3_600_000;

/** Sessions that are paid later, with the client's saved card: when it is charged, and what the session shows of it. */
describe('paying later', () => {
  let practice: PayLaterWorld;

  beforeAll(async () => {
    practice = await PayLaterWorld.start();
  });
  afterEach(async () => {
    await practice.app.drain();
    expect(await practice.app.brokenInvariants()).toEqual([]);
  });
  afterAll(() => practice.app.stop());

  const dueOf = (session: ChargedSession): number =>
    (Date.parse(session.startsAt) - Date.parse(String(session.charge?.dueAt))) / HOUR_MS;

  it('A34 is scheduled at once and unpaid, and paid when the card was charged once cancelling is not free any more', async () => {
    const booked = await practice.book();
    expect(booked).toMatchObject({
      status: 'scheduled',
      funding: 'pay_later',
      paymentStatus: 'unpaid',
      charge: {
        reason: 'pay_later',
        amount: { amount: 9_000, currency: 'EUR' },
        state: 'planned',
        failureCode: null,
      },
    });
    expect(dueOf(booked)).toBe(48);

    await practice.hoursBefore(booked, 48.1);
    expect((await practice.read(practice.client, booked.id)).paymentStatus).toBe('unpaid');
    expect(await practice.atStripe(booked)).toEqual({ taken: [], givenBack: [] });

    await practice.hoursBefore(booked, 48);
    const paid = await practice.read(practice.client, booked.id);
    expect(paid).toMatchObject({ status: 'scheduled', paymentStatus: 'paid', charge: { state: 'settled' } });
    expect(await practice.atStripe(booked)).toEqual({ taken: [9_000], givenBack: [] });
    expect(await practice.timeline(booked)).toContain('charge_paid');
  });

  it('A34 shows a charge that failed, why, and since when both sides know', async () => {
    const client = await practice.clientWith('pm_card_chargeCustomerFail');
    const booked = await practice.book(practice.offering, client);
    await practice.hoursBefore(booked, 48);
    expect(await practice.read(client, booked.id)).toMatchObject({
      status: 'scheduled',
      paymentStatus: 'unpaid',
      charge: { state: 'planned', failureCode: 'generic_decline' },
    });

    for (const hours of [6, 24, 72]) await practice.app.advance(hours * 3_600 + 60);
    expect(await practice.read(client, booked.id)).toMatchObject({
      paymentStatus: 'failed',
      charge: { state: 'given_up', failureCode: 'generic_decline' },
    });
    expect(await practice.timeline(booked)).toContain('charge_failed');
    expect((await practice.atStripe(booked)).taken).toEqual([]);
  });

  it.each([
    [{ chargeTiming: 'before_start', chargeHoursBefore: 12 }, 12],
    [{ chargeTiming: 'after_session' }, -1],
  ])('charges when the offering says so: %j', async (timing, hours) => {
    const booked = await practice.book(await practice.offer(timing));
    expect(dueOf(booked)).toBe(hours);
    await practice.hoursBefore(booked, hours);
    expect((await practice.read(practice.coach, booked.id)).paymentStatus).toBe('paid');
  });

  it('charges at once what is booked when cancelling is not free any more', async () => {
    const { now } = { now: practice.app.sandbox.now() };
    const startsAt = new Date(Math.ceil(now.getTime() / HOUR_MS) * HOUR_MS + 26 * HOUR_MS).toISOString();
    expect((await practice.book(practice.offering, practice.client, startsAt)).paymentStatus).toBe('paid');
  });

  it('A80 moves the charge along with the session', async () => {
    const booked = await practice.book();
    const startsAt = new Date(Date.parse(booked.startsAt) + 5 * HOUR_MS).toISOString();
    const moved = await practice.client.http.post<SessionSummary>(`/v1/sessions/${booked.id}/reschedule`, {
      startsAt,
    });
    expect([moved.status, moved.body]).toEqual([200, moved.body]);
    const after = await practice.read(practice.client, booked.id);
    expect([after.startsAt, dueOf(after), after.charge?.state]).toEqual([startsAt, 48, 'planned']);
  });

  it('needs a saved card of this pair, whoever books', async () => {
    const client = await practice.world.client(practice.coach);
    const wanted = { offeringId: practice.offering.id, startsAt: practice.time(), funding: 'pay_later' };
    const refused = await client.http.post<{ code: string; help: string }>('/v1/sessions', {
      ...wanted,
      acceptedPolicyId: practice.offering.policyId,
    });
    expect(refused).toMatchObject({
      status: 422,
      body: {
        code: 'payment_methods.none_usable',
        help: expect.stringContaining('/v1/payment-methods/setup') as string,
      },
    });
    const byCoach = { ...wanted, clientId: client.clientId };
    expect(await practice.coach.http.post('/v1/sessions', byCoach)).toMatchObject({
      status: 422,
      body: { code: 'payment_methods.none_usable' },
    });
    await saveCard(practice.app, client, practice.offering.policyId);
    expect((await practice.coach.http.post('/v1/sessions', byCoach)).status).toBe(201);
  });

  it('is not offered where the offering does not say so, nor while the coach cannot be paid', async () => {
    const cardOnly = await practice.world.offering(practice.coach);
    const wanted = { startsAt: practice.time(), funding: 'pay_later', acceptedPolicyId: cardOnly.policyId };
    expect(
      await practice.client.http.post('/v1/sessions', { ...wanted, offeringId: cardOnly.id }),
    ).toMatchObject({
      status: 422,
      body: { code: 'sessions.funding_unavailable' },
    });
    const coach = await practice.world.coach();
    const client = await practice.world.client(coach);
    const later = await practice.world.offering(coach, { fundingOptions: ['pay_later'] });
    const body = { ...wanted, offeringId: later.id, acceptedPolicyId: later.policyId };
    expect(await client.http.post('/v1/sessions', body)).toMatchObject({
      status: 409,
      body: { code: 'payouts-not-ready' },
    });
  });

  it('asks for the hours with "before the start" alone', async () => {
    const refused = await practice.coach.http.patch(`/v1/offerings/${practice.offering.id}`, {
      chargeHoursBefore: 3,
    });
    expect(refused).toMatchObject({ status: 422, body: { code: 'offerings.charge_time_unclear' } });
  });

  it('charges nothing of what the coach booked until the client has accepted the terms', async () => {
    const booked = await practice.coach.http.post<ChargedSession>('/v1/sessions', {
      offeringId: practice.offering.id,
      clientId: practice.client.clientId,
      startsAt: practice.time(),
      funding: 'pay_later',
    });
    expect(booked).toMatchObject({
      status: 201,
      body: {
        status: 'scheduled',
        paymentStatus: 'unpaid',
        payment: null,
        charge: { state: 'awaiting_terms' },
      },
    });
    await practice.hoursBefore(booked.body, 40);
    expect((await practice.read(practice.client, booked.body.id)).paymentStatus).toBe('unpaid');

    const accepted = await practice.client.http.post(`/v1/sessions/${booked.body.id}/accept-terms`, {
      acceptedPolicyId: practice.offering.policyId,
    });
    expect([accepted.status, accepted.body]).toEqual([200, accepted.body]);
    await practice.app.drain();
    expect((await practice.read(practice.client, booked.body.id)).paymentStatus).toBe('paid');
  });

  it('leads to a payment link where the bank wants to see the client', async () => {
    const client = await practice.world.client(practice.coach);
    const setup = await openSetup(client, practice.offering.policyId);
    await atStripe(practice.app, setup, 'confirm', { paymentMethod: 'pm_card_authenticationRequired' });
    await atStripe(practice.app, setup, 'authenticate', { success: true });
    await practice.app.drain();
    const booked = await practice.book(practice.offering, client);
    await practice.hoursBefore(booked, 48);
    expect(await practice.read(client, booked.id)).toMatchObject({
      paymentStatus: 'unpaid',
      charge: { state: 'needs_action', failureCode: 'authentication_required' },
    });
    expect(
      practice.app.sandbox.mailbox.to(client.email).some(({ text }) => /\/v1\/payment-links\//.test(text)),
    ).toBe(true);
  });
});
