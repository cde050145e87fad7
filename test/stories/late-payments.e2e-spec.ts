import { parsePublicId } from '@app/common';
import { Database, sql } from '@app/database';
import { SessionLife, SessionSweeps } from '@app/sessions';
import { announcedOf, auditOf, movesOf } from '../support/history';
import { heldOpen, untilWaiting } from '../support/interleaving';
import { intentOf, payUnseen, processStripeEvents, refundsAtStripe } from '../support/stripe-news';
import { TestApp } from '../support/test-app';
import { World, type ClientWorld, type CoachWorld, type SessionSummary } from '../support/world';

const HOLD_SECONDS = 15 * 60;
const HOUR_MS = 3_600_000;

let app: TestApp;
let world: World;
let coach: CoachWorld;
let client: ClientWorld;
let rival: ClientWorld;
let offering: { id: string; policyId: string };
let slot = Date.UTC(2027, 6, 1, 8);

beforeAll(async () => {
  app = await TestApp.start({ now: '2027-06-01T08:00:00Z', sandbox: { processingSeconds: 1_800 } });
  world = new World(app);
  coach = await world.coach({ payouts: true });
  client = await world.client(coach);
  rival = await world.client(coach, { displayName: 'Rita Rival' });
  offering = await world.offering(coach);
});
afterEach(async () => {
  expect(await app.brokenInvariants()).toEqual([]);
  // Whoever books in the next test has no holds left.
  await app.advance(2 * HOLD_SECONDS);
});
afterAll(() => app.stop());

function nextSlot(): string {
  slot += 2 * HOUR_MS;
  return new Date(slot).toISOString();
}

const refundsOf = (session: SessionSummary): number[] => refundsAtStripe(app, session);

const subjectsTo = (person: { email: string }): string[] =>
  app.sandbox.mailbox.to(person.email).map(({ subject }) => subject ?? '');

/** Runs the sweep of holds alone, so that no job follows before the test wants it. */
const expireHolds = (): Promise<number> => app.worker.get(SessionSweeps).expireHolds(100);

async function isSlotFree(startsAt: string): Promise<boolean> {
  const to = new Date(Date.parse(startsAt) + HOUR_MS).toISOString();
  const { body } = await client.http.get<{ data: { startsAt: string }[] }>(
    `/v1/slots?offeringId=${offering.id}&from=${startsAt}&to=${to}`,
  );
  return body.data.some((free) => free.startsAt === startsAt);
}

describe('A175 a hold', () => {
  it('becomes a session when it is paid before it runs out', async () => {
    const startsAt = nextSlot();
    const session = await world.book(client, offering, startsAt);
    expect(await isSlotFree(startsAt)).toBe(false);
    await app.advance(HOLD_SECONDS - 5);
    await world.pay(session);
    await app.advance(10);
    expect(await world.read(client, session.id)).toMatchObject({
      status: 'scheduled',
      paymentStatus: 'paid',
    });
    expect(await movesOf(app, session.id)).toEqual([
      { from: null, to: 'held', outcome: null, by: 'client' },
      { from: 'held', to: 'scheduled', outcome: null, by: 'stripe' },
    ]);
    expect(await auditOf(app, session.id)).toEqual(['session.book', 'session.confirm']);
    expect(await announcedOf(app, session.id)).toEqual(['session_held', 'session_scheduled']);
  });

  it('gives its time back when it runs out, its payment is called off, and the time can be booked again', async () => {
    const startsAt = nextSlot();
    const session = await world.book(client, offering, startsAt);
    await app.advance(HOLD_SECONDS - 5);
    expect(await world.read(client, session.id)).toMatchObject({ status: 'held' });
    await app.advance(5);
    expect(await world.read(client, session.id)).toMatchObject({
      status: 'cancelled',
      paymentStatus: 'unpaid',
      cancellation: { by: 'system', outcome: 'hold_expired' },
    });
    expect(await isSlotFree(startsAt)).toBe(true);
    const intent = app.sandbox.stripe.paymentIntents.find(({ id }) => id === intentOf(session));
    expect(intent?.status).toBe('canceled');
    expect(await movesOf(app, session.id)).toEqual([
      { from: null, to: 'held', outcome: null, by: 'client' },
      { from: 'held', to: 'cancelled', outcome: 'hold_expired', by: 'worker' },
    ]);
    expect(await auditOf(app, session.id)).toEqual(['session.book', 'session.expire_hold']);
    expect((await world.book(rival, offering, startsAt)).status).toBe('held');
  });

  it('that has run out does not stand in the way of a booking, though nobody has swept it', async () => {
    const startsAt = nextSlot();
    const first = await world.book(client, offering, startsAt);
    await app.sandbox.advanceClock(HOLD_SECONDS);
    expect((await world.book(rival, offering, startsAt)).status).toBe('held');
    expect((await world.read(client, first.id)).status).toBe('cancelled');
    await app.drain();
  });

  it('that has run out does not fill the most sessions of a day, though nobody has swept it', async () => {
    const busy = await world.coach({ payouts: true });
    await busy.http.patch('/v1/settings', { mostSessionsPerDay: 1 });
    const [first, second] = [await world.client(busy), await world.client(busy)];
    const sold = await world.offering(busy);
    await world.book(first, sold, '2027-07-20T08:00:00Z');
    await app.sandbox.advanceClock(HOLD_SECONDS);
    expect((await world.book(second, sold, '2027-07-20T12:00:00Z')).status).toBe('held');
    await app.drain();
  });

  it('is honoured when it is paid late and the time is still free', async () => {
    const session = await world.book(client, offering, nextSlot());
    await app.sandbox.advanceClock(HOLD_SECONDS);
    await payUnseen(app, session);
    expect(await expireHolds()).toBe(1);
    await app.drain();
    expect(await world.read(client, session.id)).toMatchObject({
      status: 'scheduled',
      paymentStatus: 'paid',
      cancellation: null,
    });
    expect(await movesOf(app, session.id)).toEqual([
      { from: null, to: 'held', outcome: null, by: 'client' },
      { from: 'held', to: 'cancelled', outcome: 'hold_expired', by: 'worker' },
      { from: 'cancelled', to: 'scheduled', outcome: null, by: 'stripe' },
    ]);
    expect(refundsOf(session)).toEqual([]);
  });

  it('is refunded in full, once, both told, when it is paid late and the time is taken', async () => {
    const startsAt = nextSlot();
    const session = await world.book(client, offering, startsAt);
    await app.sandbox.advanceClock(HOLD_SECONDS);
    await payUnseen(app, session);
    await world.book(rival, offering, startsAt);
    const before = [subjectsTo(coach).length, subjectsTo(client).length];
    await app.drain();
    await app.drain();
    expect(refundsOf(session)).toEqual([9_000]);
    expect(await world.read(client, session.id)).toMatchObject({
      status: 'cancelled',
      paymentStatus: 'refunded',
    });
    expect(subjectsTo(coach).length).toBeGreaterThan(before[0] ?? 0);
    expect(subjectsTo(client).length).toBeGreaterThan(before[1] ?? 0);
    const { body } = await client.http.get<{ data: { kind: string }[] }>(
      `/v1/sessions/${session.id}/timeline`,
    );
    expect(body.data.filter(({ kind }) => kind === 'late_payment_refused')).toHaveLength(1);
  });

  it('goes back whole when it is paid late, also what an earlier refund has left of it, once', async () => {
    const startsAt = nextSlot();
    const session = await world.book(client, offering, startsAt);
    await app.sandbox.advanceClock(HOLD_SECONDS);
    await payUnseen(app, session);
    await world.book(rival, offering, startsAt);
    await processStripeEvents(app);
    const goodwill = await coach.http.post(`/v1/payments/${session.payment?.id ?? ''}/refunds`, {
      amount: { amount: 2_000, currency: 'EUR' },
    });
    expect(goodwill.status).toBe(201);
    await app.drain();
    await followAgain(session);
    expect(refundsOf(session).toSorted((a, b) => a - b)).toEqual([2_000, 7_000]);
    expect(await world.read(client, session.id)).toMatchObject({
      status: 'cancelled',
      paymentStatus: 'refunded',
    });
  });

  it('is decided on once: not revived when the time is free again, not refunded again when the refund fails', async () => {
    const startsAt = nextSlot();
    const session = await world.book(client, offering, startsAt);
    await app.sandbox.advanceClock(HOLD_SECONDS);
    await payUnseen(app, session, 'pm_card_refundFail');
    await world.book(rival, offering, startsAt);
    await app.drain();
    await app.advance(2 * HOLD_SECONDS); // the refund fails, and the rival's hold runs out
    expect(await isSlotFree(startsAt)).toBe(true);
    await followAgain(session);
    expect(await world.read(coach, session.id)).toMatchObject({
      status: 'cancelled',
      paymentStatus: 'refund_failed',
    });
    expect(refundsOf(session)).toEqual([9_000]);
  });

  it('runs out in the moment its payment is found: the money is never kept without a session', async () => {
    const session = await world.book(client, offering, nextSlot());
    await payUnseen(app, session);
    await app.sandbox.advanceClock(HOLD_SECONDS);
    const id = parsePublicId('session', session.id) ?? '';
    await processStripeEvents(app);
    const sweep = await heldOpen(app.worker.get(Database), expireHolds);
    const following = app.worker.get(SessionLife).followPayment(coach.coachId, id);
    await untilWaiting(app.database, 1);
    await sweep.commit();
    await following;
    expect(await world.read(client, session.id)).toMatchObject({
      status: 'scheduled',
      paymentStatus: 'paid',
    });
    await app.drain();
  });

  it('never shows an older reading of its payment over a newer one', async () => {
    const session = await world.book(client, offering, nextSlot());
    const id = parsePublicId('session', session.id) ?? '';
    const life = app.worker.get(SessionLife);
    const locked = await heldOpen(app.worker.get(Database), () =>
      app.worker.get(Database).execute(sql`lock table sessions in access exclusive mode`),
    );
    const early = life.followPayment(coach.coachId, id);
    await untilWaiting(app.database, 1);
    await payUnseen(app, session);
    await processStripeEvents(app);
    await locked.commit(() => life.followPayment(coach.coachId, id));
    await early;
    expect(await world.read(coach, session.id)).toMatchObject({
      status: 'scheduled',
      paymentStatus: 'paid',
      net: { amount: 8_100 },
    });
    await app.drain();
  });

  it('stays while its payment is processing, an hour at most', async () => {
    const session = await world.book(client, offering, nextSlot());
    await world.pay(session, 'pm_sandbox_processing');
    expect(await world.read(client, session.id)).toMatchObject({
      status: 'held',
      paymentStatus: 'processing',
    });
    await app.advance(HOLD_SECONDS + 60);
    expect((await world.read(client, session.id)).status).toBe('held');
    await app.advance(HOLD_SECONDS);
    expect(await world.read(client, session.id)).toMatchObject({
      status: 'scheduled',
      paymentStatus: 'paid',
    });
  });

  it('that its client gives up while the payment is processing takes no money', async () => {
    const session = await world.book(client, offering, nextSlot());
    await world.pay(session, 'pm_sandbox_processing');
    expect((await client.http.post(`/v1/sessions/${session.id}/cancel`, {})).status).toBe(200);
    await app.drain();
    await app.advance(2 * HOLD_SECONDS + 60);
    expect(await world.read(client, session.id)).toMatchObject({
      status: 'cancelled',
      paymentStatus: 'unpaid',
      cancellation: { by: 'client', outcome: 'abandoned' },
    });
    const intent = app.sandbox.stripe.paymentIntents.find(({ id }) => id === intentOf(session));
    expect([intent?.status, refundsOf(session)]).toEqual(['canceled', []]);
  });

  it('that its client gives up after paying, before we know, is refunded though the time is free', async () => {
    const startsAt = nextSlot();
    const session = await world.book(client, offering, startsAt);
    await payUnseen(app, session);
    expect((await client.http.post(`/v1/sessions/${session.id}/cancel`, {})).status).toBe(200);
    await app.drain();
    expect(await world.read(client, session.id)).toMatchObject({
      status: 'cancelled',
      paymentStatus: 'refunded',
    });
    expect(refundsOf(session)).toEqual([9_000]);
    expect(await isSlotFree(startsAt)).toBe(true);
  });

  it('that is given up in the moment between payment and confirmation goes back whole, whatever the policy and the choice', async () => {
    const soon = new Date(Math.ceil(app.sandbox.now().getTime() / HOUR_MS + 1) * HOUR_MS).toISOString();
    const byClient = await paidButNotFollowed(soon);
    const answer = await client.http.post(`/v1/sessions/${byClient.id}/cancel`, {});
    expect(answer).toMatchObject({ status: 200, body: { cancellation: { outcome: 'abandoned' } } });
    await app.drain();
    expect(refundsOf(byClient)).toEqual([9_000]);
    const byCoach = await paidButNotFollowed(nextSlot());
    const quote = await coach.http.post(`/v1/sessions/${byCoach.id}/cancellation-quotes`, { refund: 'none' });
    expect(quote.body).toMatchObject({ choice: 'full', refund: { amount: 9_000 } });
    await coach.http.post(`/v1/sessions/${byCoach.id}/cancel`, { refund: 'partial', percent: 10 });
    await app.drain();
    expect(refundsOf(byCoach)).toEqual([9_000]);
  });

  it('that was paid in time, but found so only when the session would be over, is refunded', async () => {
    const startsAt = new Date(
      Math.ceil(app.sandbox.now().getTime() / HOUR_MS) * HOUR_MS + HOUR_MS,
    ).toISOString();
    const session = await world.book(client, offering, startsAt);
    await payUnseen(app, session);
    await app.sandbox.advanceClock(3 * 24 * 3_600);
    await app.drain();
    await app.sweep();
    expect(await world.read(client, session.id)).toMatchObject({
      status: 'cancelled',
      paymentStatus: 'refunded',
    });
    expect(refundsOf(session)).toEqual([9_000]);
  });

  it('that is paid late by somebody who is no longer a client is refunded, not revived', async () => {
    const leaving = await world.client(coach, { displayName: 'Lea Leaving' });
    const session = await world.book(leaving, offering, nextSlot());
    await app.sandbox.advanceClock(HOLD_SECONDS);
    await payUnseen(app, session);
    await expireHolds();
    expect((await coach.http.delete(`/v1/clients/${leaving.clientId}`)).status).toBe(204);
    await app.drain();
    expect(await world.read(coach, session.id)).toMatchObject({
      status: 'cancelled',
      paymentStatus: 'refunded',
    });
    expect(refundsOf(session)).toEqual([9_000]);
  });
});

/** As news that come twice do. */
async function followAgain(session: SessionSummary): Promise<void> {
  await app.worker.get(SessionLife).followPayment(coach.coachId, parsePublicId('session', session.id) ?? '');
  await app.drain();
}

/** Money that has been taken over from Stripe, while the session does not know of it. */
async function paidButNotFollowed(startsAt: string): Promise<SessionSummary> {
  const session = await world.book(client, offering, startsAt);
  await payUnseen(app, session);
  await processStripeEvents(app);
  expect(await world.read(client, session.id)).toMatchObject({ status: 'held' });
  return session;
}
