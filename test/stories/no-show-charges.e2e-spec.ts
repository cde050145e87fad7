import { PackageSale } from '../support/packages';
import { mark, noShowQuote, undo } from '../support/no-shows';
import { PayLaterWorld, policyOf, type ChargedSession } from '../support/pay-later';
import { processStripeEvents } from '../support/stripe-news';
import type { Person } from '../support/world';

interface Marking {
  kept: { amount: number };
  refund: { amount: number };
  laterCharge: { amount: number } | null;
  endedHow: string | null;
}

/** What a missed session costs, and what becomes of it when the marking is taken back (domain.md 9). */
describe('charges for no-shows', () => {
  let practice: PayLaterWorld;

  beforeAll(async () => {
    practice = await PayLaterWorld.start();
  });
  afterEach(async () => {
    await practice.app.drain();
    expect(await practice.app.brokenInvariants()).toEqual([]);
  });
  afterAll(() => practice.app.stop());

  /** Marked by a quote of now, which is returned. */
  const marked = async (by: Person, session: { id: string }, who: 'client' | 'coach' = 'client') => {
    const { body: quote } = await noShowQuote(by, session, who);
    const answer = await mark(by, session, { quoteId: quote.id });
    expect([answer.status, answer.body]).toEqual([200, answer.body]);
    await practice.app.drain();
    return quote;
  };
  const takenBack = async (session: { id: string }): Promise<ChargedSession> => {
    const answer = await undo(practice.coach, session);
    expect([answer.status, answer.body]).toEqual([200, answer.body]);
    await practice.app.drain();
    return practice.read(practice.coach, session.id);
  };
  /** By the coach, beside whatever else is decided. */
  const givenBack = async ({ id }: { id: string }, amount: number): Promise<void> => {
    const payments = await practice.coach.http.get<{ data: { id: string; captured: { amount: number } }[] }>(
      `/v1/payments?sessionId=${id}`,
    );
    const paid = payments.body.data.find(({ captured }) => captured.amount > 0);
    const answer = await practice.coach.http.post(`/v1/payments/${paid?.id ?? ''}/refunds`, {
      amount: { amount, currency: 'EUR' },
    });
    expect([answer.status, answer.body]).toEqual([201, answer.body]);
  };
  const markingsOf = async ({ id }: { id: string }): Promise<Marking[]> =>
    (await practice.coach.http.get<{ markings: Marking[] }>(`/v1/sessions/${id}/no-show`)).body.markings;
  /** Begun twenty minutes ago; paid after the session, unless the offering says otherwise. */
  const begun = async (
    offering?: { id: string; policyId: string },
    client = practice.client,
  ): Promise<ChargedSession> => {
    const booked = await practice.book(
      offering ?? (await practice.offer({ chargeTiming: 'after_session' })),
      client,
    );
    await practice.hoursBefore(booked, -1 / 3);
    return practice.read(practice.coach, booked.id);
  };

  describe('A98', () => {
    it('A98 charges the saved card once, the amount of the terms that were accepted, whatever the coach changed since', async () => {
      const session = await begun();
      const { id: offeringId } = session['offering'] as { id: string };
      await practice.coach.http.patch(`/v1/offerings/${offeringId}`, {
        policyId: await policyOf(practice.coach, 100),
      });
      const quote = await marked(practice.coach, session);
      expect(quote).toMatchObject({
        kept: { amount: 0 },
        refund: { amount: 0 },
        laterCharge: { amount: 5_400, currency: 'EUR' },
      });
      expect(await practice.read(practice.client, session.id)).toMatchObject({
        status: 'no_show',
        paymentStatus: 'paid',
        charge: { reason: 'no_show', amount: { amount: 5_400 }, state: 'settled' },
      });
      expect(practice.app.sandbox.mailbox.to(practice.client.email).map(({ text }) => text)).toContainEqual(
        expect.stringContaining('Your saved card is charged €54.00.'),
      );
      await practice.hoursBefore(session, -30);
      await practice.app.redrive();
      expect(await practice.atStripe(session)).toEqual({ taken: [5_400], givenBack: [] });
      expect(await markingsOf(session)).toMatchObject([{ laterCharge: { amount: 5_400 }, endedHow: null }]);
    });

    it('A98 keeps what was prepaid, less what the terms do not charge', async () => {
      const session = await begun(practice.offering);
      expect(session.paymentStatus).toBe('paid');
      expect(await marked(practice.coach, session)).toMatchObject({
        kept: { amount: 5_400 },
        refund: { amount: 3_600 },
        laterCharge: null,
      });
      expect(await practice.atStripe(session)).toEqual({ taken: [9_000], givenBack: [3_600] });
    });

    it('A98 uses the credit of a package up', async () => {
      const sale = await PackageSale.make(practice.world);
      const bought = await sale.bought();
      const startsAt = practice.time();
      const session = await practice.world.book(sale.client, sale.offering, startsAt, { funding: 'package' });
      await practice.hoursBefore(session, -1 / 3);
      expect(await marked(sale.coach, session)).toMatchObject({ credit: 'used', laterCharge: null });
      const after = await sale.read(sale.client, bought.id);
      expect([after.used, after.reserved, after.remaining]).toEqual([1, 0, 4]);
      expect(await practice.atStripe(session)).toEqual({ taken: [], givenBack: [] });
    });
  });

  it('charges nothing by terms that let the client off, nor of a client who never accepted them', async () => {
    const kind = await practice.offer({
      chargeTiming: 'after_session',
      policyId: await policyOf(practice.coach, 0),
    });
    const session = await begun(kind);
    expect((await marked(practice.coach, session))['laterCharge']).toBeNull();
    const byCoach = await practice.coach.http.post<ChargedSession>('/v1/sessions', {
      offeringId: practice.offering.id,
      clientId: practice.client.clientId,
      startsAt: practice.time(),
      funding: 'pay_later',
    });
    await practice.hoursBefore(byCoach.body, -1 / 3);
    expect((await marked(practice.coach, byCoach.body))['laterCharge']).toBeNull();
    await practice.hoursBefore(byCoach.body, -30);
    for (const each of [session, byCoach.body]) expect((await practice.atStripe(each)).taken).toEqual([]);
  });

  it('charges nothing when the coach did not come, and gives back what was charged', async () => {
    const unpaid = await begun();
    await marked(practice.coach, unpaid, 'coach');
    await practice.hoursBefore(unpaid, -2);
    expect(await practice.atStripe(unpaid)).toEqual({ taken: [], givenBack: [] });
    const paid = await begun(practice.offering);
    await marked(practice.coach, paid, 'coach');
    expect(await practice.atStripe(paid)).toEqual({ taken: [9_000], givenBack: [9_000] });
  });

  it('leads to a payment link where the bank wants to see the client, and to a waiver where the coach lets it off', async () => {
    const client = await practice.clientWith('pm_card_chargeCustomerFail');
    const session = await begun(undefined, client);
    await marked(practice.coach, session);
    expect((await practice.read(client, session.id)).charge).toMatchObject({
      reason: 'no_show',
      state: 'planned',
      failureCode: 'generic_decline',
    });
    expect((await practice.waive(practice.coach, session)).status).toBe(200);
    await practice.app.advance(7 * 24 * 3_600);
    expect((await practice.atStripe(session)).taken).toEqual([]);
    expect((await practice.read(client, session.id)).charge).toBeNull();
  });

  describe('taken back', () => {
    it('gives back what was charged, and charges the price when it is due', async () => {
      const session = await begun();
      await marked(practice.coach, session);
      expect(await takenBack(session)).toMatchObject({
        status: 'scheduled',
        paymentStatus: 'unpaid',
        charge: {
          reason: 'pay_later',
          amount: { amount: 9_000 },
          state: 'planned',
          dueAt: session.charge?.dueAt,
        },
      });
      expect(await practice.atStripe(session)).toEqual({ taken: [5_400], givenBack: [5_400] });
      await practice.hoursBefore(session, -1.5);
      expect(await practice.read(practice.coach, session.id)).toMatchObject({
        status: 'completed',
        paymentStatus: 'paid',
      });
      expect(await practice.atStripe(session)).toEqual({ taken: [5_400, 9_000], givenBack: [5_400] });
    });

    it('calls off what could not be charged', async () => {
      const client = await practice.clientWith('pm_card_chargeCustomerFail');
      const session = await begun(undefined, client);
      await marked(practice.coach, session);
      const back = await takenBack(session);
      expect(back).toMatchObject({ status: 'scheduled', charge: { reason: 'pay_later', state: 'planned' } });
      expect(await practice.atStripe(session)).toEqual({ taken: [], givenBack: [] });
    });

    it('keeps the whole price where it was charged and is due by now', async () => {
      const whole = await practice.offer({
        chargeTiming: 'after_session',
        policyId: await policyOf(practice.coach, 100),
      });
      const session = await begun(whole);
      await marked(practice.coach, session);
      await practice.hoursBefore(session, -2);
      expect(await takenBack(session)).toMatchObject({ status: 'completed', paymentStatus: 'paid' });
      await practice.hoursBefore(session, -30);
      expect(await practice.atStripe(session)).toEqual({ taken: [9_000], givenBack: [] });
    });

    it('keeps the whole price also where a part of it was given back out of goodwill', async () => {
      const whole = await practice.offer({
        chargeTiming: 'after_session',
        policyId: await policyOf(practice.coach, 100),
      });
      const session = await begun(whole);
      await marked(practice.coach, session);
      await givenBack(session, 1_000);
      await practice.app.drain();
      await practice.hoursBefore(session, -2);
      expect(await takenBack(session)).toMatchObject({
        status: 'completed',
        paymentStatus: 'partially_refunded',
      });
      await practice.hoursBefore(session, -30);
      expect(await practice.atStripe(session)).toEqual({ taken: [9_000], givenBack: [1_000] });
    });

    it('can be marked again, and is charged again', async () => {
      const session = await begun();
      await marked(practice.coach, session);
      await takenBack(session);
      await marked(practice.coach, session);
      expect(await practice.atStripe(session)).toEqual({ taken: [5_400, 5_400], givenBack: [5_400] });
      expect((await practice.read(practice.coach, session.id)).paymentStatus).toBe('paid');
    });
  });

  describe('rivals', () => {
    it('two markings at once charge once', async () => {
      const session = await begun();
      const quotes = await Promise.all([1, 2].map(() => noShowQuote(practice.coach, session)));
      const answers = await Promise.all(
        quotes.map(({ body }) => mark(practice.coach, session, { quoteId: body.id })),
      );
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      expect(answers.filter(({ status }) => status === 409)).toHaveLength(1);
      await practice.app.drain();
      expect((await practice.atStripe(session)).taken).toEqual([5_400]);
    });

    it('a marking while the price is being charged keeps what the terms charge, and gives the rest back', async () => {
      const client = await practice.clientWith('pm_sandbox_processing');
      const session = await begun(
        await practice.offer({ chargeTiming: 'before_start', chargeHoursBefore: 0 }),
        client,
      );
      expect(session.paymentStatus).toBe('processing');
      const quote = await noShowQuote(practice.coach, session);
      expect(quote.body).toMatchObject({ laterCharge: { amount: 5_400 } });
      await practice.app.sandbox.advanceClock(60);
      expect((await mark(practice.coach, session, { quoteId: quote.body.id })).status).toBe(200);
      await practice.app.drain();
      await practice.app.advance(3_600);
      expect(await practice.atStripe(session)).toEqual({ taken: [9_000], givenBack: [3_600] });
      expect(await markingsOf(session)).toMatchObject([
        { kept: { amount: 5_400 }, refund: { amount: 3_600 } },
      ]);
    });

    it('goodwill given back before it is decided about a price that was awaited leaves the rest of it', async () => {
      const client = await practice.clientWith('pm_sandbox_processing');
      const session = await begun(
        await practice.offer({ chargeTiming: 'before_start', chargeHoursBefore: 0 }),
        client,
      );
      // Stripe has taken it, and we have not heard of it.
      await practice.app.sandbox.advanceClock(60);
      const { body: quote } = await noShowQuote(practice.coach, session);
      expect((await mark(practice.coach, session, { quoteId: quote.id })).status).toBe(200);
      expect((await undo(practice.coach, session)).status).toBe(200);
      await processStripeEvents(practice.app);
      await givenBack(session, 1_000);
      await practice.app.drain();
      await practice.hoursBefore(session, -1.5);
      expect(await practice.atStripe(session)).toEqual({ taken: [9_000], givenBack: [1_000] });
    });

    it.each(['before the undoing', 'after it'])(
      'an undoing against a capture that is known %s gives the charge back once',
      async (when) => {
        const client = await practice.clientWith('pm_sandbox_processing');
        const session = await begun(undefined, client);
        await marked(practice.coach, session);
        expect((await practice.read(practice.coach, session.id)).paymentStatus).toBe('processing');
        await practice.app.sandbox.advanceClock(30);
        if (when === 'before the undoing') await processStripeEvents(practice.app);
        expect(await takenBack(session)).toMatchObject({
          status: 'scheduled',
          charge: { reason: 'pay_later', state: 'planned' },
        });
        expect(await practice.atStripe(session)).toEqual({ taken: [5_400], givenBack: [5_400] });
        await practice.hoursBefore(session, -1.5);
        await practice.app.advance(60);
        expect(await practice.atStripe(session)).toEqual({ taken: [5_400, 9_000], givenBack: [5_400] });
      },
    );
  });
});
