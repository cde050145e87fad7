import { parsePublicId } from '@app/common';
import { sql } from '@app/database';
import { PayLaterWorld, type ChargedSession } from '../support/pay-later';
import type { Answer } from '../support/http-client';
import { processStripeEvents } from '../support/stripe-news';
import type { Person } from '../support/world';

interface Quote {
  id: string;
  laterCharge: { amount: number } | null;
  captured: { amount: number };
  refund: { amount: number };
  outcome: string;
  clause: string;
}

/** What a client owes who cancels a session that is paid later (domain.md 8). */
describe('what is owed for cancelling', () => {
  let practice: PayLaterWorld;

  beforeAll(async () => {
    practice = await PayLaterWorld.start();
  });
  afterEach(async () => {
    await practice.app.drain();
    expect(await practice.app.brokenInvariants()).toEqual([]);
  });
  afterAll(() => practice.app.stop());

  const quote = (
    by: Person,
    { id }: { id: string },
    body: Record<string, unknown> = {},
  ): Promise<Answer<Quote>> => by.http.post<Quote>(`/v1/sessions/${id}/cancellation-quotes`, body);
  /** Paid after the session, so that nothing was charged whenever it is cancelled. */
  const unpaid = async (hoursBefore: number): Promise<ChargedSession> => {
    const booked = await practice.book(await practice.offer({ chargeTiming: 'after_session' }));
    await practice.hoursBefore(booked, hoursBefore);
    return booked;
  };

  it('A86 charges nothing where cancelling is free, and Stripe hears of nothing', async () => {
    const booked = await unpaid(48.1);
    const { body } = await quote(practice.client, booked);
    expect(body).toMatchObject({ laterCharge: null, refund: { amount: 0 }, outcome: 'in_time' });
    const cancelled = await practice.cancel(practice.client, booked, { quoteId: body.id });
    expect(cancelled).toMatchObject({ status: 'cancelled', paymentStatus: 'unpaid', charge: null });
    await practice.hoursBefore(booked, -2);
    expect(await practice.atStripe(booked)).toEqual({ taken: [], givenBack: [] });
  });

  it('charges half of the price off-session in the second step of the terms, exactly as quoted, with clause and reason', async () => {
    const booked = await unpaid(30);
    const { body } = await quote(practice.client, booked);
    expect(body).toMatchObject({
      laterCharge: { amount: 4_500, currency: 'EUR' },
      captured: { amount: 0 },
      outcome: 'late',
    });
    const cancelled = await practice.cancel(practice.client, booked, {
      quoteId: body.id,
      reason: 'I am ill',
    });
    expect(cancelled).toMatchObject({
      status: 'cancelled',
      paymentStatus: 'paid',
      charge: { reason: 'late_cancellation', amount: { amount: 4_500 }, state: 'settled' },
      cancellation: { outcome: 'late', reason: 'I am ill' },
    });
    expect(await practice.atStripe(booked)).toEqual({ taken: [4_500], givenBack: [] });
    for (const [person, whose] of [
      [practice.client, 'Your saved card'],
      [practice.coach, 'The saved card of Clara Client'],
    ] as const)
      expect(practice.app.sandbox.mailbox.to(person.email).map(({ text }) => text)).toContainEqual(
        expect.stringContaining(`${whose} is charged €45.00.`),
      );
    const payments = await practice.coach.http.get<{ data: { status: string }[] }>(
      `/v1/payments?sessionId=${booked.id}`,
    );
    expect(payments.body.data.map(({ status }) => status)).toEqual(['paid', 'canceled']);
    await practice.hoursBefore(booked, -2);
    expect((await practice.atStripe(booked)).taken).toEqual([4_500]);
  });

  it('charges the whole price below the last step', async () => {
    const booked = await unpaid(3);
    await practice.cancel(practice.client, booked);
    expect(await practice.atStripe(booked)).toEqual({ taken: [9_000], givenBack: [] });
  });

  it('A86 gives back nothing of what was charged before, by the policy: no refund is asked of Stripe', async () => {
    const booked = await practice.book();
    await practice.hoursBefore(booked, 3);
    const { body } = await quote(practice.client, booked);
    expect(body).toMatchObject({ refund: { amount: 0 }, laterCharge: null, captured: { amount: 9_000 } });
    const calls = practice.app.sandbox.stripe.idempotency.length;
    const cancelled = await practice.cancel(practice.client, booked, { quoteId: body.id, reason: 'No time' });
    expect(cancelled).toMatchObject({ paymentStatus: 'paid', cancellation: { reason: 'No time' } });
    expect(await practice.atStripe(booked)).toEqual({ taken: [9_000], givenBack: [] });
    expect(practice.app.sandbox.stripe.idempotency).toHaveLength(calls);
    const decided = await practice.app.database.one(sql<{ clause: string; dueMinor: number }>`
      select clause, due_minor as "dueMinor" from refund_decisions
      where session_id = ${parsePublicId('session', booked.id)}::uuid`);
    expect(decided).toEqual({ clause: body.clause, dueMinor: 0 });
  });

  it('refunds what was charged before beyond what is owed', async () => {
    const booked = await practice.book();
    await practice.hoursBefore(booked, 30);
    expect((await practice.cancel(practice.client, booked)).paymentStatus).toBe('partially_refunded');
    expect(await practice.atStripe(booked)).toEqual({ taken: [9_000], givenBack: [4_500] });
  });

  it('keeps to the lowest percent that a move by the client left', async () => {
    const booked = await unpaid(30);
    const later = new Date(Date.parse(booked.startsAt) + 72 * 3_600_000).toISOString();
    const moved = await practice.client.http.post(`/v1/sessions/${booked.id}/reschedule`, {
      startsAt: later,
    });
    expect([moved.status, moved.body]).toEqual([200, moved.body]);
    await practice.cancel(practice.client, booked);
    expect(await practice.atStripe(booked)).toEqual({ taken: [4_500], givenBack: [] });
  });

  it.each([
    ['full', undefined],
    ['full', 'full'],
    ['none', 'none'],
  ])('charges nothing when the coach cancels (%s)', async (choice, refund) => {
    const booked = await unpaid(3);
    const { body } = await quote(practice.coach, booked, refund === undefined ? {} : { refund });
    expect(body).toMatchObject({ choice, laterCharge: null });
    await practice.cancel(practice.coach, booked, { quoteId: body.id });
    await practice.hoursBefore(booked, -2);
    expect((await practice.atStripe(booked)).taken).toEqual([]);
  });

  it('charges by the policy when the coach cancels for a client who asked', async () => {
    const booked = await unpaid(3);
    await practice.cancel(practice.coach, booked, { refund: 'policy' });
    expect((await practice.atStripe(booked)).taken).toEqual([9_000]);
  });

  it('lets off what is below the least that can be charged', async () => {
    const offering = await practice.offer({ priceMinor: 80, chargeTiming: 'after_session' });
    const booked = await practice.book(offering);
    await practice.hoursBefore(booked, 30);
    expect((await quote(practice.client, booked)).body.laterCharge).toBeNull();
    await practice.cancel(practice.client, booked);
    expect((await practice.atStripe(booked)).taken).toEqual([]);
  });

  it('charges nothing while the client has not accepted the terms', async () => {
    const booked = await practice.coach.http.post<ChargedSession>('/v1/sessions', {
      offeringId: practice.offering.id,
      clientId: practice.client.clientId,
      startsAt: practice.time(),
      funding: 'pay_later',
    });
    await practice.hoursBefore(booked.body, 3);
    expect((await quote(practice.client, booked.body)).body.laterCharge).toBeNull();
    await practice.cancel(practice.client, booked.body);
    expect((await practice.atStripe(booked.body)).taken).toEqual([]);
  });

  it('is waived by the coach while the card cannot pay it, and never charged again', async () => {
    const client = await practice.clientWith('pm_card_chargeCustomerFail');
    const booked = await practice.book(await practice.offer({ chargeTiming: 'after_session' }), client);
    await practice.hoursBefore(booked, 3);
    const cancelled = await practice.cancel(client, booked);
    expect(cancelled.charge).toMatchObject({ reason: 'late_cancellation', failureCode: 'generic_decline' });
    const mayWaive = async (person: Person): Promise<boolean> => {
      const list = await person.http.get<{ data: { id: string; allowedActions: string[] }[] }>(
        '/v1/sessions?view=past&status=cancelled&limit=100',
      );
      const listed = list.body.data.find(({ id }) => id === booked.id)?.allowedActions;
      const { allowedActions } = await practice.read(person, booked.id);
      expect(listed).toEqual(allowedActions);
      return allowedActions.includes('waive_charge');
    };
    expect([await mayWaive(practice.coach), await mayWaive(client)]).toEqual([true, false]);

    expect((await practice.waive(client, booked)).status).toBe(403);
    const waived = await practice.waive(practice.coach, booked, { reason: 'The train was late.' });
    expect([waived.status, waived.body]).toEqual([200, waived.body]);
    await practice.app.advance(7 * 24 * 3_600);
    expect(await mayWaive(practice.coach)).toBe(false);
    const told = practice.app.sandbox.mailbox.to(client.email).map(({ text }) => text);
    expect(told.filter((text) => text.includes('waives the €90.00 that you owed'))).toHaveLength(1);
    expect(await practice.read(client, booked.id)).toMatchObject({ paymentStatus: 'unpaid', charge: null });
    expect(await practice.timeline(booked)).toContain('charge_waived');
    expect((await practice.atStripe(booked)).taken).toEqual([]);
    expect(await practice.waive(practice.coach, booked)).toMatchObject({
      status: 409,
      body: { code: 'sessions.nothing_to_waive' },
    });
  });

  it('answers a quote with a fresh one when the card was charged meanwhile', async () => {
    const booked = await practice.book();
    await practice.hoursBefore(booked, 48.1);
    const { body } = await quote(practice.coach, booked, { refund: 'policy' });
    expect(body).toMatchObject({ laterCharge: null, captured: { amount: 0 } });
    await practice.app.advance(8 * 60);
    const stale = await practice.coach.http.post<{ code: string; quote: Quote }>(
      `/v1/sessions/${booked.id}/cancel`,
      {
        quoteId: body.id,
      },
    );
    expect(stale).toMatchObject({
      status: 409,
      body: {
        code: 'quotes.stale',
        quote: { captured: { amount: 9_000 }, refund: { amount: 4_500 }, laterCharge: null },
      },
    });
    await practice.cancel(practice.coach, booked, { quoteId: stale.body.quote.id });
    expect(await practice.atStripe(booked)).toEqual({ taken: [9_000], givenBack: [4_500] });
  });

  describe('a charge that is under way', () => {
    /** The card's bank thinks about it for a while. */
    const underWay = async (): Promise<ChargedSession> => {
      const client = await practice.clientWith('pm_sandbox_processing');
      const booked = await practice.book(practice.offering, client);
      await practice.app.sandbox.advanceClock(
        Math.ceil(
          (Date.parse(booked.startsAt) - 30 * 3_600_000 - practice.app.sandbox.now().getTime()) / 1_000,
        ),
      );
      await practice.app.sweep();
      const processing = await practice.read(practice.coach, booked.id);
      expect(processing.paymentStatus).toBe('processing');
      return processing;
    };

    it('is called off at Stripe where it can be: only what is owed is charged', async () => {
      const booked = await underWay();
      await practice.cancel(practice.coach, booked, { refund: 'policy' });
      for (const _ of [1, 2]) await practice.app.advance(3_600);
      expect(await practice.atStripe(booked)).toEqual({ taken: [4_500], givenBack: [] });
      expect((await practice.read(practice.coach, booked.id)).charge).toMatchObject({
        reason: 'late_cancellation',
      });
    });

    it('is awaited: half stays as quoted, the rest goes back, and nothing is charged beside it', async () => {
      const booked = await underWay();
      const { body } = await quote(practice.coach, booked, { refund: 'policy' });
      expect(body).toMatchObject({ laterCharge: { amount: 4_500 }, captured: { amount: 0 } });
      // Stripe has taken it, and we have not heard of it.
      await practice.app.sandbox.advanceClock(60);
      await practice.cancel(practice.coach, booked, { quoteId: body.id });
      await practice.app.advance(3_600);
      expect(await practice.atStripe(booked)).toEqual({ taken: [9_000], givenBack: [4_500] });
      expect(await practice.read(practice.coach, booked.id)).toMatchObject({
        paymentStatus: 'partially_refunded',
      });
      expect(await practice.timeline(booked)).toContain('charge_settled');
    });

    it('goes back whole when nothing is owed', async () => {
      const booked = await underWay();
      await practice.app.sandbox.advanceClock(60);
      await practice.cancel(practice.coach, booked);
      expect(await practice.atStripe(booked)).toEqual({ taken: [9_000], givenBack: [9_000] });
      await practice.app.advance(60);
      await practice.app.redrive();
      expect((await practice.atStripe(booked)).givenBack).toEqual([9_000]);
    });

    it('is found paid by the cancelling itself when the news came first', async () => {
      const booked = await underWay();
      await practice.app.sandbox.advanceClock(60);
      await processStripeEvents(practice.app);
      await practice.cancel(practice.coach, booked, { refund: 'policy' });
      expect(await practice.atStripe(booked)).toEqual({ taken: [9_000], givenBack: [4_500] });
    });
  });
});
