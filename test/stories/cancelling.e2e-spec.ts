import { setNow } from '../support/business-clock';
import {
  cancel,
  paidAtItsOwnTime,
  quote,
  startCancellingWorld,
  timeOfItsOwn,
  type CancellingWorld,
} from '../support/cancelling';
import { announcedOf, auditOf, movesOf } from '../support/history';
import { TestApp } from '../support/test-app';
import { World, type SessionSummary } from '../support/world';

const HOUR_MS = 3_600_000;

let { app, world, coach, client, admin, offering } = {} as CancellingWorld;

beforeAll(async () => {
  ({ app, world, coach, client, admin, offering } = await startCancellingWorld());
});
afterEach(async () => {
  expect(await app.brokenInvariants()).toEqual([]);
});
afterAll(() => app.stop());

const paid = (): Promise<SessionSummary> => paidAtItsOwnTime(world, client, offering);

describe('a cancellation', () => {
  it('A23 keeps who, when and why, in the session, its timeline and the audit', async () => {
    const session = await paid();
    const at = app.sandbox.now().getTime();
    const answer = await cancel(client, session, { reason: 'I am ill', reasonCode: 'illness' });
    expect(answer.body).toMatchObject({
      status: 'cancelled',
      cancellation: { by: 'client', outcome: 'in_time', reason: 'I am ill', reasonCode: 'illness' },
    });
    const { at: told } = answer.body['cancellation'] as { at: string };
    expect(Math.abs(Date.parse(told) - at)).toBeLessThan(10_000);
    expect(await movesOf(app, session.id)).toEqual([
      { from: null, to: 'held', outcome: null, by: 'client' },
      { from: 'held', to: 'scheduled', outcome: null, by: 'stripe' },
      { from: 'scheduled', to: 'cancelled', outcome: 'in_time', by: 'client' },
    ]);
    expect(await auditOf(app, session.id)).toEqual(['session.book', 'session.confirm', 'session.cancel']);
    expect(await announcedOf(app, session.id)).toEqual([
      'session_held',
      'session_scheduled',
      'session_cancelled',
    ]);
    await app.drain();
  });

  it('A83 needs no reason, and lists find the reasons that were given', async () => {
    const [without, illness, travel] = [await paid(), await paid(), await paid()];
    const bare = await cancel(coach, without);
    expect(bare.body['cancellation']).toMatchObject({ reasonCode: null, reason: null });
    await cancel(coach, illness, { reasonCode: 'flu', reason: 'In bed' });
    await cancel(admin, travel, { reasonCode: 'travel' });
    const found = async (code: string): Promise<string[]> => {
      const { body } = await coach.http.get<{ data: SessionSummary[] }>(
        `/v1/sessions?view=past&reasonCode=${encodeURIComponent(code)}`,
      );
      return body.data.map(({ id }) => id);
    };
    expect(await found('flu')).toEqual([illness.id]);
    expect(await found('travel')).toEqual([travel.id]);
    expect(await found("' or true --")).toEqual([]);
    expect((await coach.http.get('/v1/sessions?view=past&reasonCode=')).status).toBe(400);
    expect((await cancel(coach, await paid(), { reasonCode: 'x'.repeat(61) })).status).toBe(400);
    await app.drain();
  });

  it('A88 follows the terms that the client accepted, whatever the coach changed since', async () => {
    const kind = await world.client(coach, { displayName: 'Karl Kind' });
    const policy = await coach.http.post<{ id: string }>('/v1/policies', {
      name: 'Lenient',
      rules: {
        tiers: [{ noticeHours: 24, refundPercent: 100 }],
        freeRescheduleHours: 24,
        noShowChargePercent: 100,
        returnCreditOnLateCancel: false,
      },
    });
    expect(policy.status).toBe(201);
    const sold = await world.offering(coach, { policyId: policy.body.id });
    const session = await world.paidSession(kind, sold, timeOfItsOwn());
    const stricter = await coach.http.post<{ id: string }>('/v1/policies', {
      name: 'Strict',
      rules: {
        tiers: [],
        freeRescheduleHours: 24,
        noShowChargePercent: 100,
        returnCreditOnLateCancel: false,
      },
      replacesPolicyId: policy.body.id,
    });
    expect(stricter.status).toBe(201);
    const offered = await kind.http.get<{ policy: { id: string } }>(`/v1/offerings/${sold.id}`);
    expect(offered.body.policy.id).toBe(stricter.body.id);
    expect((await quote(kind, session)).body).toMatchObject({
      refundPercent: 100,
      refund: { amount: 9_000 },
    });
    expect((await world.read(kind, session.id))['policy']).toMatchObject({ id: policy.body.id });
  });

  it('A90 measures notice in elapsed time: a second decides, also across a change of the clocks', async () => {
    const border = await TestApp.start({ now: '2027-10-28T08:00:00Z' });
    try {
      const there = new World(border);
      const berlin = await there.coach({ payouts: true, timezone: 'Europe/Berlin' });
      const guest = await there.client(berlin);
      const sold = await there.offering(berlin);
      // 31 October 2027 has 25 hours in Berlin: a day before 12:00 there is 13:00 on the day before.
      const startsAt = Date.parse('2027-10-31T11:00:00Z');
      const session = await there.paidSession(guest, sold, new Date(startsAt).toISOString());
      const { policy } = (await there.read(guest, session.id)) as unknown as {
        policy: { deadlineAt: string };
      };
      const deadline = Date.parse(policy.deadlineAt);
      const hours = (startsAt - deadline) / HOUR_MS;
      expect(hours).toBe(24);
      const berlinView = (await there.read(berlin, session.id)) as unknown as {
        policy: { localDeadline: string };
      };
      expect(berlinView.policy.localDeadline).toBe('2027-10-30T13:00:00');
      await setNow(border, deadline - 1_000);
      expect((await quote(guest, session)).body).toMatchObject({ refundPercent: 100, outcome: 'in_time' });
      const held = await quote(guest, session);
      await setNow(border, deadline + 1_000);
      const late = await quote(guest, session);
      expect(late.body.outcome).toBe('late');
      expect(late.body.refundPercent).toBeLessThan(100);
      // The earlier quote still binds: notice was measured when it was made.
      const answer = await cancel(guest, session, { quoteId: held.body.id });
      expect(answer.body).toMatchObject({ status: 'cancelled', cancellation: { outcome: 'in_time' } });
      await border.drain();
      expect(border.sandbox.stripe.refunds).toMatchObject([{ amount: 9_000 }]);
      expect(await border.brokenInvariants()).toEqual([]);
    } finally {
      await border.stop();
    }
  });

  it('of a running session is for the coach alone, who may give all of it back', async () => {
    const soon = new Date(Math.ceil(app.sandbox.now().getTime() / HOUR_MS) * HOUR_MS + HOUR_MS).toISOString();
    const session = await world.paidSession(client, offering, soon);
    const early = await quote(client, session);
    await app.advanceTo(new Date(Date.parse(soon) + 1_000));
    for (const refused of [
      await cancel(client, session),
      await cancel(client, session, { quoteId: early.body.id }),
    ]) {
      expect(refused).toMatchObject({
        status: 409,
        body: {
          code: 'sessions.action_not_allowed',
          sessionStatus: 'scheduled',
          allowedActions: expect.arrayContaining(['join']),
        },
      });
    }
    const answer = await cancel(coach, session);
    expect(answer.body).toMatchObject({
      status: 'cancelled',
      cancellation: { by: 'coach', outcome: 'by_coach' },
    });
    await app.drain();
    expect(await world.read(client, session.id)).toMatchObject({ paymentStatus: 'refunded' });
    const again = await cancel(coach, session);
    expect(again).toMatchObject({ status: 409, body: { status: 409, sessionStatus: 'cancelled' } });
  });

  it('takes an amount only for a partial refund, and never gives all back by mistake', async () => {
    const session = await paid();
    for (const body of [
      { percent: 50 },
      { amountMinor: 100 },
      { refund: 'full', percent: 50 },
      { refund: 'partial' },
      { returnCredit: true },
    ]) {
      expect(await cancel(coach, session, body)).toMatchObject({
        status: 422,
        body: { code: 'refunds.out_of_range' },
      });
    }
    expect((await world.read(coach, session.id)).status).toBe('scheduled');
  });

  it('honours If-Match', async () => {
    const session = await paid();
    const stale = { 'if-match': `"${session.version - 1}"` };
    const path = `/v1/sessions/${session.id}`;
    expect(await client.http.put(`${path}/preparation`, { focus: 'x' }, stale)).toMatchObject({
      status: 412,
      body: { code: 'http.version_mismatch', currentEtag: `"${session.version}"` },
    });
    expect((await cancel(coach, session, {}, stale)).status).toBe(412);
    expect((await coach.http.post(`${path}/complete`, {}, stale)).status).toBe(412);
    expect((await cancel(coach, session, {}, { 'if-match': 'W/"1"' })).status).toBe(400);
    expect((await cancel(coach, session, {}, { 'if-match': `"${session.version}"` })).status).toBe(200);
    await app.drain();
  });

  it('keeps what the coach earns from a client, in cursors and order too', async () => {
    expect(await client.http.get('/v1/sessions?sort=-revenue&view=all')).toMatchObject({
      status: 422,
      body: { code: 'sessions.sort_not_yours' },
    });
  });

  it('A91 by the help page’s example gives all until 48 hours before and nothing after; moving is always free', async () => {
    const { body } = await coach.http.get<{ presets: { key: string; rules: object }[] }>('/v1/policies');
    const rules = body.presets.find(({ key }) => key === 'two_days')?.rules;
    const { body: policy } = await coach.http.post<{ id: string }>('/v1/policies', {
      name: 'Example',
      rules,
    });
    const sold = await world.offering(coach, { policyId: policy.id });
    const start = Date.parse('2027-06-08T10:00:00Z');
    const session = await world.paidSession(client, sold, new Date(start).toISOString());
    await app.drain();
    await setNow(app, start - 48 * HOUR_MS - 1_000);
    expect((await quote(client, session)).body).toMatchObject({
      outcome: 'in_time',
      refund: { amount: 9_000 },
      clause: expect.stringContaining('full') as string,
    });
    await setNow(app, start - 48 * HOUR_MS + 1_000);
    expect((await quote(client, session)).body).toMatchObject({
      outcome: 'late',
      refund: { amount: 0 },
      clause: expect.stringContaining('no refund') as string,
    });
    await setNow(app, start - 60_000);
    const calls = app.sandbox.stripe.idempotency.length;
    const moved = await client.http.post(`/v1/sessions/${session.id}/reschedule`, {
      startsAt: '2027-06-10T10:00:00Z',
    });
    expect([moved.status, moved.body]).toMatchObject([200, { id: session.id, paymentStatus: 'paid' }]);
    await app.drain();
    expect(app.sandbox.stripe.idempotency).toHaveLength(calls);
  });
});
