import { addLocalDays, localDateOf, weekdayOf } from '@app/common';
import { creditsOf, paidSeries, previewOf, sessionsOf } from '../support/paid-series';
import { PackageSale } from '../support/packages';
import { saveCard } from '../support/saved-cards';
import type { SeriesUnderTest } from '../support/series';
import { TestApp } from '../support/test-app';
import { World } from '../support/world';

const HOUR_MS = 3_600_000;

/** "On the saved card a chosen time before the start" (domain.md 10). */
describe('a series that the saved card pays', () => {
  let app: TestApp;
  let world: World;
  let sale: PackageSale;
  /** The Monday on which series begin. */
  let monday: string;

  beforeAll(async () => {
    app = await TestApp.start({ now: '2027-06-01T08:00:00Z' });
    world = new World(app);
  }, 60_000);
  afterAll(() => app.stop());
  beforeEach(async () => {
    sale = await PackageSale.make(world, ['card', 'package', 'pay_later']);
    await saveCard(app, sale.client, sale.offering.policyId);
    const soon = addLocalDays(localDateOf(app.sandbox.now(), 'Europe/Berlin'), 4);
    monday = addLocalDays(soon, 8 - weekdayOf(soon));
  });
  afterEach(async () => {
    await app.sweep();
    expect(await app.brokenInvariants()).toEqual([]);
  });

  const at = (days: number, time: string): string => `${addLocalDays(monday, days)}T${time}`;
  const wanted = { funding: 'pay_later', rule: 'FREQ=WEEKLY;COUNT=3' };
  const made = async (more: Record<string, unknown> = {}): Promise<SeriesUnderTest> => {
    const series = await paidSeries(sale, { localStart: at(0, '10:00'), ...wanted, ...more });
    const accepted = await sale.client.http.post(`/v1/series/${series.id}/accept-terms`, {
      acceptedPolicyId: sale.offering.policyId,
    });
    expect(accepted.status).toBe(200);
    return series;
  };
  const statuses = async (series: SeriesUnderTest): Promise<string[]> =>
    (await sessionsOf(series)).map(({ paymentStatus }) => paymentStatus);
  const startOf = async (series: SeriesUnderTest, index: number): Promise<number> =>
    Date.parse((await sessionsOf(series))[index]?.startsAt ?? '');
  const original = async (series: SeriesUnderTest, index: number): Promise<string> =>
    String((await series.occurrences())[index]?.originalStartsAt);

  it('charges each session once, when cancelling stops being free, and not before its terms are accepted', async () => {
    const plan = await previewOf(sale, { localStart: at(0, '10:00'), ...wanted });
    const [first] = plan.body.occurrences;
    const due = Date.parse(first?.payment?.dueAt ?? '');
    expect(first?.payment).toMatchObject({ by: 'saved_card', isNew: true });
    expect(Date.parse(first?.after?.startsAt ?? '') - due).toBe(24 * HOUR_MS);
    expect(plan.body.money.booked).toEqual({ amount: 27_000, currency: 'EUR' });
    expect(plan.body.credits).toBeNull();

    const series = await paidSeries(sale, { localStart: at(0, '10:00'), ...wanted });
    expect(await statuses(series)).toEqual(['unpaid', 'unpaid', 'unpaid']);
    await app.advanceTo(new Date(due + HOUR_MS));
    expect(await statuses(series)).toEqual(['unpaid', 'unpaid', 'unpaid']);
    await sale.client.http.post(`/v1/series/${series.id}/accept-terms`, {
      acceptedPolicyId: sale.offering.policyId,
    });
    await app.drain();
    expect(await statuses(series)).toEqual(['paid', 'unpaid', 'unpaid']);
    const second = (await startOf(series, 1)) - 24 * HOUR_MS;
    await app.advanceTo(new Date(second - 60_000));
    expect(await statuses(series)).toEqual(['paid', 'unpaid', 'unpaid']);
    await app.advanceTo(new Date(second + 60_000));
    expect(await statuses(series)).toEqual(['paid', 'paid', 'unpaid']);
    expect((await sessionsOf(series))[1]).toMatchObject({ type: 'recurring', funding: 'pay_later' });
  });

  it('charges so long before the start as its offering says, where the series says nothing', async () => {
    const offering = await world.offering(sale.coach, {
      fundingOptions: ['pay_later'],
      chargeTiming: 'before_start',
      chargeHoursBefore: 5,
    });
    const hoursOf = async (more: Record<string, unknown>): Promise<number> => {
      const plan = await previewOf(sale, {
        localStart: at(0, '10:00'),
        ...wanted,
        offeringId: offering.id,
        ...more,
      });
      const [first] = plan.body.occurrences;
      const [startsAt, dueAt] = [first?.after?.startsAt, first?.payment?.dueAt];
      return (Date.parse(startsAt ?? '') - Date.parse(dueAt ?? '')) / HOUR_MS;
    };
    expect(await hoursOf({})).toBe(5);
    expect(await hoursOf({ chargeHoursBefore: 30 })).toBe(30);
  });

  it('charges so many hours before the start as was chosen, also what moves and what the worker makes later', async () => {
    const series = await made({ chargeHoursBefore: 2, rule: 'FREQ=WEEKLY', horizonDays: 14 });
    await series.change('move', {
      scope: 'this',
      occurrences: [await original(series, 0)],
      localStart: at(1, '15:00'),
    });
    const moved = await startOf(series, 0);
    await app.advanceTo(new Date(moved - 3 * HOUR_MS));
    expect((await statuses(series))[0]).toBe('unpaid');
    await app.advanceTo(new Date(moved - 2 * HOUR_MS + 60_000));
    expect((await statuses(series))[0]).toBe('paid');
    await app.advance(9 * 86_400);
    expect((await sessionsOf(series)).length).toBeGreaterThan(2);
    const third = await startOf(series, 2);
    await app.advanceTo(new Date(third - HOUR_MS));
    expect((await statuses(series)).slice(0, 3)).toEqual(['paid', 'paid', 'paid']);
    await series.change('cancel', { scope: 'all_future' });
  });

  it('A111 skipped before the charge nothing is taken, skipped after it all goes back; taken back it is charged or unpaid', async () => {
    const series = await made();
    const second = await original(series, 1);
    await series.change('skip', { scope: 'this', occurrences: [second] });
    await app.advanceTo(new Date(Date.parse(second) - HOUR_MS));
    expect((await statuses(series))[0]).toBe('paid');
    expect((await sessionsOf(series))[1]).toMatchObject({ status: 'cancelled', paymentStatus: 'unpaid' });
    const restored = await series.change('unskip', { scope: 'this', occurrences: [second] });
    expect(restored.occurrences[0]?.payment).toMatchObject({ by: 'saved_card', isNew: true });
    await app.drain();
    expect((await statuses(series))[1]).toBe('paid');
    const plan = await series.change('skip', { scope: 'this', occurrences: [second] });
    expect(plan.occurrences[0]?.refund).toEqual({ choice: 'full', amount: 9_000, currency: 'EUR' });
    expect(plan.money.refund).toEqual({ amount: 9_000, currency: 'EUR' });
    await app.drain();
    expect((await statuses(series))[1]).toBe('refunded');
    const again = await series.change('unskip', { scope: 'this', occurrences: [second] });
    expect(again.occurrences[0]?.payment).toMatchObject({ by: 'unpaid' });
  });

  it('A114 cancelled whole, past included: each row with its money, paid ones by their choice, charges to come released', async () => {
    const series = await made();
    await app.advanceTo(new Date((await startOf(series, 1)) - HOUR_MS));
    const [first] = await sessionsOf(series);
    const past = [{ sessionId: first?.id, refund: 'none' }];
    const plan = await series.change('cancel', { scope: 'all_including_past', past });
    expect(
      plan.occurrences.map(({ before, refund }) => [before?.price.amount, refund?.choice, refund?.amount]),
    ).toEqual([
      [9_000, 'none', 0],
      [9_000, 'full', 9_000],
      [9_000, 'full', 0],
    ]);
    expect(plan.money.refund).toEqual({ amount: 9_000, currency: 'EUR' });
    await app.drain();
    expect(await statuses(series)).toEqual(['paid', 'refunded', 'unpaid']);
    await app.advance(30 * 86_400);
    expect(await statuses(series)).toEqual(['paid', 'refunded', 'unpaid']);
  });

  it('A107 a higher price is charged for what is not paid yet, and that may be cancelled free of charge for 7 days', async () => {
    const series = await made();
    await app.advanceTo(new Date((await startOf(series, 0)) - HOUR_MS));
    const plan = await series.change('edit', { price: { amount: 12_000, currency: 'EUR' } });
    expect(
      plan.occurrences.map(({ after, freeToCancel, keptException }) => [
        after?.price.amount,
        freeToCancel,
        keptException,
      ]),
    ).toEqual([
      [9_000, false, true],
      [12_000, true, false],
      [12_000, true, false],
    ]);
    expect(plan.money.dearer).toEqual({ amount: 6_000, currency: 'EUR' });
    const [, second] = await sessionsOf(series);
    const quote = await sale.client.http.post(`/v1/sessions/${second?.id}/cancellation-quotes`, {});
    expect(quote.body).toMatchObject({ outcome: 'in_time', refundPercent: 100 });
    await app.advanceTo(new Date((await startOf(series, 1)) - HOUR_MS));
    expect(await statuses(series)).toEqual(['paid', 'paid', 'unpaid']);
    const payments = await sale.coach.http.get<{ data: { captured: { amount: number } }[] }>(
      `/v1/payments?sessionId=${second?.id}&status=paid`,
    );
    expect(payments.body.data.map(({ captured }) => captured.amount)).toEqual([12_000]);
  });

  it('takes over where credits end, if the series allows it, and both are told', async () => {
    const two = await sale.bought({
      sessionCount: 2,
      name: 'Two',
      price: { amount: 15_000, currency: 'EUR' },
      validityDays: 200,
    });
    app.sandbox.mailbox.clear();
    const series = await made({ funding: 'package', fallback: 'saved_card' });
    const shown = await sessionsOf(series);
    expect(shown.map(({ funding, paymentStatus }) => [funding, paymentStatus])).toEqual([
      ['package', 'covered_by_package'],
      ['package', 'covered_by_package'],
      ['pay_later', 'unpaid'],
    ]);
    await app.drain();
    for (const { email } of [sale.coach, sale.client]) {
      const mails = app.sandbox.mailbox
        .to(email)
        .filter(({ subject }) => subject.startsWith('No credits left'));
      expect(mails).toHaveLength(1);
      expect(mails[0]?.text).toMatch(/charged to (your saved card|the saved card of your client) instead/);
    }
    await app.advanceTo(new Date((await startOf(series, 2)) - HOUR_MS));
    expect((await statuses(series))[2]).toBe('paid');
    expect(await creditsOf(sale, two)).toEqual({ reserved: 0, used: 2, remaining: 0 });
  });

  it('may be paid by credits from some session on: charges to come are released, the credits drawn', async () => {
    const five = await sale.bought({ validityDays: 200 });
    const series = await made();
    const second = await original(series, 1);
    const plan = await series.change('edit', {
      scope: 'this_and_following',
      occurrences: [second],
      funding: 'package',
    });
    expect(plan.credits).toMatchObject({ drawn: 2, endAt: null });
    expect((await sessionsOf(series)).map(({ paymentStatus }) => paymentStatus)).toEqual([
      'covered_by_package',
      'covered_by_package',
    ]);
    await app.advance(40 * 86_400);
    expect(await creditsOf(sale, five)).toEqual({ reserved: 0, used: 2, remaining: 3 });
  });

  it('becomes free with a free offering, and is paid again with another: each asks how it is paid', async () => {
    const five = await sale.bought({ validityDays: 200 });
    const free = await world.offering(sale.coach, { priceMinor: 0 });
    const series = await made();
    expect(await series.plan('edit', { offeringId: free.id })).toMatchObject({
      status: 422,
      body: { code: 'series.funding_unavailable', available: ['free'] },
    });
    await series.change('edit', { offeringId: free.id, funding: 'free' });
    expect((await sessionsOf(series)).map(({ funding, paymentStatus }) => [funding, paymentStatus])).toEqual([
      ['free', 'free'],
      ['free', 'free'],
      ['free', 'free'],
    ]);
    const plan = await series.change('edit', { offeringId: sale.offering.id, funding: 'package' });
    expect(plan.credits).toMatchObject({ drawn: 3 });
    expect(plan.occurrences.map(({ freeToCancel }) => freeToCancel)).toEqual([true, true, true]);
    expect(await creditsOf(sale, five)).toEqual({ reserved: 3, used: 0, remaining: 2 });
    const again = await series.change('edit', { offeringId: free.id, funding: 'free' });
    expect(again.credits).toMatchObject({ returned: 3 });
    await app.advance(30 * 86_400);
    expect(await creditsOf(sale, five)).toEqual({ reserved: 0, used: 0, remaining: 5 });
  });
});
