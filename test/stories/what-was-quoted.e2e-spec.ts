import { cancel, quote as cancellationQuote } from '../support/cancelling';
import { decide, dispute } from '../support/disputes';
import { mark, noShowQuote, undo } from '../support/no-shows';
import { PackageSale, type EntitlementAnswer } from '../support/packages';
import { paidSeries } from '../support/paid-series';
import { PayLaterWorld } from '../support/pay-later';
import { TestApp } from '../support/test-app';
import type { World, SessionSummary } from '../support/world';

const DAY_MS = 86_400_000;

/** What happened between a quote and its act makes it stale; and what a quote says is what becomes of money and credit. */
describe('what was quoted', () => {
  let app: TestApp;
  let practice: PayLaterWorld;
  let world: World;

  beforeAll(async () => {
    app = await TestApp.start({ now: '2027-06-01T08:00:00Z', sandbox: { failingRefundSeconds: 60 } });
    practice = await PayLaterWorld.in(app);
    world = practice.world;
  });
  afterEach(async () => {
    await app.drain();
    expect(await app.brokenInvariants()).toEqual([]);
  });
  afterAll(() => app.stop());

  const paid = async (card?: string): Promise<SessionSummary> => {
    const held = await world.book(practice.client, practice.offering, practice.time());
    await world.pay(held, card);
    return world.read(practice.client, held.id);
  };
  const giveBack = async (paymentId: string | undefined, amount?: number): Promise<void> => {
    const answer = await practice.coach.http.post(
      `/v1/payments/${paymentId ?? ''}/refunds`,
      amount === undefined ? {} : { amount: { amount, currency: 'EUR' } },
    );
    expect([answer.status, answer.body]).toEqual([201, answer.body]);
    await app.drain();
  };
  const morningIn = (days: number): string =>
    new Date(Math.ceil(app.sandbox.now().getTime() / DAY_MS + days) * DAY_MS + DAY_MS / 3).toISOString();
  const missedByCoach = async (sale: PackageSale, session: SessionSummary): Promise<void> => {
    await app.advanceTo(new Date(Date.parse(session.startsAt) + 20 * 60_000));
    const { body } = await noShowQuote(sale.coach, session, 'coach');
    expect((await mark(sale.coach, session, { quoteId: body.id })).status).toBe(200);
    await app.drain();
  };
  const refundQuote = async (sale: PackageSale, { id }: EntitlementAnswer) =>
    (
      await sale.coach.http.post<{ id: string; refund: { amount: number } }>(
        `/v1/entitlements/${id}/refund-quotes`,
      )
    ).body;
  const refundPackage = (sale: PackageSale, { id }: EntitlementAnswer, quoteId: string) =>
    sale.coach.http.post(`/v1/entitlements/${id}/refund`, { quoteId, reason: 'Moves abroad' });
  const lastMail = (sale: PackageSale): string =>
    app.sandbox.mailbox.to(sale.client.email).at(-1)?.text ?? '';

  describe('no longer fits', () => {
    it('after goodwill: the share of the policy does not go back on top of it', async () => {
      const session = await paid();
      await practice.hoursBefore(session, 30);
      const before = await cancellationQuote(practice.client, session);
      expect(before.body).toMatchObject({ refund: { amount: 4_500 } });
      await giveBack(session.payment?.id, 4_500);
      const stale = await cancel(practice.client, session, { quoteId: before.body.id });
      expect(stale).toMatchObject({
        status: 409,
        body: { code: 'quotes.stale', quote: { refund: { amount: 0 } } },
      });
      expect(await practice.atStripe(session)).toEqual({ taken: [9_000], givenBack: [4_500] });
    });

    it('after a refund that had left nothing failed: what is there again goes back', async () => {
      const session = await paid('pm_card_refundFail');
      await giveBack(session.payment?.id);
      const before = await cancellationQuote(practice.client, session);
      expect(before.body).toMatchObject({ refund: { amount: 0 } });
      await app.advance(120);
      expect(await cancel(practice.client, session, { quoteId: before.body.id })).toMatchObject({
        status: 409,
        body: { quote: { refund: { amount: 9_000 } } },
      });
    });

    it('after such a refund of a package: it is not closed for nothing', async () => {
      const sale = await PackageSale.make(world);
      const five = await sale.purchase((await sale.sold()).id);
      await sale.pay(five, 'pm_card_refundFail');
      expect((await sale.coach.http.post(`/v1/payments/${five.payment.id}/refunds`, {})).status).toBe(201);
      await app.drain();
      const before = await refundQuote(sale, five);
      expect(before.refund.amount).toBe(0);
      await app.advance(120);
      expect(await refundPackage(sale, five, before.id)).toMatchObject({
        status: 409,
        body: { code: 'quotes.stale', quote: { refund: { amount: 40_000 } } },
      });
      expect(await sale.read(sale.coach, five.id)).toMatchObject({ status: 'active', remaining: 5 });
    });
  });

  describe('of a credit', () => {
    it('that ended with its package: it is lost, and no mail promises it', async () => {
      const sale = await PackageSale.make(world);
      const five = await sale.bought();
      const session = await world.book(sale.client, sale.offering, morningIn(40), { funding: 'package' });
      await app.advance(34 * 86_400);
      sale.client.http = await world.signedIn(sale.client.accountId);
      const { body } = await cancellationQuote(sale.client, session);
      expect(body).toMatchObject({ credit: 'lost' });
      expect((await cancel(sale.client, session, { quoteId: body.id })).status).toBe(200);
      await app.drain();
      sale.coach.http = await world.signedIn(sale.coach.accountId);
      expect(await sale.read(sale.coach, five.id)).toMatchObject({ status: 'expired', remaining: 0 });
      expect(lastMail(sale)).toContain('does not go back to your package, which has ended.');
      expect(lastMail(sale)).not.toContain('full refund');
    });

    it.each(['stands', 'was refunded'])(
      'that the coach’s no-show has given back, of a package that %s: a void finds none',
      async (how) => {
        const sale = await PackageSale.make(world);
        const five = await sale.bought();
        const session = await world.book(sale.client, sale.offering, morningIn(5), { funding: 'package' });
        if (how !== 'stands') await refundPackage(sale, five, (await refundQuote(sale, five)).id);
        sale.coach.http = await world.signedIn(sale.coach.accountId);
        await missedByCoach(sale, session);
        for (const refund of ['full', 'none']) {
          const { body } = await cancellationQuote(sale.coach, session, { refund });
          expect(body).toMatchObject({ credit: null, refund: { amount: 0 } });
        }
        const { body } = await cancellationQuote(sale.coach, session, { refund: 'none' });
        expect((await cancel(sale.coach, session, { quoteId: body.id })).status).toBe(200);
        await app.drain();
        expect(lastMail(sale)).not.toContain('your package');
      },
    );

    it.each(['open', 'lost'])(
      'is drawn again by the undoing of the coach’s no-show though the dispute of its package is %s',
      async (how) => {
        const sale = await PackageSale.make(world);
        const five = await sale.bought();
        const session = await world.book(sale.client, sale.offering, morningIn(5), { funding: 'package' });
        const stripeId = await dispute(app, five as unknown as SessionSummary);
        if (how === 'lost') await decide(app, stripeId, 'lose');
        await missedByCoach(sale, session);
        const back = await undo(sale.coach, session);
        expect([back.status, back.body]).toEqual([200, back.body]);
        expect(await sale.read(sale.coach, five.id)).toMatchObject({ remaining: 4 });
      },
    );
  });

  it('of a series whose credits wait for a bank: plan and mail say so, and not that credits have ended', async () => {
    const sale = await PackageSale.make(world);
    const five = await sale.bought();
    await dispute(app, five as unknown as SessionSummary);
    app.sandbox.mailbox.clear();
    const localStart = morningIn(5).slice(0, 16);
    const series = await paidSeries(sale, { localStart, rule: 'FREQ=DAILY;COUNT=2' });
    await app.drain();
    const told = app.sandbox.mailbox.to(sale.client.email).map(({ subject, text }) => `${subject}\n${text}`);
    expect(told.join('\n')).toContain('Credits wait for the bank');
    expect(told.join('\n')).not.toMatch(/No credits left|have ended|Buy another/);
    const plan = await series.plan('edit', { durationMinutes: 45 });
    expect(plan.status).toBe(201);
    const preview = await series.plan('edit', { funding: 'package' });
    expect(preview.body.credits).toMatchObject({ drawn: 0, isDisputed: true });
    expect(preview.body.credits?.text).toContain('their package is disputed');
  });

  it('of a no-show whose charge the bank has given back: its undoing refunds nothing, and charges nothing anew', async () => {
    const booked = await practice.book(await practice.offer({ chargeTiming: 'after_session' }));
    await practice.hoursBefore(booked, -1 / 3);
    practice.coach.http = await world.signedIn(practice.coach.accountId);
    const { body: quote } = await noShowQuote(practice.coach, booked, 'client');
    expect((await mark(practice.coach, booked, { quoteId: quote.id })).status).toBe(200);
    await app.drain();
    const { body } = await practice.coach.http.get<{ data: { id: string; captured: { amount: number } }[] }>(
      `/v1/payments?sessionId=${booked.id}`,
    );
    const charged = body.data.find(({ captured }) => captured.amount > 0);
    const stripeId = await dispute(app, { ...booked, payment: charged } as unknown as SessionSummary);
    await decide(app, stripeId, 'lose');
    expect((await undo(practice.coach, booked)).status).toBe(200);
    await app.drain();
    await practice.hoursBefore(booked, -30);
    expect(await practice.atStripe(booked)).toEqual({ taken: [5_400], givenBack: [] });
  });
});
