import { addLocalDays, localDateOf, parsePublicId } from '@app/common';
import { InvariantChecker, sql } from '@app/database';
import { SeriesMaterialisation } from '@app/sessions';
import { creditsOf, paidSeries, sessionsOf } from '../support/paid-series';
import { PackageSale, type EntitlementAnswer } from '../support/packages';
import { saveCard } from '../support/saved-cards';
import type { SeriesUnderTest } from '../support/series';
import { TestApp } from '../support/test-app';
import { World } from '../support/world';

const DAY_SECONDS = 86_400;

/** Sessions that the worker makes, when few credits are left. */
describe('series that the worker extends, paid by credits', () => {
  let app: TestApp;
  let world: World;
  let sale: PackageSale;
  let entitlement: EntitlementAnswer;

  beforeAll(async () => {
    app = await TestApp.start({ now: '2027-06-01T08:00:00Z' });
    world = new World(app);
  }, 60_000);
  afterAll(() => app.stop());
  beforeEach(async () => {
    sale = await PackageSale.make(world, ['card', 'package', 'pay_later']);
  });
  afterEach(async () => {
    await app.sweep();
    expect(await app.brokenInvariants()).toEqual([]);
  });

  const bought = async (sessionCount: number): Promise<void> => {
    entitlement = await sale.bought({ sessionCount, validityDays: 300 });
  };
  /** Every day from the day after tomorrow on. */
  const daily = (time: string, horizonDays = 7): Promise<SeriesUnderTest> =>
    paidSeries(sale, {
      localStart: `${addLocalDays(localDateOf(app.sandbox.now(), 'Europe/Berlin'), 2)}T${time}`,
      rule: 'FREQ=DAILY',
      horizonDays,
    });
  const extend = ({ id }: SeriesUnderTest): Promise<boolean> =>
    app.worker.get(SeriesMaterialisation).extend(sale.coach.coachId, parsePublicId('series', id) ?? '');
  const paidBy = async (series: SeriesUnderTest): Promise<string[]> =>
    (await sessionsOf(series)).map(({ paymentStatus }) => paymentStatus);
  const ends = async (): Promise<number> => {
    const { told } = await app.database.one(sql<{ told: number }>`
      select count(*)::int as told from outbox_messages
      where coach_id = ${sale.coach.coachId} and type = 'series.credits_ended'`);
    return told;
  };

  it('two workers at once on the last credit: one session gets it, none is drawn twice', async () => {
    await bought(500);
    const [morning, noon] = [await daily('09:00'), await daily('12:00')];
    const drawn = (await creditsOf(sale, entitlement)).reserved;
    await sale.coach.http.post(`/v1/entitlements/${entitlement.id}/adjust`, {
      credits: drawn + 1 - 500,
      reason: 'Only one is left',
    });
    await app.sandbox.advanceClock(1.5 * DAY_SECONDS);
    await Promise.all([morning, noon, morning, noon].map(extend));
    const made = [...(await paidBy(morning)), ...(await paidBy(noon))];
    expect(made.length).toBeGreaterThan(drawn + 1);
    expect(made.filter((status) => status === 'covered_by_package')).toHaveLength(drawn + 1);
    expect(made.filter((status) => status === 'unpaid')).toHaveLength(made.length - drawn - 1);
    expect((await creditsOf(sale, entitlement)).remaining).toBe(0);
    await app.drain();
  });

  it('a worker and a client who book with the last credit: one of them has it', async () => {
    await bought(500);
    const series = await daily('15:00');
    const { reserved } = await creditsOf(sale, entitlement);
    await sale.coach.http.post(`/v1/entitlements/${entitlement.id}/adjust`, {
      credits: reserved + 1 - 500,
      reason: 'Only one is left',
    });
    await app.sandbox.advanceClock(1.5 * DAY_SECONDS);
    const startsAt = new Date(app.sandbox.now().getTime() + 60 * DAY_SECONDS * 1_000);
    startsAt.setUTCHours(6, 0, 0, 0);
    const [, booking] = await Promise.all([
      extend(series),
      sale.client.http.post('/v1/sessions', {
        offeringId: sale.offering.id,
        startsAt: startsAt.toISOString(),
        funding: 'package',
        acceptedPolicyId: sale.offering.policyId,
      }),
    ]);
    const covered = (await paidBy(series)).filter((status) => status === 'covered_by_package').length;
    expect([201, 409]).toContain(booking.status);
    expect(covered).toBe(reserved + (booking.status === 201 ? 0 : 1));
    expect((await creditsOf(sale, entitlement)).remaining).toBe(0);
  });

  it('acts of all kinds at the same time on few credits: each is answered by a rule, none is drawn twice', async () => {
    await bought(8);
    const all = [await daily('08:00'), await daily('11:00'), await daily('14:00')];
    const skipAndTakeBack = async (series: SeriesUnderTest, index: number): Promise<number[]> => {
      const occurrences = [(await series.occurrences())[index]?.originalStartsAt];
      const answers: number[] = [];
      for (const change of ['skip', 'unskip'])
        for (let attempt = 0; attempt < 3; attempt += 1) {
          const plan = await series.plan(change, { scope: 'this', occurrences });
          if (plan.status !== 201) break;
          const { status } = await series.apply(plan.body.id);
          answers.push(status);
          if (status === 200) break;
        }
      return answers;
    };
    const cancelOne = async (series: SeriesUnderTest): Promise<number[]> => {
      const [, , , session] = await sessionsOf(series);
      return [(await sale.client.http.post(`/v1/sessions/${session?.id}/cancel`)).status];
    };
    const adjust = async (credits: number): Promise<number[]> => {
      const wanted = { credits, reason: 'A race' };
      return [(await sale.coach.http.post(`/v1/entitlements/${entitlement.id}/adjust`, wanted)).status];
    };
    const pauseAndResume = async (series: SeriesUnderTest): Promise<number[]> => {
      const answers: number[] = [];
      for (const change of ['pause', 'resume']) {
        const plan = await series.plan(change);
        if (plan.status === 201) answers.push((await series.apply(plan.body.id)).status);
      }
      return answers;
    };
    const answers = await Promise.all([
      ...all.flatMap((series) => [skipAndTakeBack(series, 0), skipAndTakeBack(series, 1), cancelOne(series)]),
      ...all.slice(1).map(pauseAndResume),
      adjust(2),
      adjust(-1),
    ]);
    expect(answers.flat().filter((status) => ![200, 201, 409, 422].includes(status))).toEqual([]);
    expect(answers.flat().filter((status) => status === 200).length).toBeGreaterThan(5);
    await app.drain();
  });

  it('after weeks without a worker it draws for what is made then, the next session first, and tells once', async () => {
    await bought(35);
    const series = await daily('10:00', 30);
    const { reserved } = await creditsOf(sale, entitlement);
    await app.sandbox.advanceClock(20 * DAY_SECONDS);
    await app.sweep();
    await app.drain();
    const statuses = await paidBy(series);
    expect(statuses.length).toBeGreaterThan(45);
    expect(statuses.findIndex((status) => status === 'unpaid')).toBe(35);
    expect(statuses.slice(35).every((status) => status === 'unpaid')).toBe(true);
    expect(reserved).toBeLessThan(35);
    expect((await creditsOf(sale, entitlement)).remaining).toBe(0);
    expect(await ends()).toBe(1);
    await app.advance(3 * DAY_SECONDS);
    expect(await ends()).toBe(1);
  });

  it.each([
    [
      '67-sessions-of-series-are-paid-or-say-so',
      sql`delete from payments where session_id is not null and mode = 'off_session'`,
    ],
    [
      '67-sessions-of-series-are-paid-or-say-so',
      sql`update sessions set payment_status = 'paid' where funding = 'card' and series_id is not null`,
    ],
    [
      '68-what-was-skipped-holds-no-credit',
      sql`
        update sessions set status = 'cancelled', outcome = 'skipped', cancelled_at = app_now()
        where funding = 'package' and status = 'scheduled'`,
    ],
    ['69-the-end-of-credits-was-told', sql`delete from outbox_messages where type = 'series.credits_ended'`],
    [
      '69-the-end-of-credits-was-told',
      sql`
        insert into outbox_messages (coach_id, id, type, payload)
        select coach_id, uuidv7(), type, payload from outbox_messages where type = 'series.credits_ended'`,
    ],
  ])('%s reports what does not fit', async (name, spoil) => {
    await bought(2);
    await saveCard(app, sale.client, sale.offering.policyId);
    const wanted = { rule: 'FREQ=WEEKLY;COUNT=3' };
    const soon = addLocalDays(localDateOf(app.sandbox.now(), 'Europe/Berlin'), 5);
    await paidSeries(sale, { ...wanted, localStart: `${soon}T07:00` });
    const charged = await paidSeries(sale, { ...wanted, localStart: `${soon}T17:00`, funding: 'pay_later' });
    await sale.client.http.post(`/v1/series/${charged.id}/accept-terms`, {
      acceptedPolicyId: sale.offering.policyId,
    });
    let broken: string[] = [];
    const undone = app.database.transaction(async () => {
      await app.database.execute(sql`set local session_replication_role = replica`);
      expect(await app.database.execute(spoil)).toBeGreaterThan(0);
      broken = (await app.api.get(InvariantChecker).check())
        .filter(({ violations }) => violations > 0)
        .map((each) => each.name);
      throw new Error('undo');
    });
    await expect(undone).rejects.toThrow('undo');
    expect(broken).toContain(name);
  });
});
