import { InvariantChecker, sql } from '@app/database';
import { mark, noShowQuote, undo } from '../support/no-shows';
import { PackageSale, type EntitlementAnswer } from '../support/packages';
import { TestApp } from '../support/test-app';
import { World, type ClientWorld, type Person, type SessionSummary } from '../support/world';

let app: TestApp;
let world: World;
let sale: PackageSale;
let entitlement: EntitlementAnswer;

beforeAll(async () => {
  app = await TestApp.start({ now: '2027-06-01T08:00:00Z' });
  world = new World(app);
});
beforeEach(async () => {
  sale = await PackageSale.make(world);
  entitlement = await sale.bought();
});
afterEach(async () => expect(await app.brokenInvariants()).toEqual([]));
afterAll(() => app.stop());

type Answer = Awaited<ReturnType<typeof attempt>>;

function attempt(client: ClientWorld, day: number, more: Record<string, unknown> = {}) {
  const startsAt = new Date(app.sandbox.now().getTime() + day * 86_400_000);
  startsAt.setUTCHours(8, 0, 0, 0);
  return client.http.post<SessionSummary & { code?: string }>('/v1/sessions', {
    offeringId: sale.offering.id,
    startsAt: startsAt.toISOString(),
    funding: 'package',
    acceptedPolicyId: sale.offering.policyId,
    ...more,
  });
}

async function booked(day = 7): Promise<SessionSummary> {
  const { status, body } = await attempt(sale.client, day);
  expect({ status, code: body.code }).toEqual({ status: 201 });
  return body;
}

async function counts(): Promise<Record<string, number>> {
  const { total, used, reserved, remaining, expired, refunded } = await sale.read(sale.coach, entitlement.id);
  expect(used + reserved + remaining + expired + refunded).toBe(total);
  return { used, reserved, remaining };
}

function cancel(person: Person, { id }: SessionSummary, choice: Record<string, unknown> = {}) {
  return person.http.post<SessionSummary>(`/v1/sessions/${id}/cancel`, choice);
}

/** What the client's mails say of the credit. */
function creditNews(subject: RegExp): (string | undefined)[] {
  return app.sandbox.mailbox
    .to(sale.client.email)
    .filter((mail) => subject.test(mail.subject))
    .map(({ text }) => text.split('\n').find((line) => line.includes('your package')));
}

describe('sessions that a package pays', () => {
  it('A116 A117 show name, last day and what is left after the booking, which is the sum of the ledger, on list and details', async () => {
    await booked(7);
    const session = await booked(8);
    const shown = {
      id: entitlement.id,
      packageName: 'Five sessions',
      remaining: 3,
      total: 5,
      expiresOn: '2027-07-01',
    };
    expect(session['entitlement']).toEqual(shown);
    const renamed = await sale.coach.http.patch(`/v1/packages/${String(entitlement['packageId'])}`, {
      name: 'Renamed',
    });
    expect(renamed.status).toBe(200);
    for (const reader of [sale.client, sale.coach]) {
      expect((await world.read(reader, session.id))['entitlement']).toEqual(shown);
      const list = await reader.http.get<{ data: { entitlement: unknown }[] }>('/v1/sessions');
      expect(list.body.data.map((row) => row.entitlement)).toEqual([shown, shown]);
    }
    const entries = await sale.entries(entitlement.id);
    expect(entries.reduce((sum, { amount }) => sum + amount, 0)).toBe(3);
    expect(entries.at(-1)).toMatchObject({ kind: 'debit', balance: 3 });
  });

  it('A80 keep their credit through five moves of both sides; the ledger and Stripe are not touched', async () => {
    const session = await booked();
    await app.drain();
    const atStripe = (): number[] => {
      const { idempotency, events, refunds, transfers } = app.sandbox.stripe;
      return [idempotency, events, refunds, transfers].map(({ length }) => length);
    };
    const [entries, calls] = [await sale.entries(entitlement.id), atStripe()];
    for (let move = 1; move <= 5; move += 1) {
      const by = move % 2 === 1 ? sale.client : sale.coach;
      const startsAt = new Date(Date.parse(session.startsAt) + move * 86_400_000).toISOString();
      const moved = await by.http.post(`/v1/sessions/${session.id}/reschedule`, { startsAt });
      const same = { id: session.id, entitlementId: entitlement.id, paymentStatus: 'covered_by_package' };
      expect([moved.status, moved.body]).toMatchObject([200, { ...same, startsAt }]);
      await app.drain();
    }
    expect(await sale.entries(entitlement.id)).toEqual(entries);
    expect(await counts()).toEqual({ used: 0, reserved: 1, remaining: 4 });
    expect(atStripe()).toEqual(calls);
  });

  it('A115 carry the badge on list and detail, are scheduled at once, and take one credit', async () => {
    const session = await booked();
    const shown = {
      status: 'scheduled',
      type: 'package',
      funding: 'package',
      paymentStatus: 'covered_by_package',
      badges: ['package_session'],
      entitlementId: entitlement.id,
    };
    expect(session).toMatchObject({ ...shown, payment: null });
    const detail = await sale.client.http.get(`/v1/sessions/${session.id}`);
    expect(detail.body).toMatchObject(shown);
    for (const query of [`entitlementId=${entitlement.id}`, 'type=package']) {
      const list = await sale.coach.http.get<{ data: unknown[] }>(`/v1/sessions?${query}`);
      expect(list.body.data).toMatchObject([shown]);
    }
    expect(await counts()).toEqual({ used: 0, reserved: 1, remaining: 4 });
  });

  it('A123 two bookings of the last credit at the same time: one wins, and cancelling in time restores exactly one', async () => {
    await sale.coach.http.post(`/v1/entitlements/${entitlement.id}/adjust`, {
      credits: -4,
      reason: 'Only one is left',
    });
    const answers: Answer[] = await Promise.all([attempt(sale.client, 7), attempt(sale.client, 8)]);
    const won = answers.filter(({ status }) => status === 201).map(({ body }) => body);
    const lost = answers.filter(({ status }) => status !== 201);
    expect(lost).toMatchObject([{ status: 409, body: { code: 'entitlements.no_credit_left' } }]);
    expect(await counts()).toEqual({ used: 0, reserved: 1, remaining: 0 });
    for (const session of won) {
      const quote = await sale.client.http.post(`/v1/sessions/${session.id}/cancellation-quotes`, {});
      expect(quote.body).toMatchObject({ credit: 'returned', refund: { amount: 0 } });
      expect(await cancel(sale.client, session)).toMatchObject({ status: 200 });
      expect(await cancel(sale.client, session)).toMatchObject({ status: 409 });
    }
    expect(await counts()).toEqual({ used: 0, reserved: 0, remaining: 1 });
    expect((await sale.entries(entitlement.id)).map(({ kind }) => kind)).toEqual([
      'grant',
      'adjust',
      'debit',
      'restore',
    ]);
  });

  it('A123 fifty bookings of the last credit at the same time: one wins, the others are refused cleanly', async () => {
    await sale.coach.http.post(`/v1/entitlements/${entitlement.id}/adjust`, {
      credits: -4,
      reason: 'Only one is left',
    });
    const days = Array.from({ length: 50 }, (_, index) => ({
      day: 2 + (index % 10),
      hour: Math.floor(index / 10),
    }));
    const answers: Answer[] = await Promise.all(
      days.map(({ day, hour }) => {
        const startsAt = new Date(app.sandbox.now().getTime() + day * 86_400_000);
        startsAt.setUTCHours(8 + hour, 0, 0, 0);
        return attempt(sale.client, day, { startsAt: startsAt.toISOString() });
      }),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    const refusals = answers
      .filter(({ status }) => status !== 201)
      .map(({ status, body }) => `${status} ${body.code}`);
    const clean = [
      '409 entitlements.no_credit_left',
      '409 sessions.slot_taken',
      '422 availability.outside_hours',
    ];
    expect(refusals.filter((refusal) => !clean.includes(refusal))).toEqual([]);
    expect(refusals).toHaveLength(49);
    expect(
      refusals.filter((refusal) => refusal === '409 entitlements.no_credit_left').length,
    ).toBeGreaterThan(30);
    expect(await counts()).toEqual({ used: 0, reserved: 1, remaining: 0 });
    expect((await sale.entries(entitlement.id)).map(({ kind }) => kind)).toEqual([
      'grant',
      'adjust',
      'debit',
    ]);
  });

  it('a late cancellation by the client uses the credit up, one by the coach gives it back unless told otherwise', async () => {
    const late = await booked(1);
    await app.advanceTo(new Date(Date.parse(late.startsAt) - 3_600_000));
    expect(await cancel(sale.client, late)).toMatchObject({ status: 200 });
    expect(await counts()).toEqual({ used: 1, reserved: 0, remaining: 4 });
    const [kept, given] = [await booked(7), await booked(8)];
    expect(await cancel(sale.coach, kept, { refund: 'partial', percent: 50 })).toMatchObject({
      status: 422,
      body: { code: 'refunds.out_of_range' },
    });
    expect(await cancel(sale.coach, kept, { refund: 'none' })).toMatchObject({ status: 200 });
    expect(await cancel(sale.coach, given)).toMatchObject({ status: 200 });
    expect(await counts()).toEqual({ used: 2, reserved: 0, remaining: 3 });
    await app.drain();
    expect(creditNews(/^Cancelled/)).toEqual([
      'It uses up one session of your package. Cancellations within 24 hours: no refund.',
      'It uses up one session of your package.',
      'The session goes back to your package.',
    ]);
  });

  it('a late cancellation gives the credit back where the terms say so, and otherwise where the coach says so', async () => {
    const rules = {
      tiers: [{ noticeHours: 48, refundPercent: 100 }],
      freeRescheduleHours: 24,
      noShowChargePercent: 100,
      returnCreditOnLateCancel: true,
    };
    const kind = await sale.coach.http.post<{ id: string }>('/v1/policies', { name: 'Kind', rules });
    const strict = await booked(1);
    const changed = await sale.coach.http.patch(`/v1/offerings/${sale.offering.id}`, {
      policyId: kind.body.id,
    });
    expect(changed.status).toBe(200);
    const terms = { acceptedPolicyId: kind.body.id };
    const lenient = await attempt(sale.client, 1, {
      ...terms,
      startsAt: new Date(Date.parse(strict.startsAt) + 2 * 3_600_000).toISOString(),
    });
    await app.advanceTo(new Date(Date.parse(strict.startsAt) - 3_600_000));
    const quoted = await sale.client.http.post(`/v1/sessions/${lenient.body.id}/cancellation-quotes`, {});
    expect(quoted.body).toMatchObject({ outcome: 'late', credit: 'returned' });
    expect(await cancel(sale.client, lenient.body)).toMatchObject({ status: 200 });
    expect(await counts()).toEqual({ used: 0, reserved: 1, remaining: 4 });

    const refused = { status: 422, body: { code: 'refunds.choice_not_yours' } };
    expect(await cancel(sale.client, strict, { returnCredit: true })).toMatchObject(refused);
    expect(await cancel(sale.coach, strict, { returnCredit: true, refund: 'policy' })).toMatchObject({
      status: 422,
      body: { code: 'refunds.out_of_range' },
    });
    expect(await cancel(sale.coach, strict, { returnCredit: true })).toMatchObject({ status: 200 });
    expect(await counts()).toEqual({ used: 0, reserved: 0, remaining: 5 });
    const kept = (await attempt(sale.client, 7, terms)).body;
    expect(await cancel(sale.coach, kept, { returnCredit: false })).toMatchObject({ status: 200 });
    expect(await counts()).toEqual({ used: 1, reserved: 0, remaining: 4 });
  });

  it('completed or missed by the client it is used; missed by the coach the credit returns, and is drawn again when that is undone', async () => {
    const done = await booked(1);
    await app.advanceTo(new Date(Date.parse(done.startsAt) + 2 * 3_600_000));
    expect(await counts()).toEqual({ used: 1, reserved: 0, remaining: 4 });
    const missed = await booked(1);
    await app.advanceTo(new Date(Date.parse(missed.startsAt) + 15 * 60_000));
    const quote = await noShowQuote(sale.coach, missed, 'client');
    expect(quote.body).toMatchObject({ credit: 'used', refund: { amount: 0 } });
    expect(await mark(sale.coach, missed, { quoteId: quote.body.id })).toMatchObject({ status: 200 });
    expect(await counts()).toEqual({ used: 2, reserved: 0, remaining: 3 });
    await app.drain();
    expect(creditNews(/^Missed/)).toEqual([
      expect.stringMatching(/^It uses up one session of your package\./),
    ]);
    expect(await undo(sale.coach, missed)).toMatchObject({ status: 200 });
    expect(await counts()).toEqual({ used: 1, reserved: 1, remaining: 3 });
    const byCoach = await noShowQuote(sale.coach, missed, 'coach');
    expect(byCoach.body).toMatchObject({ credit: 'returned', refund: { amount: 0 } });
    expect(await mark(sale.coach, missed, { quoteId: byCoach.body.id })).toMatchObject({ status: 200 });
    expect(await counts()).toEqual({ used: 1, reserved: 0, remaining: 4 });
    await app.drain();
    expect(creditNews(/^Missed/).at(-1)).toMatch(/^The session goes back to your package\./);
    expect(await undo(sale.coach, missed)).toMatchObject({ status: 200 });
    expect(await counts()).toEqual({ used: 1, reserved: 1, remaining: 3 });
  });

  it.each([
    ['the credit is gone', sql`delete from credit_entries where kind = 'debit'`],
    [
      'the session was cancelled',
      sql`
      update sessions set status = 'cancelled', outcome = 'by_coach', cancelled_at = app_now() where funding = 'package'`,
    ],
  ])('99 reports a session whose credit does not fit: %s', async (_name, spoil) => {
    await booked();
    let broken: string[] = [];
    const undone = world.database.transaction(async () => {
      await world.database.execute(sql`set local session_replication_role = replica`);
      expect(await world.database.execute(spoil)).toBeGreaterThan(0);
      broken = (await app.api.get(InvariantChecker).check())
        .filter(({ violations }) => violations > 0)
        .map(({ name }) => name);
      throw new Error('undo');
    });
    await expect(undone).rejects.toThrow('undo');
    expect(broken).toContain('99-package-sessions-hold-one-credit');
  });

  it('are refused without a credit, with somebody else’s package, and where the offering takes none', async () => {
    const other = await world.client(sale.coach, { displayName: 'Sam Second' });
    const named = { entitlementId: entitlement.id };
    expect(await attempt(other, 7)).toMatchObject({ status: 409 });
    expect(await attempt(other, 7, named)).toMatchObject({
      status: 409,
      body: { code: 'entitlements.no_credit_left' },
    });
    const cardOnly = await world.offering(sale.coach);
    const elsewhere = { offeringId: cardOnly.id, acceptedPolicyId: cardOnly.policyId };
    expect(await attempt(sale.client, 7, elsewhere)).toMatchObject({
      status: 422,
      body: { code: 'sessions.funding_unavailable' },
    });
    expect(await counts()).toEqual({ used: 0, reserved: 0, remaining: 5 });
  });
});
